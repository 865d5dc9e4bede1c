"""What the morning report costs where much waits: `python -m benchmarks report`.

`aio-tui report` of the last run (the default), which names what is open whenever it was done: ten
thousand tasks that are verified and wait to be merged, two iterations each, beside the same with a
hundred. CPU of the whole command, medians of one run; prints one JSON document. `--profile` tells
where the time of one goes.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import os
import pstats
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks.attach import fill, make_repo
from benchmarks.terminal import ROOT
from engine.app.configuration import load_settings
from engine.app.reporting import read_report
from engine.app.system import SystemClock
from engine.domain.checkpoint import Checkpoint
from engine.domain.facts import IterationFinished, IterationStarted, RunStarted
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import Trigger
from engine.domain.usage import Usage
from engine.domain.verdict import Reason, Verdict, VerdictKind
from engine.domain.work import MergeState, WorkItem
from engine.ports.store import TaskQuery, Transaction
from engine.store.sqlite import SqliteStore

FEW, MANY, RUNS = 100, 10_000, 3
_AT_ONCE = 500
_SOMETHING_WAITS = 3
_BASE, _HEAD = "1" * 40, "2" * 40
_TEXT = "what the session file says, in a few hundred lines\n" * 100


async def verify_all(repo: Path) -> None:
    """Every task of the queue has failed once, then passed, and waits for its operator."""
    settings = load_settings(repo)
    store = await SqliteStore.open(settings.state / "work.db", clock=SystemClock())
    items = await store.read(lambda reader: reader.tasks(TaskQuery(limit=MANY)))
    for first in range(0, len(items), _AT_ONCE):
        await store.write(partial(_verify_some, items[first : first + _AT_ONCE]))
    begun = RunStarted(worker=WorkerId("w"), parallel=1)
    await store.write(lambda tx: tx.append_facts(begun, project=settings.project))
    await store.close()


def _verify_some(items: Sequence[WorkItem], tx: Transaction) -> None:
    for item in items:
        for number in (1, 2):
            _iterate(item, number, tx)
        waiting = {"merge_state": MergeState.WAITING}
        tx.move(item.task_id, Trigger.COMPLETE, changes=waiting)


def _iterate(item: WorkItem, number: int, tx: Transaction) -> None:
    task_id, is_passed = item.task_id, number == 2
    assert tx.claim(WorkerId("w"), lease=timedelta(minutes=1), only=task_id) is not None
    tx.move(task_id, Trigger.START, changes={"base_commit": _BASE, "head_commit": _HEAD})
    begun = IterationStarted(iteration=number, agent="scripted")
    tx.append_facts(begun, task_id=task_id, project=item.project)
    tx.move(task_id, Trigger.VERIFY)
    tx.add_checkpoint(_checkpoint(item, number, is_passed=is_passed))
    tx.move(task_id, Trigger.PASS if is_passed else Trigger.AGAIN)
    ended = IterationFinished(
        iteration=number,
        verdict="PASS" if is_passed else "FAIL",
        decision="pass" if is_passed else "again",
        duration_s=60.0,
        cost_usd="0",
        tokens=0,
    )
    tx.append_facts(ended, task_id=task_id, project=item.project)


def _checkpoint(item: WorkItem, number: int, *, is_passed: bool) -> Checkpoint:
    reason = Reason(rule="new-failure", message="a test fails that did not")
    verdict = Verdict(
        kind=VerdictKind.PASS if is_passed else VerdictKind.FAIL,
        reasons=() if is_passed else (reason,),
        checks=(),
        tree_hash=_HEAD,
        base_commit=_BASE,
    )
    return Checkpoint(
        task_id=TaskId(item.task_id),
        project=item.project,
        iteration_count=number,
        timestamp=item.created_at + timedelta(minutes=number),
        verdict=verdict,
        session_ref=f"session-{item.task_id}-{number}.md",
        session_sha256="",
        session_text=_TEXT,
        commit=_HEAD,
        diff_sha256=str(number),
        has_signal=True,
        agent="scripted",
        duration_s=60.0,
        usage=Usage(),
        decision="",
    )


def cpu_s(repo: Path) -> float:
    """CPU of one `aio-tui report`."""
    command = [sys.executable, "-m", "aio_tui.cli.main", "report", "--repo", str(repo)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
    assert ended.returncode == _SOMETHING_WAITS
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def profiled(repo: Path) -> None:
    """Tell where the time of reading it goes."""
    settings, profile = load_settings(repo), cProfile.Profile()
    store = await SqliteStore.open(settings.state / "work.db", clock=SystemClock())
    now = SystemClock().now()
    await store.read(
        lambda reader: profile.runcall(
            read_report, reader, settings.project, since=now, until=now, most=50
        )
    )
    await store.close()
    pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(30)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=MANY)
    parser.add_argument("--profile", action="store_true")
    options, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        repos = {count: Path(folder) / str(count) for count in (FEW, options.tasks)}
        for count, repo in repos.items():
            make_repo(repo)
            asyncio.run(fill(repo, count, 0))
            asyncio.run(verify_all(repo))
        times: dict[int, list[float]] = {count: [] for count in repos}
        for _ in range(RUNS):
            for count, repo in repos.items():
                times[count].append(cpu_s(repo))
        if options.profile:
            asyncio.run(profiled(repos[options.tasks]))
    medians = {count: round(statistics.median(found), 2) for count, found in times.items()}
    more = medians[options.tasks] - medians[FEW]
    told = {
        "CPU seconds by tasks that wait": medians,
        "milliseconds for each more": round(1000 * more / (options.tasks - FEW), 3),
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
