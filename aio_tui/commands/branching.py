"""Another way from a checkpoint of a task."""

from __future__ import annotations

from dataclasses import replace

from aio_tui.amounts import cents, named, whole
from aio_tui.commands.base import Desk, TaskCommand
from engine.domain.errors import InputError
from engine.domain.orders import BranchTask
from engine.domain.work import WorkItem

_DEFAULT = "default"


class Branch(TaskCommand):
    """Make a new task that begins where an iteration of this one ended and goes on otherwise; this
    one stays as it is.
    """

    keys = ("y",)
    label = "branch"
    asks_for_text = True
    is_in_bar = False

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
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
        desk.refuse(f"{at!r} is no number of an iteration; nothing was done")
        return

    order = BranchTask(
        task_id=item.task_id, iteration=int(at), backend=item.backend, model=item.model
    )
    _offer(order, item, desk)


def _offer(order: BranchTask, item: WorkItem, desk: Desk) -> None:
    """What is otherwise so far, and a key for each to change it."""
    shown = {
        "s": f"say what shall be done otherwise: {order.say or 'nothing'}",
        "o": f"model: {order.model or 'as configured'}",
        "n": f"iterations in all: {_amount(order.max_iterations, item.max_iterations)}",
        "m": f"money in all: {_usd(order.max_cost_cents, item.max_cost_cents)}",
        "t": f"tokens in all: {_amount(order.max_tokens, item.max_tokens)}",
    }
    desk.choose(
        f"Branch {item.task_id} after iteration {order.iteration}: what shall be otherwise?",
        [*shown.items(), ("y", "branch like this")],
        lambda key: desk.give(order) if key == "y" else _ask(key, order, item, desk),
    )


def _ask(key: str, order: BranchTask, item: WorkItem, desk: Desk) -> None:
    def change(answer: str) -> None:
        try:
            changed = _changed(key, answer, order)
        except InputError as error:
            desk.refuse(f"{error}; nothing was changed")
            changed = order
        _offer(changed, item, desk)

    questions = {
        "s": ("What shall be done otherwise? (empty: nothing)", order.say),
        "o": (f"Which model goes on? ({_DEFAULT}: as configured)", order.model or _DEFAULT),
        "n": (f"How many iterations in all? ({_DEFAULT}: as before)", _DEFAULT),
        "m": (f"How many dollars in all? ({_DEFAULT}: as before)", _DEFAULT),
        "t": (f"How many tokens in all? ({_DEFAULT}: as before)", _DEFAULT),
    }
    question, default = questions[key]
    desk.ask(question, change, default=default, may_be_empty=key == "s")


def _changed(key: str, answer: str, order: BranchTask) -> BranchTask:
    match key:
        case "s":
            return replace(order, say=answer)
        case "o":
            return replace(order, model=named(answer))
        case "n":
            return replace(order, max_iterations=whole(answer, "iterations"))
        case "m":
            return replace(order, max_cost_cents=cents(answer))
        case _:
            return replace(order, max_tokens=whole(answer, "tokens"))


def _amount(own: int | None, of_origin: int | None) -> str:
    known = of_origin if own is None else own
    return "as configured" if known is None else str(known)


def _usd(own: int | None, of_origin: int | None) -> str:
    known = of_origin if own is None else own
    return "as configured" if known is None else f"${known / 100:.2f}"
