"""Go's time: instants, durations, months and weekdays as templates see them, with Go's layouts.

`instant` holds Time, `duration` Duration, `zones` locations, `layout` the reference-time layouts, `parsing` and
`formatting` what is done with them.
"""
