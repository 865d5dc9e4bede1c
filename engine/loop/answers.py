"""Where a waiting task hears that its escalation was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from engine.domain.escalation import Escalation
from engine.domain.ids import EscalationId


class Answers:
    """Wakes the one worker that waits for an escalation. The answer itself is in the store."""

    def __init__(self) -> None:
        self._waiting: dict[EscalationId, asyncio.Future[Escalation]] = {}

    @contextmanager
    def expecting(self, escalation_id: EscalationId) -> Iterator[asyncio.Future[Escalation]]:
        """A future of the answered escalation. Enter before looking into the store, so that no
        answer falls between the look and the wait.
        """
        future: asyncio.Future[Escalation] = asyncio.get_running_loop().create_future()
        self._waiting[escalation_id] = future
        try:
            yield future
        finally:
            self._waiting.pop(escalation_id, None)

    def tell(self, escalation: Escalation) -> None:
        """Hand the answered escalation to its worker, if one waits."""
        future = self._waiting.get(escalation.escalation_id)
        if future is not None and not future.done():
            future.set_result(escalation)
