"""What both stores add up in the same way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from engine.domain.verdict import Verdict


def checks_of(verdicts: Iterable[Verdict]) -> dict[str, tuple[float, ...]]:
    """How long the checks behind the verdicts ran, by name, sorted."""
    found: dict[str, list[float]] = defaultdict(list)
    for verdict in verdicts:
        for check in verdict.checks:
            found[check.name].append(check.duration_s)
    return {name: tuple(sorted(found[name])) for name in sorted(found)}
