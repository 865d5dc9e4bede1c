"""Which questions came up while the cockpit was open and have not been looked at, and what this
terminal has rung for.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId
from engine.ports.cockpit import ToldNews


class Arrivals:
    """Shared by all screens of a cockpit."""

    def __init__(self) -> None:
        self._known: set[EscalationId] | None = None
        """None: no overview was read yet; what is open by then has not arrived before our eyes."""
        self._told: dict[EscalationId, int] | None = None
        self._unseen: dict[EscalationId, Escalation] = {}
        self._news_seq: int | None = None
        """Of the news that this terminal has rung for; None: it has not looked yet."""

    @property
    def unseen(self) -> tuple[Escalation, ...]:
        """The most severe first."""
        return tuple(self._unseen.values())

    def hear(self, open_ones: Sequence[Escalation]) -> bool:
        """These are open now, the most severe first: whether one of them is new."""
        before = self._known
        self._known = {asked.escalation_id for asked in open_ones}
        if before is None:
            return False
        new = self._known - before
        self._unseen = {
            asked.escalation_id: asked
            for asked in open_ones
            if asked.escalation_id in new or asked.escalation_id in self._unseen
            if asked.acknowledged_at is None
        }
        return bool(new)

    def rung(self, open_ones: Sequence[Escalation]) -> tuple[Escalation, ...]:
        """Of these, the most severe first, those that notices have named since the last call."""
        before, self._told = self._told, {one.escalation_id: one.times_told for one in open_ones}
        if before is None:
            return ()
        return tuple(one for one in open_ones if one.times_told > before.get(one.escalation_id, 0))

    def rung_news(self, told: ToldNews | None) -> ToldNews | None:
        """What was told last, if that was since the last call."""
        before, self._news_seq = self._news_seq, told.seq if told else 0
        is_new = told is not None and before is not None and told.seq > before
        return told if is_new else None

    def see(self, escalation_id: EscalationId) -> bool:
        """It is looked at: whether that is the first time."""
        return self._unseen.pop(escalation_id, None) is not None
