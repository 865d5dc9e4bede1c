"""How urgent a group is, and why: severity, what depends on the file, its age, how many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime, timedelta

from engine.discovery.groups import Group, GroupKind
from engine.domain.values import dataclass
from engine.domain.verdict import FindingSeverity
from engine.domain.work import LEAST_URGENT, MOST_URGENT

_DANGEROUS = frozenset({"secret", "conflict-marker"})
_OF_SEVERITY: Mapping[FindingSeverity, int] = {
    FindingSeverity.ERROR: 6,
    FindingSeverity.WARNING: 7,
    FindingSeverity.NOTE: 8,
}
_FEW, _MANY = 3, 20
"""Files that depend on it."""
_MANY_FINDINGS = 10
_RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the repository says about its files."""

    imports: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Imported files by importing file."""
    changed_at: Mapping[str, datetime] = field(default_factory=dict)
    """The last commit that touched a file; absent: it is older than what was read."""
    scanned_at: datetime | None = None
    """Time of the scanned commit; None: unknown, so nothing counts as recent."""


@dataclass(frozen=True, slots=True)
class Urgency:
    """A priority with its grounds."""

    priority: int
    """0 (most urgent) to 9."""
    why: str


class Scale:
    """Weighs the groups of one scan."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self._importers = _reversed(surroundings.imports)

    def weigh(self, group: Group) -> Urgency:
        """The priority of a task about `group`."""
        priority, grounds = _start(group)
        for points, ground in self._steps(group):
            priority -= points
            grounds.append(ground)
        return Urgency(min(max(priority, MOST_URGENT), LEAST_URGENT), ", ".join(grounds))

    def _steps(self, group: Group) -> Iterator[tuple[int, str]]:
        path = group.key.path
        count = self._dependents(path)
        if count >= _FEW:
            told = f"{_MANY} files or more depend" if count >= _MANY else f"{count} files depend"
            yield (2 if count >= _MANY else 1), f"{told} on it"
        changed, now = self._around.changed_at.get(path), self._around.scanned_at
        if changed and now and now - changed <= _RECENT:
            yield 1, "changed lately"
        if len(group.sightings) >= _MANY_FINDINGS:
            yield 1, f"{len(group.sightings)} findings"

    def _dependents(self, path: str) -> int:
        """Files that import it, directly or through others; counted up to `_MANY`."""
        reached, waiting = {path}, [path]
        while waiting and len(reached) <= _MANY:
            for importer in self._importers.get(waiting.pop(), ()):
                if importer not in reached:
                    reached.add(importer)
                    waiting.append(importer)
        return min(len(reached) - 1, _MANY)


def _start(group: Group) -> tuple[int, list[str]]:
    if group.kind is GroupKind.RED_TESTS:
        return 3, ["a test fails"]
    if group.kind is GroupKind.UNFIT_TESTS:
        return 4, ["tests cannot give an answer"]
    if group.key.subject in _DANGEROUS:
        return 2, ["dangerous as it is"]
    severity = min((one.finding.severity for one in group.sightings), key=_OF_SEVERITY.__getitem__)
    return _OF_SEVERITY[severity], [f"severity {severity.value}"]


def _reversed(imports: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    importers: defaultdict[str, list[str]] = defaultdict(list)
    for importer, targets in imports.items():
        for target in targets:
            importers[target].append(importer)
    return dict(importers)
