from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from aio_tui.wording import (
    RUN_SIGNS,
    TASK_SIGNS,
    VERDICT_SIGNS,
    Tone,
    age,
    amount,
    cost,
    duration,
    ruling_sign,
)
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.verdict import VerdictKind
from engine.ports.cockpit import RunState
from tests.support.face import NOW


def test_every_state_and_verdict_has_a_glyph_and_a_word_of_its_own() -> None:
    for signs, kinds in (
        (TASK_SIGNS, TaskState),
        (RUN_SIGNS, RunState),
        (VERDICT_SIGNS, VerdictKind),
    ):
        assert set(signs) == set(kinds)
        assert len({sign.word for sign in signs.values()}) == len(kinds)
        assert all(sign.glyph and sign.word for sign in signs.values())


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "<1m"), (0, "<1m"), (59.9, "<1m"), (60, "1m"), (3599, "59m"), (3600, "1h"),
     (86_399, "23h"), (86_400, "1d"), (86_400 * 5000, "999d")],
)  # fmt: skip
def test_an_age_is_never_finer_than_a_minute(seconds: float, shown: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.0s"), (2.34, "2.3s"), (42, "42s"), (185, "3m05s"), (7800, "2h10m")],
)
def test_durations_are_short(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(950, "950"), (12_345, "12.3k"), (999_999, "1.0M"), (4_500_000, "4.5M")]
)
def test_amounts_are_short(number: int, shown: str) -> None:
    assert amount(number) == shown


def test_cost_says_when_a_part_has_no_price() -> None:
    assert cost(Usage(cost_usd=Decimal("1.5"))) == "$1.50"
    assert cost(Usage(unpriced_calls=1)) == "at least $0.00"


@pytest.mark.parametrize(
    ("text", "is_error", "sign"),
    [
        ("allowed by contract BugFix", False, ("✓ ", Tone.GOOD)),
        ("approved by kim: go on", False, ("✓ ", Tone.GOOD)),
        ("waiting for the operator (git-push): it sends commits", False, ("! ", Tone.WARN)),
        ("message of the operator: mind zero", False, ("· ", Tone.NORMAL)),
        ("denied by destructive-path: it deletes all", True, ("! ", Tone.BAD)),
    ],
)
def test_only_what_is_refused_or_waited_for_warns(
    text: str, is_error: bool, sign: tuple[str, Tone]
) -> None:
    assert ruling_sign(text, is_error=is_error) == sign
