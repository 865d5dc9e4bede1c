"""When whom to tell of what: values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Generic, NamedTuple, Protocol, TypeVar

from engine.domain.action import Severity
from engine.domain.settings import NotificationSettings

_LONGEST = timedelta(days=1)
_MOST_DOUBLINGS = 20
_SEVERITIES = list(Severity)


class Tellable(Protocol):
    """A question, or news: what somebody is to be told."""

    @property
    def severity(self) -> Severity: ...
    @property
    def raised_at(self) -> datetime: ...
    @property
    def acknowledged_at(self) -> datetime | None: ...
    @property
    def told_at(self) -> datetime | None: ...
    @property
    def times_told(self) -> int: ...


T = TypeVar("T", bound=Tellable)


class Plan(NamedTuple, Generic[T]):
    """What is due."""

    tell: tuple[T, ...]
    """To be told now, the most severe first; empty: nothing is."""
    look_again_at: datetime | None
    """When the next one is due; None: not before something changes."""


def plan(
    open_ones: Sequence[T],
    settings: NotificationSettings,
    *,
    now: datetime,
    last_key_at: datetime | None,
    last_told_at: datetime | None,
    local: Callable[[datetime], datetime],
) -> Plan[T]:
    """Which of the open questions and news, the most severe first, are to be told.

    Args:
        last_key_at: when a key was last pressed in a cockpit; None: nobody is there.
        last_told_at: when the last notice was sent.
        local: the same moment as the operator's clock shows it.
    """
    waiting = [one for one in open_ones if _is_to_be_told(one, settings)]
    not_before = _not_before(settings, now, last_key_at, last_told_at)
    due = [_due(one, settings, now) for one in waiting]
    times = (
        _awake(max(at, not_before), one.severity, settings, local)
        for one, at in zip(waiting, due, strict=True)
    )
    first = min(times, default=None)
    if first is None or first > now:
        return Plan((), first)
    soon = now + timedelta(seconds=settings.every_s)
    tell = tuple(
        one
        for one, at in zip(waiting, due, strict=True)
        if (one.told_at is None or at <= soon) and _awake(now, one.severity, settings, local) <= now
    )
    return Plan(tell, soon)


def untold(open_ones: Sequence[T], settings: NotificationSettings) -> list[T]:
    """Those that nobody was told of."""
    return [one for one in open_ones if _is_to_be_told(one, settings) and one.told_at is None]


def _is_to_be_told(asked: Tellable, settings: NotificationSettings) -> bool:
    is_grave = _SEVERITIES.index(asked.severity) >= _SEVERITIES.index(settings.least)
    return is_grave and asked.acknowledged_at is None


def _not_before(
    settings: NotificationSettings,
    now: datetime,
    last_key_at: datetime | None,
    last_told_at: datetime | None,
) -> datetime:
    """Nobody is told while somebody is there, nor too often. Times that lie ahead are of a clock
    that was put back since.
    """
    times = [now]
    if last_key_at is not None and last_key_at <= now:
        times.append(last_key_at + timedelta(seconds=settings.away_s))
    if last_told_at is not None and last_told_at <= now:
        times.append(last_told_at + timedelta(seconds=settings.every_s))
    return max(times)


def _due(asked: Tellable, settings: NotificationSettings, now: datetime) -> datetime:
    if asked.told_at is None:
        return min(asked.raised_at, now) + timedelta(seconds=settings.after_s)
    doublings = min(max(asked.times_told - 1, 0), _MOST_DOUBLINGS)
    pause = min(timedelta(seconds=settings.again_after_s * 2**doublings), _LONGEST)
    return min(asked.told_at, now) + pause


def _awake(
    at: datetime,
    severity: Severity,
    settings: NotificationSettings,
    local: Callable[[datetime], datetime],
) -> datetime:
    """`at`, or the end of the quiet time that it lies in."""
    if not settings.quiet or _is_urgent(severity, settings):
        return at
    begin, end = (time.fromisoformat(part) for part in settings.quiet.split("-"))
    there = local(at)
    clock = there.time()
    is_quiet = begin <= clock < end if begin <= end else clock >= begin or clock < end
    if not is_quiet:
        return at
    over = there.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    if over <= there:
        over += timedelta(days=1)
    return at + (over - there)


def _is_urgent(severity: Severity, settings: NotificationSettings) -> bool:
    least = settings.quiet_least
    return least is not None and _SEVERITIES.index(severity) >= _SEVERITIES.index(least)
