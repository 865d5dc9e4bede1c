"""Findings with ids that stay the same while lines move."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from engine.checks.output import TAIL_CHARS, TAIL_LINES
from engine.domain.verdict import Finding, FindingSeverity

_NUMBER = re.compile(r"\b\d+\b")


def identified(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by path and line, each with its id `path:rule:message`.

    Numbers in messages are left out, because they move with the code; the second of several equal
    ones ends in `#2`, and so on.
    """
    seen: Counter[str] = Counter()
    ordered = sorted(findings, key=lambda found: (found.path, found.line or 0))
    named = []
    for found in ordered:
        plain = f"{found.path}:{found.rule}:{_NUMBER.sub('N', found.message)}"
        seen[plain] += 1
        named.append(replace(found, id=plain if seen[plain] == 1 else f"{plain}#{seen[plain]}"))
    return tuple(named)


def failures_of(
    findings: Iterable[Finding], *, least: FindingSeverity = FindingSeverity.ERROR
) -> tuple[str, ...]:
    """Sorted ids of the findings that are at least so bad."""
    severities = list(FindingSeverity)
    counted = severities[: severities.index(least) + 1]
    return tuple(sorted(found.id for found in findings if found.severity in counted))


def shown(findings: Iterable[Finding]) -> str:
    """Up to 40 lines `path:line: rule message` for humans; the rest as a number."""
    lines = [_line(found) for found in findings]
    if len(lines) > TAIL_LINES:
        lines[TAIL_LINES:] = [f"and {len(lines) - TAIL_LINES} more"]
    return "\n".join(lines)[:TAIL_CHARS]


def _line(found: Finding) -> str:
    place = ":".join(str(part) for part in (found.path, found.line) if part)
    said = " ".join(f"{found.rule} {found.message}".split())
    return f"{place}: {said}" if place else said
