"""Orders go to the engine, and what became of them comes back as a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Sequence

from aio_tui.commands.base import key_of
from aio_tui.widgets.line import Line, line
from aio_tui.wording import Tone
from engine.domain.errors import EngineError
from engine.domain.orders import (
    UNDO_WITHIN_S,
    MergeTask,
    Order,
    OrderRecord,
    OrderStatus,
    OverrideVerdict,
    RevertMerge,
    UndoableOrder,
)
from engine.domain.words import order_words
from engine.ports.cockpit import EngineFace, RunState

_KEY_INSTEAD = (
    (re.compile(r"'aio-tui merge revert \S+ --reason TEXT'"), "revert"),
    (re.compile(r"'aio-tui task resume --all'"), "pause_or_resume_all"),
)


def name_of(orders: Sequence[Order]) -> str:
    """Such as `leave a note`, or `merge the task (3)` for several of a kind."""
    counts = Counter(order_words(order.kind) for order in orders)
    return ", ".join(kind if n == 1 else f"{kind} ({n})" for kind, n in counts.items())


async def settle(orders: Sequence[Order], face: EngineFace, *, by: str) -> Line:
    """Give the orders, all of one kind, one after another, and wait until each is applied or
    refused: what to tell the operator. Of several the first that went wrong is told.
    """
    good: list[str] = []
    bad: list[str] = []
    for order in orders:
        is_applied, told = await settled(face.give(order, by=by))
        (good if is_applied else bad).append(told)
    if not bad:
        outcome = good[0] if len(orders) == 1 else "done"
        if isinstance(orders[-1], MergeTask | RevertMerge):
            outcome += await _why_not_yet(face)
        if isinstance(orders[-1], UndoableOrder):
            outcome += f" ({_undo_words(orders)})"
        return told_of(name_of(orders), True, outcome)
    less = f" ({len(bad)} of {len(orders)} went wrong)" if len(orders) > 1 else ""
    return told_of(name_of(orders[:1]), False, f"{bad[0]}{less}")


async def _why_not_yet(face: EngineFace) -> str:
    """Why a merge that is queued does not begin, and what lets it; empty: it does."""
    match (await face.overview()).run:
        case RunState.NO_ENGINE:
            return (
                f"; no engine runs, it is done when one does: press {key_of('start')}, or type"
                " 'aio-tui merge run'"
            )
        case RunState.HALTED:
            return f"; everything is halted, it is done when {key_of('start')} lets all go on"
        case _:
            return ""


def _undo_words(orders: Sequence[Order]) -> str:
    """What can be taken back for how long: work that goes on meanwhile ends that earlier."""
    what = "takes it back" if len(orders) == 1 else f"takes back the last of {len(orders)}"
    until = {
        MergeTask: "until its merge begins",
        OverrideVerdict: "until its agent goes on",
    }.get(type(orders[-1]), f"for {UNDO_WITHIN_S:.0f} s")
    return f"{key_of('undo')} {what} {until}"


def told_of(name: str, is_applied: bool, outcome: str) -> Line:
    """The line about an order of this name."""
    sign, tone = ("✓", Tone.GOOD) if is_applied else ("✗", Tone.BAD)
    return line((f"{sign} {name}: {outcome}", tone))


async def settled(giving: Awaitable[OrderRecord]) -> tuple[bool, str]:
    """Whether an order that is being given was applied, and what to tell."""
    try:
        record = await giving
    except EngineError as error:
        return False, f"failed: {error}"
    is_applied = record.status is OrderStatus.APPLIED
    told = record.outcome if is_applied else f"{record.status.value}: {record.outcome}"
    return is_applied, in_keys(told)


def in_keys(told: str) -> str:
    """Where the engine names a command of the command line that has a key here, the key.

    >>> in_keys("'aio-tui merge revert LAR-105 --reason TEXT' undoes it once it is merged")
    'u undoes it once it is merged'
    """
    for words, command in _KEY_INSTEAD:
        if words.search(told):
            told = words.sub(key_of(command), told)
    return told
