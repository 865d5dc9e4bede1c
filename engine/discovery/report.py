"""What a scan tells its caller."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from engine.discovery.reconcile import Plan
from engine.discovery.sighting import Sighting
from engine.domain.values import dataclass
from engine.domain.verdict import CheckOutcome, CheckResult

_UNABLE = frozenset({CheckOutcome.BROKEN, CheckOutcome.TIMEOUT})


class Standing(StrEnum):
    """How a finding relates to the baseline."""

    NEW = "new"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryReport:
    """One scan, and what it changed."""

    commit: str
    """What was scanned."""
    checks: tuple[CheckResult, ...]
    sightings: tuple[Sighting, ...]
    """Everything found in files of the commit."""
    baseline: Collection[str]
    """Ids known before this scan."""
    gone: int
    """Findings of the baseline that are no longer there, as far as checks could tell."""
    outside: int
    """Findings in files that are no part of the commit, such as ones that a test made."""
    plan: Plan
    is_dry_run: bool = False
    """Nothing was changed; `plan` is what would have been."""
    accepted: int | None = None
    """Findings in the new baseline; None: it was left alone."""

    @property
    def unable(self) -> tuple[CheckResult, ...]:
        """Checks that could not do their work; what they would have found is unknown."""
        return tuple(check for check in self.checks if check.outcome in _UNABLE)

    @property
    def known_count(self) -> int:
        return sum(self.standing(one) is Standing.KNOWN for one in self.sightings)

    @property
    def new_count(self) -> int:
        return len(self.sightings) - self.known_count

    def standing(self, one: Sighting) -> Standing:
        """Whether the baseline knew of it."""
        return Standing.KNOWN if one.id in self.baseline else Standing.NEW
