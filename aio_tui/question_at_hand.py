"""Answers go to the question that the operator has seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId
from engine.domain.orders import ApproveEscalation, DenyEscalation, Order

LOOK_FIRST = "this question came up just now: look, then press again"
_TO_LOOK = timedelta(seconds=1.5)
"""A key within this time was meant for what was there before."""


class QuestionAtHand:
    """Knows which questions have their answer, and whether the one that a screen shows came up
    without the operator turning to it.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._slid_at: datetime | None = None
        self._answered: set[EscalationId] = set()

    def slide(self) -> None:
        """Another question stands there now, by itself."""
        self._slid_at = self._now()

    def is_unseen(self) -> bool:
        """Whether it stands there too short a time to have been looked at; to ask is to have been
        told to look, so the next key counts.
        """
        slid_at, self._slid_at = self._slid_at, None
        return slid_at is not None and self._now() - slid_at < _TO_LOOK

    def note_answers(self, orders: Sequence[Order]) -> set[EscalationId]:
        """These are on their way: the questions that they answer."""
        new = {
            order.escalation_id
            for order in orders
            if isinstance(order, ApproveEscalation | DenyEscalation)
        }
        self._answered |= new
        return new

    def forget_answers(self, of: Iterable[EscalationId]) -> None:
        """They have arrived, or were refused."""
        self._answered -= set(of)

    def note_open(self, asked: Sequence[Escalation]) -> None:
        """Only these are open now: the answers to all others have arrived."""
        self._answered &= {one.escalation_id for one in asked}

    def has_answer(self, asked: Escalation) -> bool:
        """Whether its answer is on its way."""
        return asked.escalation_id in self._answered
