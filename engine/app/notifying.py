"""Tells an operator who does not look what waits for him, and what has ended."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from engine.app.alarm import look_whenever
from engine.app.complaints import Complaints
from engine.app.parts import Parts
from engine.app.presence import last_key
from engine.domain.errors import EngineError
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.facts import EscalationTold, NewsTold
from engine.files.replacing import replace_file
from engine.notify.news import News, NewsDesk
from engine.notify.programs import Desktop, OperatorProgram
from engine.notify.schedule import Plan, plan, untold
from engine.notify.services import Services
from engine.notify.wording import about, headline_of, notice_of, notice_of_test
from engine.ports.notify import Channel, Notice, Sent
from engine.ports.store import Reader, Transaction

Told = Escalation | News
_HEARD_NAME = "news_seq"
_OPEN = frozenset({EscalationState.OPEN})
_EVERYTHING = 1_000_000_000
_ABOUT = "notices"
_GRACE_S = 2.0
"""For a channel that ends by itself at its limit, and knows why."""


def last_heard(state: Path) -> int | None:
    """Up to which entry of the journal news was looked for; None: nobody can say."""
    try:
        return int((state / _HEARD_NAME).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def keep_heard(state: Path, seq: int) -> None:
    """Remember it; what cannot be written is as if nobody had looked."""
    with suppress(OSError):
        replace_file(state / _HEARD_NAME, str(seq).encode())


def channels_of(parts: Parts) -> tuple[Channel, ...]:
    """Those that need no terminal; a terminal's own belong to who has one."""
    settings, runner = parts.settings.notifications, parts.runner
    return (
        Desktop(runner, is_wanted=settings.desktop, timeout_s=settings.timeout_s),
        OperatorProgram(
            settings.command,
            runner,
            parts.settings.repo,
            timeout_s=settings.timeout_s,
            home=os.environ.get("HOME", ""),
        ),
        Services(variable=settings.apprise_env, file=settings.apprise_file),
    )


