"""How the work goes, added up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HourUsage:
    """What was used in one hour, or one day."""

    begin: str
    """UTC, as `2026-01-05T22`; of a day `2026-01-05`."""
    cost_usd: Decimal
    tokens: int
    unpriced_calls: int = 0
    """Calls of models without a known price; the true cost is higher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Of one project in a period."""

    usage: tuple[HourUsage, ...]
    """Hours in which something was used, oldest first."""
    verdicts: Mapping[str, int]
    """PASS, FAIL, BLOCKED: number of iterations."""
    iterations_per_task: Mapping[int, int]
    """Number of tasks by the number of their recorded iterations."""
    first_tries: int
    """Tasks whose first iteration was recorded."""
    first_passes: int
    """Those of them that passed with it."""
    waits_s: tuple[float, ...]
    """How long questions waited for their answer, sorted; of the newest 10,000."""
    checks_s: Mapping[str, tuple[float, ...]]
    """How long checks ran, by name, sorted; of the newest 500 iterations."""

    @property
    def first_pass_rate(self) -> float | None:
        """From 0 to 1; None: nothing was tried."""
        return self.first_passes / self.first_tries if self.first_tries else None

    @property
    def unpriced_calls(self) -> int:
        """Of the whole period; above 0 its cost is a least one."""
        return sum(hour.unpriced_calls for hour in self.usage)

    @property
    def by_day(self) -> tuple[HourUsage, ...]:
        """`usage` added up by day."""
        days: dict[str, HourUsage] = {}
        for hour in self.usage:
            day = hour.begin[:10]
            before = days.get(day)
            days[day] = HourUsage(
                begin=day,
                cost_usd=hour.cost_usd + (before.cost_usd if before else 0),
                tokens=hour.tokens + (before.tokens if before else 0),
                unpriced_calls=hour.unpriced_calls + (before.unpriced_calls if before else 0),
            )
        return tuple(days.values())


MOST_WAITS, MOST_CHECKED = 10_000, 500


def median(values: tuple[float, ...]) -> float | None:
    """The middle of sorted values; None of none."""
    return values[len(values) // 2] if values else None
