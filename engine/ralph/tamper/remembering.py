"""What rules work out once for a judgement. The trees of a large change are tens of megabytes, and
the next judgement is about other files.
"""

from __future__ import annotations

from collections.abc import Callable

_CLEARS: list[Callable[[], None]] = []


def forgets(clear: Callable[[], None]) -> None:
    """`clear` empties something that is of no use once a judgement has ended."""
    _CLEARS.append(clear)


def forget() -> None:
    """Empty all of it; a judgement that goes on elsewhere works it out again."""
    for clear in _CLEARS:
        clear()
