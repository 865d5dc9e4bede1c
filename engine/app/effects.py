"""What orders that were applied mean for the runs and merges of this process."""

from __future__ import annotations

from engine.app.merges import Merges, merge_state_for
from engine.app.parts import Parts
from engine.app.runs import Runs
from engine.domain.orders import (
    ApproveEscalation,
    CancelTask,
    DenyEscalation,
    DiscardWork,
    HaltRun,
    Order,
    OverrideVerdict,
    PauseRun,
    PauseTask,
    ResumeRun,
    StopRun,
    TakeTask,
    UndoOrder,
)
from engine.domain.run import RunOptions
from engine.domain.work import WorkItem
from engine.loop.order_effects import Applied
from engine.loop.tidy import tidy


class Effects:
    """Follows what the store says already; so nothing is lost if this process dies before."""

    def __init__(self, parts: Parts, runs: Runs, merges: Merges) -> None:
        self._parts = parts
        self._runs = runs
        self._merges = merges

    async def follow(self, applied: Applied, *, is_serving: bool) -> None:
        """Act on one order.

        Args:
            applied: the order, as it was applied.
            is_serving: whether this process takes tasks when it is told to.

        Raises:
            WorkspaceError, StoreError: what has ended could not be cleared up yet.
        """
        runs = self._runs
        match applied.order:
            case ApproveEscalation() | DenyEscalation() if applied.escalation is not None:
                runs.answers.tell(applied.escalation)
            case CancelTask(task_id=task_id):
                if not runs.cancel_task(task_id):
                    await self.tidy(applied.task)
            case PauseTask(task_id=task_id, at_once=True) | TakeTask(task_id=task_id):
                runs.cancel_task(task_id)
            case OverrideVerdict():
                await self.tidy(applied.task)
            case DiscardWork() if applied.task is not None:
                await self._parts.workspace.put_aside(applied.task)
            case UndoOrder():
                if isinstance(applied.undone, DiscardWork) and applied.task is not None:
                    await self._parts.workspace.bring_back(applied.task)
                await self.tidy(applied.task)
                self._follow_run(applied.undone, is_serving=is_serving, is_undone=True)
            case _:
                self._follow_run(applied.order, is_serving=is_serving)

    def _follow_run(
        self, order: Order | None, *, is_serving: bool, is_undone: bool = False
    ) -> None:
        """What is about all tasks; `is_undone`: it was taken back."""
        runs = self._runs
        match order:
            case StopRun() | HaltRun() if is_undone:
                if is_serving:
                    runs.start(RunOptions(stays=True))
            case PauseRun(at_once=True):
                runs.give_up_all()
            case StopRun(at_once=at_once):
                runs.stop(at_once=at_once)
            case HaltRun():
                runs.give_up_all()
                self._merges.give_up()
            case ResumeRun() if is_serving:
                runs.start(RunOptions(stays=True))
            case _:
                pass

    async def tidy(self, item: WorkItem | None) -> None:
        """Clear up after a task that has ended."""
        if item is not None:
            parts = self._parts
            await tidy(
                item,
                store=parts.store,
                workspace=parts.workspace,
                brain=parts.settings.brain,
                merge_state_of=merge_state_for(parts),
            )