class Notifications:
    """When a question is told is kept in the store, so that a restart neither repeats nor forgets
    it, and every terminal with a cockpit on it rings for it. News (tasks that are blocked or
    failed, the end of a run) is found in the journal; up to where, stands in a file of the state
    folder.

    Args:
        parts: of the engine.
        channels: ways to the operator.
        complaints: hear what does not work.
    """

    def __init__(
        self,
        parts: Parts,
        channels: Sequence[Channel],
        *,
        complaints: Complaints,
    ) -> None:
        self._parts = parts
        self._settings = parts.settings.notifications
        self._channels = tuple(channels)
        self._complaints = complaints
        self._last_told_at: datetime | None = None
        self._news = NewsDesk()
        self._heard: int | None = None
        """Newest entry of the journal that was looked at for news."""
        self._telling = asyncio.Lock()
        self._failing: set[str] = set()
        """Channels that have been warned of, until they work again."""

    async def serve(self) -> None:
        """Tell what is due, whenever it is, until cancelled. What does not work is warned of, tried
        again, and keeps nobody from working.
        """
        await look_whenever(
            self._tell_due,
            self._parts.store,
            self._parts.clock,
            on_failure=self._complain,
            on_recovery=lambda: self._complaints.settle(_ABOUT),
        )

    async def _tell_due(self) -> datetime | None:
        """Tell what is due now; when to look again."""
        async with self._telling:
            await self._hear()
            found = await self._plan()
            if found.tell:
                await self._tell(found.tell)
        return found.look_again_at

    async def _complain(self, error: EngineError) -> None:
        await self._complaints.make(f"nobody is told of questions for now: {error}", about=_ABOUT)

    async def tell_rest(self, *, has_terminal: bool = False) -> None:
        """The engine ends: tell at once of what nobody was told of, unless somebody is there, or
        it is a quiet time.

        Args:
            has_terminal: whether one would ring, also if there is no other channel.
        """
        if not has_terminal and all(channel.obstacle for channel in self._channels):
            return
        try:
            async with self._telling:
                await self._tell_untold()
        except EngineError as error:
            await self._complaints.make(f"nobody was told of what waits: {error}")

    async def _tell_untold(self) -> None:
        await self._hear()
        waiting = await self._waiting()
        now = self._parts.clock.now()
        at_once = [
            one
            for one in untold(waiting, self._settings)
            if self._plan_of([one], now, is_due=True).tell
        ]
        if at_once:
            await self._tell(at_once)
        await asyncio.to_thread(keep_heard, self._parts.settings.state, self._heard or 0)

    async def test(self) -> list[Sent]:
        """Try every channel now; what became of it."""
        settings = self._parts.settings
        notice = notice_of_test(
            repo=settings.repo, project=settings.project, host=socket.gethostname()
        )
        return [await self._try(channel, notice) for channel in self._channels]

    async def _hear(self) -> None:
        """What came into the journal since, and what an operator has had before his eyes since."""
        store, state = self._parts.store, self._parts.settings.state
        newest = await store.read(lambda reader: reader.last_seq())
        if self._heard is None:
            kept = await asyncio.to_thread(last_heard, state)
            self._heard = newest if kept is None else min(kept, newest)
        while self._heard < newest:
            entries = await store.read(lambda reader: reader.facts_after(self._heard or 0))
            if not entries:
                break
            self._news.hear(entries)
            self._heard = entries[-1].seq
        self._news.seen(last_key(state))

    async def _waiting(self) -> list[Told]:
        """Open questions, the most severe first, then news."""
        asked = await self._parts.store.read(self._open) if self._settings.questions else []
        return [*asked, *self._news.wanted(self._settings)]

    async def _plan(self) -> Plan[Told]:
        waiting = await self._waiting()
        if not waiting:
            return Plan((), None)
        return self._plan_of(waiting, self._parts.clock.now())

    def _plan_of(
        self, waiting: Sequence[Told], now: datetime, *, is_due: bool = False
    ) -> Plan[Told]:
        told = [one.told_at for one in waiting if one.told_at is not None]
        latest = max((*told, *([self._last_told_at] if self._last_told_at else ())), default=None)
        settings = self._settings
        if is_due:
            settings = replace(settings, after_s=0.0)
            latest = None
        return plan(
            waiting,
            settings,
            now=now,
            last_key_at=last_key(self._parts.settings.state),
            last_told_at=latest,
            local=datetime.astimezone,
        )

    def _open(self, reader: Reader) -> list[Escalation]:
        return reader.escalations(states=_OPEN, limit=_EVERYTHING)

    async def _tell(self, due: Sequence[Told]) -> None:
        """Note that they are told, then tell: a crash between the two loses one notice, and the
        reminder makes up for it; the other way round it would repeat one at each start.
        """
        asked = [one for one in due if isinstance(one, Escalation)]
        news = [one for one in due if isinstance(one, News)]
        told = await self._parts.store.write(lambda tx: self._mark(tx, asked, news))
        if not told and not news:
            return
        now = self._parts.clock.now()
        self._last_told_at = now
        self._news.mark_told(news, now)
        await asyncio.to_thread(keep_heard, self._parts.settings.state, self._heard or 0)
        notice = self._notice(told, news, now)
        on = [channel for channel in self._channels if not channel.obstacle]
        for sent in await asyncio.gather(*(self._try(channel, notice) for channel in on)):
            await self._warn_once(sent)

    def _mark(
        self, tx: Transaction, asked: Sequence[Escalation], news: Sequence[News]
    ) -> list[Escalation]:
        """Let terminals ring; those questions that are still open and not acknowledged, as they
        are now.
        """
        told = _mark(tx, asked)
        if news:
            says_what = not self._parts.settings.hipaa.enabled
            line = self._parts.secrecy.redact(about(news)) if says_what else ""
            project = self._parts.settings.project
            tx.append_facts(NewsTold(headline=headline_of(news), about=line), project=project)
        return told

    def _notice(self, told: Sequence[Escalation], news: Sequence[News], now: datetime) -> Notice:
        settings, redact = self._parts.settings, self._parts.secrecy.redact
        return notice_of(
            [self._redacted(one) for one in told],
            news=[replace(one, text=redact(one.text)) for one in news],
            now=now,
            repo=settings.repo,
            project=settings.project,
            host=socket.gethostname(),
            says_what=not settings.hipaa.enabled,
        )

    def _redacted(self, asked: Escalation) -> Escalation:
        target = self._parts.secrecy.redact(asked.action.target)
        return replace(asked, action=replace(asked.action, target=target))

    async def _try(self, channel: Channel, notice: Notice) -> Sent:
        if channel.obstacle:
            return Sent(channel=channel.name, is_sent=False, told=channel.obstacle, is_off=True)
        limit_s = self._settings.timeout_s
        try:
            async with asyncio.timeout(limit_s + _GRACE_S):
                await channel.send(notice)
        except TimeoutError:
            told = f"it took longer than {limit_s:g} s and was given up"
        except EngineError as error:
            told = str(error)
        except Exception as error:  # noqa: BLE001  whatever a service does, the run goes on
            told = f"it failed ({type(error).__name__})"
        else:
            return Sent(channel=channel.name, is_sent=True, told="handed over")
        return Sent(channel=channel.name, is_sent=False, told=self._parts.secrecy.redact(told))

    async def _warn_once(self, sent: Sent) -> None:
        if sent.is_sent:
            self._failing.discard(sent.channel)
            self._complaints.settle(sent.channel)
        elif sent.channel not in self._failing:
            self._failing.add(sent.channel)
            await self._complaints.make(
                f"notifications: {sent.channel}: {sent.told}", about=sent.channel
            )


def _mark(tx: Transaction, asked: Sequence[Escalation]) -> list[Escalation]:
    told = []
    for one in asked:
        current = tx.escalation(one.escalation_id)
        if current.state is EscalationState.OPEN and current.acknowledged_at is None:
            marked = tx.mark_told(one.escalation_id)
            fact = EscalationTold(escalation_id=one.escalation_id, times=marked.times_told)
            tx.append_facts(fact, task_id=one.task_id, project=one.project)
            told.append(marked)
    return told
