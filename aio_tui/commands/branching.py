"""Another way from a checkpoint of a task."""

from __future__ import annotations

from aio_tui.amounts import named
from aio_tui.commands.base import Desk, TaskCommand
from engine.domain.orders import BranchTask
from engine.domain.work import WorkItem

_DEFAULT = "default"


class Branch(TaskCommand):
    """Make a new task that begins where an iteration of this one ended and goes on otherwise; this
    one stays as it is.
    """

    keys = ("y",)
    label = "branch"
    is_in_bar = False

    def obstacle_of(self, item: WorkItem) -> str:
        return "" if item.iteration_count else f"no iteration of {item.task_id} has ended yet"

    def obstacle(self, desk: Desk) -> str:
        item = desk.selected
        if item is not None and desk.place in _AT_A_TIME and desk.checkpoint is None:
            return f"no iteration of {item.task_id} had ended here"
        return super().obstacle(desk)

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        if desk.checkpoint is not None:
            _ask_otherwise(item, desk.checkpoint, desk)
            return
        desk.ask(
            f"Branch {item.task_id} after which of its {item.iteration_count} iterations?",
            lambda answer: _ask_otherwise(item, answer, desk),
            default=str(item.iteration_count),
            may_be_empty=False,
        )


_AT_A_TIME = frozenset({"task", "replay"})
"""Screens that show a task at one of its iterations."""


def _ask_otherwise(item: WorkItem, at: int | str, desk: Desk) -> None:
    if not str(at).isdecimal():
        desk.say(f"{at!r} is no number of an iteration; nothing was done")
        return

    def ask_model(say: str) -> None:
        desk.ask(
            f"Which model shall go on from there? ({_DEFAULT}: as configured)",
            lambda model: desk.give(
                BranchTask(
                    task_id=item.task_id,
                    iteration=int(at),
                    say=say,
                    backend=item.backend,
                    model=named(model),
                )
            ),
            default=item.model or _DEFAULT,
            may_be_empty=False,
        )

    question = (
        f"What shall be done otherwise after iteration {at} of {item.task_id}? (empty: nothing)"
    )
    desk.ask(question, ask_model, may_be_empty=True)
