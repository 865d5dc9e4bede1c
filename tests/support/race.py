"""Two cockpits and a command, each a process of its own, that answer the same questions at once."""

from __future__ import annotations

import asyncio
import io
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from aio_tui.cli.main import main as aio_tui
from engine.app.configuration import load_settings
from engine.app.engine import Engine, open_engine
from engine.domain.action import Action, ActionKind, Severity
from engine.domain.errors import EngineRunningError
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.ids import EscalationId, TaskId, WorkerId
from engine.domain.orders import ApproveEscalation, DenyEscalation, Order, OrderStatus
from engine.domain.state import Trigger
from engine.ports.store import Transaction
from tests.support.engines import Bench, a_task

WITHIN_S = 120.0
CONTESTANTS = ("ana", "ben", "command")
"""A cockpit that owns the engine where it can, one that is attached, and a command."""


class Go(NamedTuple):
    """Answer this question, so late."""

    escalation_id: str
    delay_s: float


class Heard(NamedTuple):
    """What a contestant was told."""

    is_applied: bool
    words: str
    took_s: float


def order_of(name: str, escalation_id: str) -> Order:
    """What a cockpit answers: one approves, the other denies."""
    question = EscalationId(escalation_id)
    if name == "ana":
        return ApproveEscalation(escalation_id=question, reason="by ana")
    return DenyEscalation(escalation_id=question, reason="by ben")


def contestant(name: str, repo: str, pipe: Connection) -> None:
    """The body of a process: says that it is ready, then answers what comes through `pipe`."""
    if name == "command":
        _command(repo, pipe)
    else:
        asyncio.run(_cockpit(name, Path(repo), pipe))


async def _cockpit(name: str, repo: Path, pipe: Connection) -> None:
    settings = load_settings(repo)
    if name == "ana":
        try:
            async with open_engine(settings, takes_work=True) as engine:
                await _answer_all(name, engine, pipe)
        except EngineRunningError:  # as the cockpit's host does
            pass
        else:
            return
    async with open_engine(settings) as guest:
        await _answer_all(name, guest, pipe)


async def _answer_all(name: str, engine: Engine, pipe: Connection) -> None:
    pipe.send("ready")
    while (go := await asyncio.to_thread(pipe.recv)) is not None:
        await asyncio.sleep(go.delay_s)
        began = time.perf_counter()
        record = await engine.give(order_of(name, go.escalation_id), by=name)
        took_s = time.perf_counter() - began
        pipe.send(Heard(record.status is OrderStatus.APPLIED, record.outcome, took_s))


def _command(repo: str, pipe: Connection) -> None:
    os.environ["LOGNAME"] = "command"
    pipe.send("ready")
    while (go := pipe.recv()) is not None:
        time.sleep(go.delay_s)
        began, said = time.perf_counter(), io.StringIO()
        words = ["escalations", "deny", go.escalation_id, "--reason", "by command"]
        with redirect_stdout(said), redirect_stderr(said):
            code = aio_tui([*words, "--repo", repo])
        pipe.send(Heard(code == 0, said.getvalue(), time.perf_counter() - began))


