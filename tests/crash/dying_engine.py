"""An engine that kills itself with SIGKILL at one named point.

It is put together from the pieces of the composition root, with adapters that count down to the
point. Each iteration that the store has acknowledged is written to WITNESS and synced before the
engine learns of it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from engine.app.configuration import load_settings
from engine.app.engine import Engine
from engine.app.lock import EngineLock
from engine.app.parts import Parts, build_parts
from engine.app.system import SystemClock
from engine.app.trail import AuditTrail
from engine.domain.checkpoint import Checkpoint
from engine.domain.decision import Decision, DecisionKind
from engine.domain.escalation import EscalationState
from engine.domain.orders import ApproveEscalation
from engine.domain.run import RunOptions
from engine.domain.settings import Settings
from engine.domain.work import WorkItem
from engine.ports.process import ProcessResult
from engine.ports.store import Reader, Transaction
from engine.ports.workspace import Worktree
from engine.sandbox.runner import SubprocessRunner
from engine.store.sqlite import SqliteStore
from engine.workspace.git import GitWorkspace
from tests.support.crash import READ_TESTS

T = TypeVar("T")


class Fuse:
    """Ends the process when its point is reached."""

    def __init__(self, point: str) -> None:
        self._point = point

    def at(self, point: str) -> None:
        if point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)


class TellingTransaction:
    """Hands every verb on and notes its name; the trigger too, if it moves a task."""

    def __init__(self, inner: Transaction) -> None:
        self._inner = inner
        self.verbs: list[str] = []
        self.recorded: list[Checkpoint] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        verb = getattr(self._inner, name)

        def told(*values: Any, **named: Any) -> Any:
            result = verb(*values, **named)
            if name == "add_checkpoint":
                self.recorded.append(values[0])
            if name != "claim" or result is not None:
                self.verbs.append(f"move {values[1]}" if name == "move" else name)
            return result

        return told


class DyingStore:
    """A store around a store; dies inside the transaction or as soon as it is durable."""

    def __init__(self, inner: SqliteStore, fuse: Fuse, witness: Path) -> None:
        self._inner = inner
        self._fuse = fuse
        self._witness = witness

    async def write(self, work: Callable[[Transaction], T]) -> T:
        telling: list[TellingTransaction] = []

        def told(tx: Transaction) -> T:
            spy = TellingTransaction(tx)
            telling.append(spy)
            result = work(spy)
            for verb in spy.verbs:
                self._fuse.at(f"{verb}, before its commit")
            return result

        result = await self._inner.write(told)
        for point in telling[-1].recorded:
            testify(self._witness, f"{point.task_id} {point.iteration_count} {point.commit}\n")
        for verb in telling[-1].verbs:
            self._fuse.at(f"{verb}, after its commit")
        return result

    async def read(self, query: Callable[[Reader], T]) -> T:
        return await self._inner.read(query)

    async def wait_for_facts(self, seq: int) -> int:
        return await self._inner.wait_for_facts(seq)

    async def close(self) -> None:
        await self._inner.close()


class DyingWorkspace(GitWorkspace):
    """Dies between git's work and the engine's next step."""

    def __init__(self, settings: Settings, runner: SubprocessRunner, fuse: Fuse) -> None:
        super().__init__(settings, runner)
        self._fuse = fuse

    async def open(self, item: WorkItem) -> Worktree:
        worktree = await super().open(item)
        self._fuse.at("worktree, opened")
        return worktree

    async def commit(self, worktree: Worktree, message: str, *, author: str = "") -> str:
        self._fuse.at("work, before git commits it")
        head = await super().commit(worktree, message, author=author)
        self._fuse.at("work, after git committed it")
        return head

    async def close(self, item: WorkItem) -> None:
        self._fuse.at("worktree, before it is closed")
        await super().close(item)
        self._fuse.at("worktree, closed")


class DyingRunner(SubprocessRunner):
    """Dies at the first output of an agent's command, with the command still running."""

    def __init__(self, parts: Parts, fuse: Fuse) -> None:
        state = parts.settings.state
        super().__init__(state / "home", parts.scratch.path, marker_root=state)
        self._fuse = fuse

    async def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        timeout_s: float,
        extra_env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        merge_stderr: bool = False,
        cap_bytes: int = 1_000_000,
        on_output: Callable[[bytes], None] | None = None,
        lent_files: Sequence[int] = (),
    ) -> ProcessResult:
        def seen(chunk: bytes) -> None:
            self._fuse.at("command, while it runs")
            if on_output is not None:
                on_output(chunk)

        return await super().run(
            argv,
            cwd=cwd,
            timeout_s=timeout_s,
            extra_env=extra_env,
            stdin=stdin,
            merge_stderr=merge_stderr,
            cap_bytes=cap_bytes,
            on_output=seen,
            lent_files=lent_files,
        )


