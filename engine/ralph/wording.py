"""Names and output, cut to what a reader can use."""

from __future__ import annotations

from collections.abc import Iterable

from engine.domain.verdict import CheckResult

NAMES_SHOWN = 5
TAIL_CHARS = 3_000


def one_line(text: str) -> str:
    """The text without line breaks; control characters become visible."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def counted(number: int, what: str) -> str:
    """Such as `1 test`, `2 tests`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def named(names: Iterable[str]) -> str:
    """The first few names, and how many more there are.

    >>> named(["b", "a"])
    'a, b'
    """
    ordered = sorted(names)
    shown = ", ".join(one_line(name)[:200] for name in ordered[:NAMES_SHOWN])
    more = len(ordered) - NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def how_to_mend(command: tuple[str, ...]) -> str:
    """What a human is to do about a check whose command cannot do its work. Of a Python module
    only its name is told, as its options name checkouts that are gone by then.

    >>> how_to_mend(("python3", "-m", "pytest", "-q", "--rootdir=/gone"))[:41]
    "make 'python3 -m pytest' work in the repo"
    """
    words = command[:3] if command[1:2] == ("-m",) else command
    return (
        f"make '{one_line(' '.join(words))}' work in the repository ('aio-tui doctor' tells what "
        "its checks need), then try again"
    )


def tail_of(result: CheckResult) -> str:
    """The end of a check's output, capped."""
    return result.tail[-TAIL_CHARS:]
