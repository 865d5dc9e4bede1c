"""How much of an iteration's time was its operator's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aio_tui.wording import waited_words
from tests.contract.stores import checkpoint, escalation
from tests.support.clock import FakeClock


def test_what_an_iteration_waited_for_answers_is_told_apart() -> None:
    clock = FakeClock()
    asked = escalation("esc-1", "T1", clock)
    asked = replace(asked, answered_at=asked.raised_at + timedelta(seconds=200))
    point = checkpoint("T1", asked.iteration, clock, duration_s=218.0)
    assert waited_words([asked], point) == "3m20s of that it waited for you"
    assert waited_words([asked, asked], point).startswith("3m38s of that")
    assert waited_words([replace(asked, answered_at=None)], point) == ""
    assert waited_words([replace(asked, iteration=asked.iteration + 1)], point) == ""
