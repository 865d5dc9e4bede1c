"""What the desk of plain mode wants done by whoever reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import Order

Reading = Coroutine[Any, Any, Sequence[str]]


class Doing(Protocol):
    """What a desk wants done."""

    def tell(self, texts: Sequence[str]) -> None:
        """Tell lines now."""
        ...

    def tell_by_pages(self, texts: Sequence[str]) -> None: ...

    def tell_more(self, *, is_all: bool) -> None: ...

    def switch_news(self) -> None: ...

    def read(self, reading: Reading) -> None:
        """Tell what is read, as soon as it is."""
        ...

    def give(self, orders: Sequence[Order]) -> None: ...

    def show_rule(self, escalation_id: EscalationId, then: Callable[[str], None]) -> None: ...

    def undo(self) -> None: ...

    def take_over(self, task_id: TaskId) -> None: ...

    def hand_back(self, task_id: TaskId, note: str) -> None: ...

    def step_aside(self) -> None: ...

    def leave(self, goes_on: bool) -> None:
        """End plain mode."""
        ...
