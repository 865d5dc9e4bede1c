from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.action import Severity
from engine.domain.escalation import Escalation
from engine.domain.settings import NotificationSettings
from engine.notify.schedule import Plan, plan, untold
from tests.support.scene import escalation

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SETTINGS = NotificationSettings()


def asked(number: int = 1, **changes: object) -> Escalation:
    return escalation(number, "fix-gcd", "ls", **{"raised_at": NOON, **changes})


def due(
    open_ones: Sequence[Escalation],
    seconds: float,
    *,
    settings: NotificationSettings = SETTINGS,
    key: float | None = None,
    told: float | None = None,
    hours: int = 0,
) -> Plan[Escalation]:
    """The plan `seconds` after noon."""

    def at(offset: float | None) -> datetime | None:
        return None if offset is None else NOON + timedelta(seconds=offset)

    zone = timezone(timedelta(hours=hours))
    return plan(
        open_ones, settings, now=NOON + timedelta(seconds=seconds), last_key_at=at(key),
        last_told_at=at(told), local=lambda moment: moment.astimezone(zone),
    )  # fmt: skip


def test_a_question_waits_a_little_before_anybody_is_told() -> None:
    one = asked()
    assert due([one], 19) == Plan((), NOON + timedelta(seconds=20))
    assert due([one], 20).tell == (one,)
    assert due([], 20) == Plan((), None)


def test_what_comes_together_is_told_together() -> None:
    early, late = asked(1), asked(2, raised_at=NOON + timedelta(seconds=19))
    assert due([early, late], 20).tell == (early, late)


def test_two_notices_keep_their_distance() -> None:
    late = asked(2, raised_at=NOON + timedelta(seconds=21))
    assert due([late], 45, told=20) == Plan((), NOON + timedelta(seconds=80))
    assert due([late], 80, told=20).tell == (late,)


def test_reminders_come_at_growing_intervals_and_at_least_daily() -> None:
    for times, pause in ((1, 900), (2, 1800), (3, 3600), (50, 86_400)):
        one = asked(told_at=NOON, times_told=times)
        assert due([one], pause - 1) == Plan((), NOON + timedelta(seconds=pause))
        assert due([one], pause).tell == (one,)


def test_what_is_acknowledged_or_too_mild_is_not_told() -> None:
    seen = asked(1, acknowledged_at=NOON)
    mild = asked(2, severity=Severity.LOW)
    strict = replace(SETTINGS, least=Severity.MEDIUM)
    assert due([seen, mild], 9999, settings=strict) == Plan((), None)
    assert untold([seen, mild], strict) == []


def test_nobody_is_told_while_somebody_is_at_a_cockpit() -> None:
    one = asked()
    assert due([one], 30, key=25) == Plan((), NOON + timedelta(seconds=145))
    assert due([one], 145, key=25).tell == (one,)


def test_in_the_quiet_time_only_what_is_grave_is_told() -> None:
    quiet = replace(SETTINGS, quiet="22:00-07:00")
    mild, grave = asked(1), asked(2, severity=Severity.CRITICAL)
    assert due([mild], 60, settings=quiet).tell == (mild,)
    at_night = due([mild], 60, settings=quiet, hours=11)
    assert at_night == Plan((), NOON + timedelta(hours=8))  # 23:00 there
    assert due([mild, grave], 60, settings=quiet, hours=11).tell == (grave,)
    silent = replace(quiet, quiet_least=None)
    assert due([mild, grave], 60, settings=silent, hours=11).tell == ()
    assert due([mild], 60, settings=replace(SETTINGS, quiet="11:00-13:00")).tell == ()


def test_a_clock_that_was_put_back_keeps_nobody_silent() -> None:
    one = asked(raised_at=NOON + timedelta(days=300))
    assert due([one], 20, key=9e6, told=9e6).look_again_at == NOON + timedelta(seconds=40)


@given(
    st.lists(
        st.tuples(st.integers(-9000, 9000), st.none() | st.integers(-9000, 9000), st.booleans()),
        max_size=6,
    ),
    st.none() | st.integers(-300, 300),
    st.none() | st.integers(-300, 300),
    st.sampled_from(["", "22:00-07:00", "00:00-23:59", "12:00-12:00"]),
)
def test_a_plan_tells_now_or_knows_when(
    ones: list[tuple[int, int | None, bool]], key: int | None, told: int | None, quiet: str
) -> None:
    open_ones = [
        asked(
            number,
            raised_at=NOON + timedelta(seconds=raised),
            told_at=None if at is None else NOON + timedelta(seconds=at),
            times_told=0 if at is None else 1,
            acknowledged_at=NOON if is_seen else None,
        )
        for number, (raised, at, is_seen) in enumerate(ones)
    ]
    found = due(open_ones, 0, settings=replace(SETTINGS, quiet=quiet), key=key, told=told)
    is_any = any(one.acknowledged_at is None for one in open_ones)
    assert (found.look_again_at is not None) == is_any
    if found.look_again_at is not None:
        assert found.look_again_at > NOON
        assert not found.tell or told is None or told > 0 or told <= -60
