"""The engine of one repository, and who may open it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.app.effects import Effects
from engine.app.face import Face
from engine.app.judging import Branch, Judging, Rechecked
from engine.app.lock import EngineLock
from engine.app.log import logging_to
from engine.app.merges import Merges, refuse_if_halted, refuse_if_stuck
from engine.app.modes import tighten
from engine.app.notifying import Notifications, channels_of
from engine.app.parts import Parts, build_parts
from engine.app.patience import Patience
from engine.app.runs import Runs
from engine.app.secrecy import secrecy_of
from engine.app.summary import summarise
from engine.app.system import SystemClock
from engine.domain.errors import EngineError, EngineRunningError, StoreError, WorkspaceError
from engine.domain.ids import OrderId, TaskId
from engine.domain.orders import OrderRecord
from engine.domain.run import RunEnd, RunOptions
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.verdict import Verdict
from engine.domain.work import WorkItem
from engine.files.temporary import sweep
from engine.loop.order_effects import Applied, told_at_rest
from engine.loop.orders import OrderDesk
from engine.loop.recovery import recover
from engine.loop.scope import alongside
from engine.ports.cockpit import RunState, RunSummary
from engine.ports.notify import Sent
from engine.ports.store import TaskQuery
from engine.sandbox.leftovers import kill_leftovers
from engine.store.sqlite import SqliteStore
from engine.store.sqlite.guard import TextGuard
from engine.workspace.folders import prepare_state

if TYPE_CHECKING:
    from engine.app.discovering import DiscoveryOptions, DiscoveryReport
    from engine.app.holdings import Finding

_log = logging.getLogger(__name__)
_EVERYTHING = 1_000_000_000
_LOOK_AGAIN_S = 0.25
_ORDERS, _TIDYING = "orders", "tidying"
_LOCK_TRIES, _LOCK_WAIT_S = 10, 0.03
"""A guest that looks or gives one order holds the lock for a moment."""


class Engine(Face):
    """The face of an engine, and the engine itself while this process holds its lock."""

    def __init__(self, parts: Parts, lock: EngineLock) -> None:
        super().__init__(parts, lock)
        self._merges = Merges(parts, complaints=self._complaints)
        self._runs = Runs(
            parts,
            on_state=self._show,
            on_wait=self._show_wait,
            complaints=self._complaints,
            is_merging=self._merges.has_work,
        )
        self._desk = OrderDesk(
            store=parts.store,
            decisions=parts.decisions,
            clock=parts.clock,
            repo=parts.settings.project,
            rules=self._rules,
            refuse_run=self._refuse_run,
            as_it_is=self._as_it_is,
        )
        self._effects = Effects(parts, self._runs, self._merges)
        self._patience = Patience(parts, give=self._write_order, park=self._runs.cancel_task)
        self._notifications = Notifications(parts, channels_of(parts), complaints=self._complaints)
        self._judging = Judging(parts)
        self._is_owner = False
        self._is_serving = False
        self._alone = asyncio.Lock()
        self._run_state = RunState.STOPPED
        self._waits_until: datetime | None = None

    @property
    def is_embedded(self) -> bool:
        return self._is_owner

    @property
    def run_state(self) -> RunState:
        return self._run_state if self._is_owner else super().run_state

    @property
    def waits_until(self) -> datetime | None:
        return self._waits_until if self._is_owner else super().waits_until

    async def verify_task(self, task_id: TaskId) -> Verdict:
        """Judge the last recorded commit of a task, in a checkout of its own."""
        return await self._judging.of_task(task_id)

    async def recheck_task(self, task_id: TaskId) -> Rechecked:
        """As `verify_task`, but run everything again and say whether that gives the same."""
        return await self._judging.of_task_again(task_id)

    async def verify_branch(self, branch: Branch) -> Verdict:
        """Judge what a branch has committed over a base."""
        return await self._judging.of_branch(branch)

    async def has_uncommitted_changes(self) -> bool:
        """See `Judging.has_uncommitted_changes`."""
        return await self._judging.has_uncommitted_changes()

    async def recheck_branch(self, branch: Branch) -> Rechecked:
        """As `verify_branch`, but run everything again and say whether that gives the same."""
        return await self._judging.of_branch_again(branch)

    async def discover(self, options: DiscoveryOptions) -> DiscoveryReport:
        """See `Discovering.discover`."""
        from engine.app.discovering import Discovering  # late: only this command scans

        return await Discovering(self._parts).discover(options)

    async def try_notifications(self) -> list[Sent]:
        """Send a test notice through every channel that needs no terminal."""
        return await self._notifications.test()

    async def tell_of_end(self) -> None:
        """The run has ended and this process will: tell at once of what nobody was told of, so
        that the terminal can ring for it as long as there is one.
        """
        await self._notifications.tell_rest(has_terminal=True)

    async def work_through_merges(self) -> None:
        """Do what the merge queue has to do; where another engine runs, wait until it has.

        Raises:
            StateError: everything is halted, or the other engine says that it cannot go on merging.
        """
        await self._store.read(refuse_if_halted)
        began = await self.last_seq()
        while await self._store.read(self._merges.has_work):
            seq = await self.last_seq()
            refuse_if_stuck(await self.facts_after(began))
            if not self._is_serving and not self._lock.is_held_elsewhere():
                await self._merge_alone()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_S):
                    await self._store.wait_for_facts(seq)

    async def holdings(self) -> list[Finding]:
        """See `HeldPlaces.survey`."""
        from engine.app.holdings import HeldPlaces  # late: only one command asks

        is_running = self._is_serving or self._lock.is_held_elsewhere()
        return await HeldPlaces(self._parts).survey(is_engine_running=is_running)

    async def clean_holdings(self) -> tuple[list[Finding], list[str]]:
        """See `HeldPlaces.clean`.

        Raises:
            EngineRunningError: another process works here; nothing was removed.
        """
        from engine.app.holdings import HeldPlaces  # late: only one command asks

        async with self._alone, self._owning():
            return await HeldPlaces(self._parts).clean()

    async def _merge_alone(self) -> None:
        """Be the owner until the merge queue is empty; nothing if another one was quicker."""
        async with self._alone:
            with (
                suppress(EngineRunningError),
                logging_to(self.settings.state / "logs", self._parts.secrecy),
            ):
                async with self._owning(), alongside(self._serve_orders(), name="orders"):
                    await self._merges.run()

    async def _wait_until_settled(self, order_id: OrderId) -> OrderRecord:
        """As `Face`; a guest settles the order itself as soon as no engine is there to do so."""
        while not self._is_serving:
            if not self._lock.is_held_elsewhere():
                await self._settle_alone()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_S):
                    return await super()._wait_until_settled(order_id)
        return await super()._wait_until_settled(order_id)

    async def _settle_alone(self) -> None:
        """Be the owner for as long as it takes; nothing happens if another one was quicker."""
        async with self._alone:
            with suppress(EngineRunningError):
                async with self._owning():
                    await self._settle_orders()

    async def run(self, options: RunOptions) -> RunEnd:
        """See `Runs.run`. Only for the owner."""
        end = await self._runs.run(options)
        await self._complete_passed()
        return end

    def start(self, options: RunOptions) -> None:
        """See `Runs.start`. Only for the owner."""
        self._runs.start(options)

    def stop(self, *, at_once: bool) -> None:
        """See `Runs.stop`."""
        self._runs.stop(at_once=at_once)

    async def finish(self) -> None:
        """See `Runs.finish`."""
        await self._runs.finish()

    async def end_run(self) -> None:
        """Give up running iterations; they are back in the queue when this returns."""
        self._runs.stop(at_once=True)
        await self._runs.finish()

    async def summary(self, end: RunEnd) -> RunSummary:
        """What the last run left behind."""
        return await self._store.read(
            lambda reader: summarise(
                reader,
                self.settings,
                end=end,
                touched=self._runs.touched,
                only=self._runs.only,
                failure=self._runs.failure or self._merges.failure,
                is_setup_wrong=self._runs.is_setup_wrong,
            )
        )

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Own the repository's engine: orders are settled and `run` and `start` may be called.

        Orders that were given to a process which died are settled before this begins, so that no
        run looks at the queue without them, and orders that came too late for a run at the end.

        Raises:
            EngineRunningError: another process owns it.
        """
        async with self._holding_lock():
            async with alongside(self._try_sandbox(), name="sandbox"):
                await self._recover()
            await self._patience.settle_due()
            await self._settle_or_warn()
            await self._warn_of_lack()
            async with (
                alongside(asyncio.to_thread(sweep), name="sweep"),
                alongside(self._patience.serve(self._complaints), name="patience"),
                alongside(self._notifications.serve(), name="notifications"),
                alongside(self._serve_orders(), name="orders"),
                alongside(self._runs.serve(), name="runs"),
                alongside(self._merges.serve(), name="merges"),
            ):
                self._is_serving = True
                try:
                    yield
                finally:
                    self._is_serving = False
            await self._settle_or_warn()
            await self._notifications.tell_rest()
            await self._complete_passed()
            await self._parts.workspace.sweep()

    @asynccontextmanager
    async def _owning(self) -> AsyncIterator[None]:
        async with self._holding_lock():
            await self._recover()
            yield

    @asynccontextmanager
    async def _holding_lock(self) -> AsyncIterator[None]:
        await self._take_lock()
        self._is_owner = True
        try:
            yield
        finally:
            self._is_owner = False
            self._lock.release()

    async def _take_lock(self) -> None:
        for attempt in range(1, _LOCK_TRIES + 1):
            try:
                self._lock.take()
            except EngineRunningError:
                if attempt == _LOCK_TRIES:
                    raise
                await self._parts.clock.sleep(_LOCK_WAIT_S)
            else:
                return

    async def _recover(self) -> None:
        parts = self._parts
        recovered = await recover(parts.store, parts.settings, parts.decisions, parts.clock)
        if recovered.requeued or recovered.set_aside or await self._merges.was_interrupted():
            await asyncio.to_thread(kill_leftovers, parts.settings.state)
        await self._complete(recovered.passed)
        await self._merges.recover()

    async def _complete_passed(self) -> None:
        """What a run could not clear up, or was stopped before it did."""
        passed = TaskQuery(
            project=self.settings.project, states=frozenset({TaskState.PASSED}), limit=_EVERYTHING
        )
        try:
            await self._complete(await self._store.read(lambda reader: reader.tasks(passed)))
        except StoreError as error:
            text = f"proved tasks are not tidied up: {error}"
            await self._complaints.make(text, about=_TIDYING)
        else:
            self._complaints.settle(_TIDYING)

    async def _complete(self, passed: Sequence[WorkItem]) -> None:
        for item in passed:
            try:
                await self._effects.tidy(item)
            except WorkspaceError as error:
                await self._warn(f"task {item.task_id!r} is proved but not tidied up: {error}")

    async def _serve_orders(self) -> None:
        while True:
            seq = await self.last_seq()
            await self._settle_or_warn()
            self._runs.wake()
            await self._store.wait_for_facts(seq)

    async def _settle_or_warn(self) -> None:
        try:
            await self._settle_orders()
        except EngineError as error:
            await self._complaints.make(f"orders wait: {error}", about=_ORDERS)
        else:
            self._complaints.settle(_ORDERS)

    async def _refuse_run(self) -> None:
        if self._is_serving:
            await self._runs.refuse_if_hopeless()

    def _as_it_is(self, applied: Applied) -> Applied:
        """Nobody is told that a run ends or goes on where none does."""
        return told_at_rest(applied, begins=self._is_serving) if self._runs.is_at_rest else applied

    async def _settle_orders(self) -> None:
        for applied in await self._desk.settle_pending():
            await self._effects.follow(applied, is_serving=self._is_serving)

    async def _warn_of_lack(self) -> None:
        """The header shows for good what does not hold the programs of agents."""
        warning = await self.sandbox_warning()
        if warning:
            await self._warn(warning)

    async def _try_sandbox(self) -> None:
        """What holds is known when somebody asks; a program is started to find it out."""
        await self.sandbox_warning()

    async def sandbox_warning(self) -> str:
        """Why programs of agents are not held as they should be; empty: they are."""
        try:
            return (await self._parts.confinement.containment()).warning
        except EngineError as error:
            return str(error)

    async def _warn(self, text: str) -> None:
        await self._complaints.make(text)

    def _show(self, state: str) -> None:
        self._run_state = RunState(state)
        self._lock.tell(run=state, until=self._waits_until)

    def _show_wait(self, until: datetime | None) -> None:
        self._waits_until = until


