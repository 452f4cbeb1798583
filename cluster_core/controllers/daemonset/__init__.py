"""DaemonSets: one pod on every node that suits.

`controller` watches and reports; `nodes` says where pods belong and how they are pinned there; `history` keeps the
revisions; `placing` adds and removes pods node by node; `updating` replaces old ones.
"""
