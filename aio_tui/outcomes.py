"""Orders go to the engine, and what became of them comes back as a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Sequence

from aio_tui.commands.catalogue import key_of
from aio_tui.ways import Sign, way_by
from aio_tui.widgets.line import Line, line
from aio_tui.wording import Tone
from engine.domain.errors import EngineError
from engine.domain.escalation import Escalation
from engine.domain.orders import (
    UNDO_WITHIN_S,
    AcknowledgeEscalation,
    ApproveEscalation,
    DenyEscalation,
    MergeTask,
    Order,
    OrderRecord,
    OrderStatus,
    OverrideVerdict,
    RevertMerge,
    RunOrder,
    UndoableOrder,
    UndoOrder,
)
from engine.domain.verdict import VerdictKind
from engine.domain.words import order_words
from engine.ports.cockpit import EngineFace, RunState

_MOST_NAMED, _MOST_OUTCOMES = 3, 2


def name_of(orders: Sequence[Order]) -> str:
    """Such as `leave a note`, or `merge the task (3)` for several of a kind."""
    counts = Counter(map(_words_of, orders))
    return ", ".join(kind if n == 1 else f"{kind} ({n})" for kind, n in counts.items())


def _words_of(order: Order) -> str:
    is_rejection = isinstance(order, OverrideVerdict) and order.verdict is VerdictKind.FAIL
    return "reject the work" if is_rejection else order_words(order.kind)


def named(orders: Sequence[Order], asked: Sequence[Escalation]) -> str:
    """The tasks and what is ordered of them, such as `fix-gcd: leave a note`."""
    return _about(_subjects(orders, asked), name_of(orders))


def subject_of(order: Order, asked: Sequence[Escalation]) -> str:
    """The task that an order is about; of an answer to none of the questions `asked`, which
    question it answers; empty: it is about no single task.
    """
    match order:
        case ApproveEscalation() | DenyEscalation() | AcknowledgeEscalation():
            known = (one.task_id for one in asked if one.escalation_id == order.escalation_id)
            return str(next(known, order.escalation_id))
        case UndoOrder():
            return ""
        case _:
            return "" if isinstance(order, RunOrder) else str(order.task_id)


def _subjects(orders: Sequence[Order], asked: Sequence[Escalation]) -> str:
    """Of many the first few."""
    names = list(dict.fromkeys(filter(None, (subject_of(order, asked) for order in orders))))
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _about(subject: str, text: str) -> str:
    return f"{subject}: {text}" if subject else text


async def settle(
    orders: Sequence[Order],
    face: EngineFace,
    *,
    by: str,
    asked: Sequence[Escalation],
    sign: Sign = key_of,
) -> Line:
    """Give the orders one after another, and wait until each is applied or refused: what to tell
    the operator, who knows answers by the tasks of the questions `asked`, and calls commands by
    their `sign`. Of several the first that went wrong is told.
    """
    good: list[str] = []
    bad: list[tuple[Order, str]] = []
    for order in orders:
        is_applied, told = await settled(face.give(order, by=by), sign)
        if is_applied:
            good.append(told)
        else:
            bad.append((order, told))
    if not bad:
        different = list(dict.fromkeys(good))
        outcome = "; ".join(different) if len(different) <= _MOST_OUTCOMES else "done"
        if isinstance(orders[-1], MergeTask | RevertMerge):
            outcome += await _why_not_yet(face, sign)
        if isinstance(orders[-1], UndoableOrder):
            outcome += f" ({_undo_words(orders, sign)})"
        return told_of(_subjects(orders, asked), True, outcome)
    less = f" ({len(bad)} of {len(orders)} went wrong)" if len(orders) > 1 else ""
    order, why = bad[0]
    return told_of(named([order], asked), False, f"{why}{less}")


async def _why_not_yet(face: EngineFace, sign: Sign) -> str:
    """Why a merge that is queued does not begin, and what lets it; empty: it does."""
    match (await face.overview()).run:
        case RunState.NO_ENGINE:
            return (
                f"; no engine runs, it is done when one does: {sign('start')}, or in a shell"
                " 'aio-tui merge run'"
            )
        case RunState.HALTED:
            return f"; everything is halted, it is done when {sign('start')} lets all go on"
        case _:
            return ""


def _undo_words(orders: Sequence[Order], sign: Sign) -> str:
    """What can be taken back for how long: work that goes on meanwhile ends that earlier."""
    last = orders[-1]
    is_one_go = isinstance(last, MergeTask) and last.together and len(orders) > 1
    many = f"takes all {len(orders)} back" if is_one_go else f"takes back the last of {len(orders)}"
    what = "takes it back" if len(orders) == 1 else many
    until = {
        MergeTask: f"until {'their merges begin' if is_one_go else 'its merge begins'}",
        OverrideVerdict: "until its agent goes on",
    }.get(type(orders[-1]), f"for {UNDO_WITHIN_S:.0f} s")
    return f"{sign('undo')} {what} {until}"


def told_of(subject: str, is_applied: bool, outcome: str) -> Line:
    """The line about what became of an order; empty `subject`: the outcome says it all."""
    sign, tone = ("✓", Tone.GOOD) if is_applied else ("✗", Tone.BAD)
    return line((f"{sign} {_about(subject, outcome)}", tone))


async def settled(giving: Awaitable[OrderRecord], sign: Sign = key_of) -> tuple[bool, str]:
    """Whether an order that is being given was applied, and what to tell."""
    way = way_by(sign)
    try:
        record = await giving
    except EngineError as error:
        return False, f"failed: {error.told(way)}"
    is_applied = record.status is OrderStatus.APPLIED
    told = record.told(way)
    return is_applied, told if is_applied else f"{record.status.value}: {told}"
