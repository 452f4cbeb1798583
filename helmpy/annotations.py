"""The names from `typing` that annotations need, for the modules that every run of a hot command imports.

Importing `typing` takes a tenth of such a run (it brings `re` and `enum` along), and nothing of it is used but names. Type
checkers see the real ones. Must not import anything when the program runs.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any as Any
    from typing import ClassVar as ClassVar
    from typing import NoReturn as NoReturn
else:
    Any = NoReturn = object

    class ClassVar:
        """`ClassVar[x]` says no more than `object` while the program runs."""

        def __class_getitem__(cls, _item: object) -> type:
            return object
