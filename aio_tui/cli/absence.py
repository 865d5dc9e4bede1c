"""What an operator is told who comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aio_tui.wording import counted, duration
from engine.domain.state import TaskState
from engine.domain.words import state_word

if TYPE_CHECKING:
    from engine.app.absence import Absence


_ENDED = {TaskState.COMPLETED: "verified"}
"""How far their branches have come is told besides."""


def absence_in_words(absence: Absence) -> str:
    """Such as `since you left (3h10m): 4 verified, 1 failed, 2 merged, 1 question`."""
    told = [
        f"{number} {_ENDED.get(state, state_word(state))}"
        for state, number in sorted(absence.ended.items())
    ]
    told += [f"{absence.merged} merged"] * bool(absence.merged)
    told += [f"{absence.reverted} reverted"] * bool(absence.reverted)
    told += [counted(absence.asked, "question")] * bool(absence.asked)
    more = " and more" if absence.is_cut else ""
    what = ", ".join(told) or "nothing came to an end"
    return f"since you left ({duration(max(absence.lasted_s, 0))}): {what}{more}"