@dataclass
class Racer:
    """A contestant that can be killed and started again."""

    name: str
    repo: Path
    context: multiprocessing.context.ForkServerContext
    process: BaseProcess = field(init=False)
    pipe: Connection = field(init=False)

    def start(self) -> None:
        """Return when it is ready."""
        self.pipe, theirs = self.context.Pipe()
        self.process = self.context.Process(
            target=contestant, args=(self.name, str(self.repo), theirs), daemon=True
        )
        self.process.start()
        theirs.close()
        self.heard()

    def heard(self) -> object:
        """What it says next.

        Raises:
            EOFError: it is dead.
        """
        assert self.pipe.poll(WITHIN_S), f"{self.name} says nothing"
        return self.pipe.recv()

    def kill(self) -> None:
        """`kill -9`."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()
        self.pipe.close()

    def end(self) -> None:
        """Let it go home."""
        self.pipe.send(None)
        self.process.join(WITHIN_S)


@dataclass(kw_only=True)
class Race:
    """What came of all rounds."""

    wins: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    pace_s: float = 0.1
    """What the command needs: it opens the engine first, so the cockpits wait about so long."""
    told_by_whom: int = 0
    """Answers that were refused with the name of the one who was first."""
    problems: list[str] = field(default_factory=list)


def run_race(bench: Bench, *, rounds: int, seed: int, kill_every: int = 2) -> Race:
    """Ask `rounds` questions; have each answered by all at once, and in each `kill_every`th round
    one of them killed at a random moment.
    """
    questions = ask(bench, rounds)
    moments = random.Random(seed)  # noqa: S311  the same moments in every run
    race = Race()
    with _racers(bench) as racers:
        for number, question in enumerate(questions):
            late_s = [moments.uniform(0, race.pace_s * 2) for _ in racers[:-1]]
            goes = [Go(question, each) for each in (*late_s, 0.0)]
            for racer, go in zip(racers, goes, strict=True):
                racer.pipe.send(go)
            victim = None
            if number % kill_every == kill_every - 1:
                victim = racers[number // kill_every % len(racers)]
                time.sleep(moments.uniform(0, race.pace_s * 2))
                victim.kill()
                race.kills[victim.name] += 1
            heard = {racer.name: racer.heard() for racer in racers if racer is not victim}
            if victim is not None:
                victim.start()
                victim.pipe.send(Go(question, 0.0))
                heard[f"{victim.name}, again,"] = victim.heard()
            if isinstance(last := heard.get("command"), Heard):
                race.pace_s = (race.pace_s * 3 + min(last.took_s, 1.0)) / 4
            _compare(bench, question, heard, race)
    race.problems += _look_back(bench, questions)
    return race


def ask(bench: Bench, tasks: int, *, open_questions: int | None = None) -> list[str]:
    """Tasks that each wait for an operator, held by no worker; the ids of their questions. Of more
    tasks than `open_questions` the rest is ready.
    """
    asked = tasks if open_questions is None else open_questions
    return asyncio.run(_ask(bench, [f"race-{number}" for number in range(tasks)], asked))


async def _ask(bench: Bench, names: list[str], asked: int) -> list[str]:
    async with bench.engine(takes_work=False) as engine:
        await engine.add_tasks([a_task(name) for name in names])

        def park(tx: Transaction) -> None:
            for _ in range(asked):
                claim = tx.claim(WorkerId("w"), lease=timedelta(hours=1))
                assert claim is not None
                _park(tx, claim.item.task_id)

        await engine._parts.store.write(park)
    return [f"esc-{name}" for name in names[:asked]]


def _park(tx: Transaction, task_id: TaskId) -> None:
    for trigger in (Trigger.START, Trigger.ASK):
        tx.move(task_id, trigger)
    tx.update_task(task_id, orchestrator_id=None)
    tx.add_escalation(
        Escalation(
            escalation_id=EscalationId(f"esc-{task_id}"),
            task_id=task_id,
            project="bench",
            iteration=1,
            action=Action(kind=ActionKind.RUN_COMMAND, target="curl example.org"),
            rule="network",
            why="it reaches out",
            effect="a request",
            severity=Severity.HIGH,
            state=EscalationState.OPEN,
            raised_at=datetime(2026, 1, 5, tzinfo=UTC),
        )
    )


@contextmanager
def _racers(bench: Bench) -> Iterator[Sequence[Racer]]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    racers = [Racer(name, bench.repo, context) for name in CONTESTANTS]
    try:
        for racer in racers:
            racer.start()
        yield racers
        for racer in racers:
            racer.end()
    finally:
        for racer in racers:
            if hasattr(racer, "process") and racer.process.is_alive():
                racer.kill()


def _compare(bench: Bench, question: str, heard: dict[str, object], race: Race) -> None:
    """Exactly one has won, and all others were told who."""
    winner = _winner(bench, question)
    race.wins[winner] += 1
    for name, each in heard.items():
        assert isinstance(each, Heard)
        if each.is_applied and name != winner:
            race.problems.append(f"{question}: {name} was told yes, but {winner} won")
        elif not each.is_applied and f" by {winner}" not in each.words:
            race.problems.append(f"{question}: {name} was told {each.words!r}, but {winner} won")
        race.told_by_whom += not each.is_applied


def _winner(bench: Bench, question: str) -> str:
    [(winner,)] = _rows(bench, "SELECT answered_by FROM escalations WHERE id = ?", question)
    return str(winner)


def _rows(bench: Bench, statement: str, *values: str) -> list[tuple[str, ...]]:
    path = bench.brain / "state" / "work.db"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def _look_back(bench: Bench, questions: Sequence[str]) -> Iterator[str]:
    """What does not fit in orders, journal and decision log."""
    applied: dict[str, list[tuple[str, str]]] = {question: [] for question in questions}
    for order_id, by, status, payload in _rows(
        bench, "SELECT id, given_by, status, payload FROM orders"
    ):
        if status == "applied":
            applied[json.loads(payload)["escalation_id"]].append((order_id, by))
        elif status != "refused":
            yield f"order {order_id} of {by} is {status}"
    answered = Counter(
        json.loads(payload)["escalation_id"]
        for (payload,) in _rows(
            bench, "SELECT payload FROM events WHERE kind = 'escalation_answered'"
        )
    )
    freed = Counter(
        task_id
        for task_id, payload in _rows(
            bench, "SELECT task_id, payload FROM events WHERE kind = 'task_moved'"
        )
        if json.loads(payload)["trigger"] == "unpark"
    )
    for question, orders in applied.items():
        counts = (len(orders), answered[question], freed[question.removeprefix("esc-")])
        if counts != (1, 1, 1):
            yield f"{question}: applied, answered, freed {counts} times"
        elif orders[0][1] != _winner(bench, question):
            yield f"{question}: the order of {orders[0][1]} was applied, but another one won"
    yield from asyncio.run(
        _wrong_lines(bench, {o[0] for orders in applied.values() for o in orders})
    )


async def _wrong_lines(bench: Bench, effective: set[str]) -> list[str]:
    """Answers in the decision log that took no effect, or effects without a line."""
    async with bench.engine(takes_work=False) as engine:
        decisions, warnings = await engine.decisions(None)
        faults = await engine.audit_problems()
    said = {one.ref for one in decisions if one.ref and not one.decision.startswith("refused")}
    taken_back = {one.ref for one in decisions if one.decision.startswith("refused")}
    return [
        *warnings,
        *faults,
        *(f"order {ref} took effect without a line" for ref in effective - said),
        *(f"order {ref} has a line but no effect" for ref in said - taken_back - effective),
    ]
