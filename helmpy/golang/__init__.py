"""Go's values in Python, below everything that must print, compare or convert them as Go does.

| Go                      | Python                                              |
|-------------------------|-----------------------------------------------------|
| nil                     | None                                                |
| bool                    | bool                                                |
| int                     | int (within 64 bits: wrap with `types.wrap64`)      |
| int64, uint8 …          | `types.Int64`, `types.Uint8` … (subclasses of int)  |
| float64                 | float                                               |
| string                  | str; a byte that is not UTF-8 is a lone surrogate (surrogateescape), so `len` in Go is `len(types.go_bytes(s))` |
| []byte                  | bytes                                               |
| []interface {}          | list                                                |
| []string, []int …       | `types.StringSlice`, `types.IntSlice` … (subclasses of list) |
| map[string]interface {} | dict                                                |
| map[string]string …     | `types.StringMap` … (subclasses of dict)            |
| struct, pointer, named type with methods | a subclass of `types.Struct` or of dict with `GO_METHODS` |

`types` holds these classes and Go's names for them; `strconv` quotes and parses; `fmt` prints (`%v` and the other verbs);
`json` encodes and decodes as encoding/json does.
"""