@asynccontextmanager
async def open_engine(settings: Settings, *, takes_work: bool = False) -> AsyncIterator[Engine]:
    """The engine of a repository.

    Args:
        settings: which repository, and how.
        takes_work: own the engine, so that it can run tasks. Without, this is a guest that looks
            and gives orders; they are settled by the owner, or here if there is none.

    Raises:
        EngineRunningError: `takes_work`, but another process owns the engine.
        ConfigError: the state is sealed and its key is missing or wrong; nothing was started.
        StoreError: the database cannot be used.
        WorkspaceError: there is no repository; nothing was made.
    """
    _require_root(settings.repo)
    clock = SystemClock()
    secrecy = await asyncio.to_thread(secrecy_of, settings)
    guard = TextGuard(redact=secrecy.redact, codec=secrecy.codec)
    store = await SqliteStore.open(settings.state / "work.db", clock=clock, guard=guard)
    try:
        prepare_state(settings.state)
        tighten(settings)
        with closing(build_parts(settings, store, clock, secrecy)) as parts:
            store.accompany(parts.decisions.leave_end)
            engine = Engine(parts, EngineLock(settings.state))
            if takes_work:
                with logging_to(settings.state / "logs", secrecy):
                    async with engine.working():
                        yield engine
            else:
                yield engine
    finally:
        await store.close()


def _require_root(repo: Path) -> None:
    """Refuse what is not the root of a checkout; the root above it is named.

    Raises:
        WorkspaceError: nothing was made.
    """
    if (repo / ".git").exists():
        return
    above = next((folder for folder in repo.parents if (folder / ".git").exists()), None)
    if above is not None:
        raise WorkspaceError(
            f"{str(repo)!r} is a folder inside the repository {str(above)!r}",
            hint=f"use --repo {above}",
        )
    raise WorkspaceError(
        f"{str(repo)!r} is not the root of a git repository",
        hint="name one with --repo, or run 'git init' and make a first commit",
    )
