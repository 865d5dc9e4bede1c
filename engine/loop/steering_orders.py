"""Orders that change how work on a task goes on: messages, limits, who does it."""

from __future__ import annotations

from typing import assert_never

from engine.domain.errors import InputError
from engine.domain.orders import MessageTask, SetAgent, SetMoney, SetTokens
from engine.domain.state import HELD, TaskState
from engine.domain.work import WorkItem
from engine.ports.store import Transaction

SteeringOrder = MessageTask | SetMoney | SetTokens | SetAgent

_MOST = 2**53
"""Whole numbers up to here are the same in every program that reads them."""
_AS_CONFIGURED = "as configured"


def check_steering(order: SteeringOrder) -> None:
    """Refuse what no task can be steered to.

    Raises:
        InputError: which value, and what to use.
    """
    match order:
        case MessageTask(text=text) if not text.strip():
            raise InputError("the message is empty", hint="write what the agent should know")
        case SetMoney(max_cost_cents=int(number)) | SetTokens(max_tokens=int(number)):
            if not 0 <= number <= _MOST:
                raise InputError(f"a limit of {number} is not possible", hint="use 0 or more")
        case SetAgent(backend=backend, model=model):
            for name in (backend, model):
                if name is not None and not (name.strip() and name.isprintable()):
                    raise InputError(f"{name!r} is no name", hint="name a backend or a model")
        case _:
            pass


def steer(tx: Transaction, order: SteeringOrder) -> tuple[WorkItem, str, str, str]:
    """Do it; the task, what of it has changed to what, and that as a sentence about the task.

    Raises:
        UnknownTaskError: there is none.
    """
    match order:
        case MessageTask(task_id=task_id, text=text):
            tx.add_note(task_id, text, is_urgent=True)
            item = tx.task(task_id)
            when = _when_read(item)
            return item, f"message{when}", text, f"the message is sent{when}"
        case SetMoney(task_id=task_id, max_cost_cents=cents):
            item = tx.update_task(task_id, max_cost_cents=cents)
            money = _AS_CONFIGURED if cents is None else f"{cents / 100:.2f} USD"
            return item, "money", money, f"limit of money: {money}"
        case SetTokens(task_id=task_id, max_tokens=tokens):
            item = tx.update_task(task_id, max_tokens=tokens)
            limit = "no limit" if tokens is None else str(tokens)
            return item, "tokens", limit, f"limit of tokens: {limit}"
        case SetAgent(task_id=task_id, backend=backend, model=model):
            item = tx.update_task(task_id, backend=backend, model=model)
            agent = agent_in_words(order)
            return item, "agent", agent, f"agent {agent}"
        case _:
            assert_never(order)


def _when_read(item: WorkItem) -> str:
    """When a message is read, if not with the agent's next step; in brackets."""
    if item.state is TaskState.VERIFYING:
        return " (the agent is done; it is read only if the task tries again)"
    is_at_work = item.state in HELD or item.state is TaskState.WAITING
    return "" if is_at_work else " (no agent is at work, the next reads it)"


def agent_in_words(order: SetAgent) -> str:
    """Backend and model of the next iteration."""
    return f"{order.backend or _AS_CONFIGURED}, model {order.model or _AS_CONFIGURED}"