class DyingTrail(AuditTrail):
    """Dies on either side of a line of the audit trail."""

    def __init__(self, trail: AuditTrail, fuse: Fuse) -> None:
        super().__init__(trail.log)
        self._fuse = fuse

    async def record(self, decision: Decision) -> None:
        what = "automatic decision" if decision.kind in _AUTOMATIC else "decision"
        self._fuse.at(f"{what}, before it is written")
        await super().record(decision)
        self._fuse.at(f"{what}, written")


_AUTOMATIC = frozenset(
    {DecisionKind.ROUTING, DecisionKind.VERDICT, DecisionKind.RETRY, DecisionKind.STOP}
)


def testify(witness: Path, line: str) -> None:
    """Add a line that is on disk when this returns."""
    descriptor = os.open(witness, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, line.encode())
    os.fsync(descriptor)
    os.close(descriptor)


_PROGRAMS = {"worktree": "worktree", "reset": "reset", "check": READ_TESTS}
"""What is started, and how one of its arguments ends."""


def watch_the_interpreter(fuse: Fuse) -> None:
    """Die just before a file gets its name or a program is started."""

    def hook(event: str, values: tuple[Any, ...]) -> None:
        if event == "os.rename" and "session-" in str(values[0]):
            is_new = str(values[0]).endswith(".tmp")
            fuse.at("session file, before " + ("its rename" if is_new else "it is archived"))
        elif event == "os.rename" and "baselines" in str(values[1]):
            fuse.at("baseline, before it is kept")
        elif event in ("os.posix_spawn", "subprocess.Popen"):
            words = [os.fsdecode(word) for word in values[1]]
            for name, sign in _PROGRAMS.items():
                if any(word.endswith(sign) for word in words):
                    fuse.at(f"{name}, before it starts")

    sys.addaudithook(hook)


async def main(order: str, repo: str, point: str, witness: str) -> None:
    """Work on the queue (`run`), or approve what is open (`approve`), until the fuse blows."""
    fuse, clock, settings = Fuse(point), SystemClock(), load_settings(Path(repo))
    watch_the_interpreter(fuse)
    inner = await SqliteStore.open(settings.state / "work.db", clock=clock)
    store = DyingStore(inner, fuse, Path(witness))
    parts = build_parts(settings, store, clock)
    runner = DyingRunner(parts, fuse)
    dying = replace(
        parts,
        runner=runner,
        confinement=parts.confinement.around(runner),
        workspace=DyingWorkspace(settings, parts.runner, fuse),
        decisions=DyingTrail(parts.decisions, fuse),
    )
    try:
        engine = Engine(dying, EngineLock(settings.state))
        if order == "approve":
            await _approve(engine)
            return
        async with engine.working():
            await engine.run(RunOptions())
    finally:
        dying.runner.close()
        parts.close()
        await store.close()


async def _approve(engine: Engine) -> None:
    for escalation in await engine.escalations(states=frozenset({EscalationState.OPEN})):
        await engine.give(ApproveEscalation(escalation_id=escalation.escalation_id), by="o")
