"""Money and time: asked before they are spent, recorded as they are spent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from engine.domain.settings import Budgets
from engine.domain.usage import Usage
from engine.domain.work import WorkItem
from engine.governance.contract import lower
from engine.loop.past import Past
from engine.loop.services import LoopServices
from engine.ports.agent import UsageReported
from engine.ports.store import Transaction
from engine.wiggum.limits import LimitHit, limit_hit, money_budget, money_hit


class Purse:
    """The budgets of one run; its time begins with the first question."""

    def __init__(self, services: LoopServices) -> None:
        self._store = services.store
        self._clock = services.clock
        self._budgets = services.settings.budgets
        self._contracts = services.contracts
        self._began_at = services.clock.now()
        self._began_s = services.clock.monotonic_s()

    async def hit_before(self, item: WorkItem, past: Past) -> LimitHit | None:
        """The budget that forbids another iteration."""
        used = await self._store.read(lambda reader: reader.usage(since=self._began_at))
        return limit_hit(
            item,
            budgets=self._budgets_of(item),
            task_usage=past.usage,
            run_usage=used,
            task_spent_s=past.spent_s,
            run_spent_s=self._clock.monotonic_s() - self._began_s,
        )

    def hit_after(
        self, item: WorkItem, past: Past, used: Usage, duration_s: float
    ) -> LimitHit | None:
        """The task's budget that is spent now that an iteration used so much."""
        return limit_hit(
            item,
            budgets=self._budgets_of(item),
            task_usage=past.usage + used,
            run_usage=Usage(),
            task_spent_s=past.spent_s + duration_s,
            run_spent_s=0.0,
        )

    def left_usd(self, item: WorkItem, past: Past) -> float | None:
        """What the task may still spend; None: as much as it likes."""
        allowed = self._budgets_of(item).task_cost_usd
        return None if allowed is None else max(float(allowed - past.usage.cost_usd), 0.0)

    def _budgets_of(self, item: WorkItem) -> Budgets:
        """The budgets, or the limits of the task's contract where they are lower."""
        limits, budgets = self._contracts.known(item.role, item.project).limits, self._budgets
        allowed_s = None if limits.minutes is None else limits.minutes * 60
        return replace(
            budgets,
            task_cost_usd=lower(money_budget(item, budgets), limits.cost_usd),
            task_wall_clock_s=lower(budgets.task_wall_clock_s, allowed_s),
        )

    def recorder(self, item: WorkItem, agent: str) -> Callable[[UsageReported], Awaitable[bool]]:
        """Writes each model call's usage down at once, so that a crash hides no cost; says whether
        the task's budget, which may be another one by now, lets it go on.
        """
        iteration = item.iteration_count + 1

        async def spend(report: UsageReported) -> bool:
            def write(tx: Transaction) -> tuple[WorkItem, Usage]:
                tx.add_usage(
                    item.task_id,
                    iteration=iteration,
                    agent=agent,
                    model=report.model,
                    usage=report.usage,
                )
                return tx.task(item.task_id), tx.usage(task_id=item.task_id)

            now, used = await self._store.write(write)
            has_own = now.max_cost_cents is not None or now.max_tokens is not None
            return not (has_own and money_hit(now, used, self._budgets_of(now)))

        return spend
