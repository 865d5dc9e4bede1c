"""What a task may cost in all, and who works on it."""

from __future__ import annotations

from aio_tui.amounts import cents, named, whole
from aio_tui.commands.base import Desk, TaskCommand
from aio_tui.commands.tasks import over
from engine.domain.errors import InputError
from engine.domain.orders import Order, SetAgent, SetMoney, SetTokens
from engine.domain.settings import Settings
from engine.domain.work import WorkItem


class Limits(TaskCommand):
    """Change what the task may cost in all, or who works on it, also while it runs."""

    keys = ("f",)
    label = "limits"
    is_in_bar = False

    def obstacle_of(self, item: WorkItem, desk: Desk) -> str:
        return over(item)

    def run_on(self, item: WorkItem, desk: Desk) -> None:
        present = {key: _in_force(key, item, desk.settings) for key in _LIMITS}
        options = [(key, f"{what}: {present[key]}") for key, what in _LIMITS.items()]
        question = f"Which limit of {item.task_id} is to change?"
        desk.choose(question, options, lambda key: _ask_limit(key, item, desk))


_LIMITS = {
    "m": "money in all",
    "t": "tokens in all",
    "o": "model from the next iteration on",
    "a": "agent backend from the next iteration on",
}
_DEFAULT = "default"


def _own(key: str, item: WorkItem) -> str:
    """What was set for this task; empty: nothing was."""
    match key:
        case "m":
            return "" if item.max_cost_cents is None else f"{item.max_cost_cents / 100:.2f}"
        case "t":
            return "" if item.max_tokens is None else str(item.max_tokens)
        case "o":
            return item.model or ""
        case _:
            return item.backend or ""


def _in_force(key: str, item: WorkItem, settings: Settings) -> str:
    """What holds for this task now, and whether it is its own."""
    own = _own(key, item)
    if own:
        return f"${own}" if key == "m" else own
    return f"{_configured(key, item, settings)}, as configured"


def _configured(key: str, item: WorkItem, settings: Settings) -> str:
    backend = item.backend or settings.backend
    match key:
        case "m":
            usd = settings.budgets.task_cost_usd
            return "no limit" if usd is None else f"${usd:.2f}"
        case "t":
            return "no limit"
        case "o":
            return settings.model.model if backend == "anthropic" else f"that of {backend}"
        case _:
            return settings.backend


def _ask_limit(key: str, item: WorkItem, desk: Desk) -> None:
    what = "US dollars in all" if key == "m" else f"{_LIMITS[key][0].upper()}{_LIMITS[key][1:]}"

    def give(answer: str) -> None:
        try:
            desk.give(_limit_order(key, item, answer))
        except InputError as error:
            desk.refuse(f"{error}; nothing was changed")

    configured = _configured(key, item, desk.settings)
    asked = f"{what} for {item.task_id} ({_DEFAULT}: {configured}, as configured)"
    desk.ask(asked, give, default=_own(key, item) or _DEFAULT, may_be_empty=False)


def _limit_order(key: str, item: WorkItem, answer: str) -> Order:
    match key:
        case "m":
            return SetMoney(task_id=item.task_id, max_cost_cents=cents(answer))
        case "t":
            return SetTokens(task_id=item.task_id, max_tokens=whole(answer, "tokens"))
        case "o":
            return SetAgent(task_id=item.task_id, backend=item.backend, model=named(answer))
        case _:
            return SetAgent(task_id=item.task_id, backend=named(answer), model=item.model)
