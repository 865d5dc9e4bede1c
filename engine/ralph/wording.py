"""Names and output, cut to what a reader can use."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.domain.test_output import name_in_output, parts
from engine.domain.verdict import CheckReport, CheckResult, Finding

NAMES_SHOWN = 5
TAIL_CHARS = 3_000
_FINDINGS_TOLD = 20


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


def said_of(report: CheckReport, failures: Collection[str]) -> str:
    """What a check says of these failures, capped: each with its place and message, then the parts
    of the output's end that are about them. The output's end if it says nothing of them, for other
    failures that it may be full of were there before.
    """
    found = [finding for finding in report.findings if finding.id in failures]
    if not found:
        return tail_of(report.result)
    lines = [_located(finding) for finding in found[:_FINDINGS_TOLD]]
    if len(found) > len(lines):
        lines.append(f"and {len(found) - len(lines)} more")
    names = set(map(name_in_output, failures))
    about = [text for name, text in parts(report.result.tail) if name in names]
    return "\n\n".join(("\n".join(lines), *about))[:TAIL_CHARS]


def _located(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    return one_line(f"{place}: {finding.message}" if place else finding.message)
