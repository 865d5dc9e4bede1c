"""A disk that is full for a while: nobody's work is held for ever or blamed for it, and nothing
that works again is complained of.
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.app import alarm, runs
from engine.app.engine import Engine
from engine.domain.facts import EscalationTold, IterationAbandoned, IterationStarted
from engine.domain.run import RunOptions
from engine.domain.state import TaskState
from engine.domain.verdict import CheckOutcome, CheckResult, Reason, Verdict, VerdictKind
from engine.loop import endings
from engine.loop.host import lack_of_room
from engine.loop.verification import Verifier
from tests.support.engines import (
    Bench,
    append_outside,
    bash,
    cure,
    make_bench,
    say,
    until,
    until_fact,
    until_state,
)

pytestmark = pytest.mark.slow
STAYS = RunOptions(stays=True)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path, {name: [[bash("sleep 60")]] for name in ("add", "scale")})


def fill(bench: Bench, when: str = "TRUE") -> None:
    """Let every write to the store fail, as on a disk that is full, or some."""
    fault = "BEGIN SELECT RAISE(ABORT, 'no room'); END"
    _tell(bench, f"CREATE TRIGGER no_room BEFORE INSERT ON events WHEN {when} {fault}")


def make_room(bench: Bench) -> None:
    _tell(bench, "DROP TRIGGER no_room")


def _tell(bench: Bench, statement: str) -> None:
    database = sqlite3.connect(bench.brain / "state" / "work.db", timeout=60)
    try:
        database.execute(statement)
        database.commit()
    finally:
        database.close()


async def lose_workers(bench: Bench, engine: Engine) -> None:
    """Let the only run end, on a full disk, with two tasks at work."""
    engine.start(STAYS)
    for name in ("add", "scale"):
        await until_fact(engine, IterationStarted, task_id=name)
    fill(bench)
    engine.stop(at_once=True)
    await engine.finish()
    overview = await engine.overview()
    assert overview.working == 2
    assert any("no room" in text for text in overview.warnings)


async def test_what_lost_workers_held_is_ready_once_there_is_room(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_TRY_AGAIN_S", 0.05)
    bench.configure(parallel=2)
    await bench.add("add", "scale")
    async with bench.engine() as engine:
        await lose_workers(bench, engine)
        make_room(bench)
        for name in ("add", "scale"):
            item = await until_state(engine, name, TaskState.QUEUED)
            assert (item.interruptions, item.orchestrator_id) == (0, None)
        assert (await engine.overview()).working == 0

        async def nothing_is_said() -> bool:
            return not any("no room" in text for text in (await engine.overview()).warnings)

        await until(nothing_is_said)


async def test_a_new_run_takes_back_what_lost_workers_held_before_it_claims(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_TRY_AGAIN_S", 3600.0)
    bench.configure(parallel=2)
    await bench.add("add", "scale", "least")
    async with bench.engine() as engine:
        await lose_workers(bench, engine)
        lost = {item.task_id: item.fence for item in (await engine.overview()).tasks}
        make_room(bench)
        engine.start(STAYS)

        async def are_held_anew() -> bool:
            overview = await engine.overview()
            assert overview.working <= overview.parallel
            return all(item.fence > lost[item.task_id] for item in overview.tasks if item.fence)

        await until(are_held_anew)
        assert not any("no room" in text for text in (await engine.overview()).warnings)
        await engine.end_run()
        assert (await engine.overview()).working == 0


async def test_a_complaint_stands_until_what_it_is_about_works_again(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm, "_TRY_AGAIN_S", 0.05)
    bench.script({"add": [[append_outside(tmp_path / "mark")]]})
    bench.configure(more="[notifications]\nafter_s = 0.1\ndesktop = false\n")
    await bench.add("add")
    fill(bench, f"NEW.kind = '{EscalationTold.KIND}'")
    async with bench.engine() as engine:
        engine.start(STAYS)

        async def is_told() -> bool:
            warnings = (await engine.overview()).warnings
            return any("nobody is told of questions" in text for text in warnings)

        async def is_settled() -> bool:
            return not await is_told()

        await until(is_told)
        make_room(bench)
        await until_fact(engine, EscalationTold)
        await until(is_settled)
        await engine.end_run()


async def test_a_check_that_had_no_room_blames_no_task_and_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endings, "backoff_s", lambda _, **__: 0.05)
    real, verdicts = Verifier.verify, [blocked_by_a_full_disk()]

    async def verify(*args: Any, **kwargs: Any) -> Verdict:
        return verdicts.pop() if verdicts else await real(*args, **kwargs)

    monkeypatch.setattr(Verifier, "verify", verify)
    bench.script({"add": [[cure("add"), say()]]})
    await bench.add("add")
    async with bench.engine() as engine:
        engine.start(STAYS)
        fact = await until_fact(engine, IterationAbandoned)
        assert isinstance(fact, IterationAbandoned)
        assert fact.cause == (
            "check pytest could not do its work: cp: No space left on device; again in 0 s"
        )
        item = await until_state(engine, "add", TaskState.COMPLETED)
        assert (item.iteration_count, item.error_log) == (1, "")
        await engine.end_run()


def blocked_by_a_full_disk() -> Verdict:
    check = CheckResult(
        name="pytest",
        command=("python", "-m", "pytest"),
        outcome=CheckOutcome.BROKEN,
        exit_code=1,
        duration_s=1.0,
        tail="collecting ...\ncp: No space left on device\n",
        explanation="its report is not whole",
    )
    return Verdict(
        kind=VerdictKind.BLOCKED,
        reasons=(Reason(rule="check-broken", message="check pytest could not do its work"),),
        checks=(check,),
        tree_hash="0" * 40,
        base_commit="0" * 40,
        next_step="make pytest work",
    )


def test_only_what_speaks_of_a_full_disk_is_one() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/x/y")
    assert lack_of_room(full) == "No space left on device: /x/y"
    assert lack_of_room(OSError(errno.EACCES, "Permission denied", "/x/y")) == ""
    said = "fatal: cannot commit\nwrite error: No space left on device\n"
    assert lack_of_room(ValueError(said)) == "write error: No space left on device"
