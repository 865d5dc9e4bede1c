"""Verified branches on a small real repository, ready for the merge queue."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from engine.domain.checkpoint import Checkpoint
from engine.domain.facts import Fact, WarningRaised
from engine.domain.ids import TaskId, WorkerId
from engine.domain.orders import MergeTask, OrderRecord
from engine.domain.run import RunEnd, RunOptions
from engine.domain.state import Trigger
from engine.domain.usage import Usage
from engine.domain.verdict import Verdict, VerdictKind
from engine.domain.work import MergeState, NewTask, TaskType, WorkItem
from engine.ports.store import TaskQuery, Transaction
from tests.support.engines import (
    CURED,
    DEFECTS,
    TESTS,
    Bench,
    Step,
    a_task,
    bash,
    make_bench,
    say,
)
from tests.support.pytest_bench import ON_ITS_OWN
from tests.support.repos import commit_files, git, write_files

AUTO = '[merge]\npolicy = "auto"\n'
_PATIENCE_S = 150.0
SHARED = {
    "sums/rate.py": "def rate():\n    return 2\n",
    "sums/topic.py": 'WORDS = "none"\n',
}
"""What several tasks are about."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A verified piece of work."""

    task_id: str
    files: Mapping[str, str]
    """What its branch makes of these files."""
    type: TaskType = TaskType.FEATURE
    targets: tuple[str, ...] = ()
    again: Sequence[Step] = ()
    """What its agent does if the work comes back."""

    @property
    def task(self) -> NewTask:
        return a_task(self.task_id, type=self.type, tests=self.targets)


def overwrite(path: str, text: str) -> Step:
    """The agent replaces a whole file."""
    return bash(f"printf '%s' '{text}' > {path}")


def _test(name: str, demand: str, imports: str) -> dict[str, str]:
    text = f"{imports}\n\n\ndef test_{name}():\n    assert {demand}\n"
    return {f"tests/test_{name}.py": text}


def module(name: str, value: int = 1) -> Change:
    """A task that adds a module and the test that demands it."""
    return Change(
        task_id=name,
        files={
            f"sums/{name}.py": f"def {name}():\n    return {value}\n",
            **_test(name, f"{name}() == {value}", f"from sums.{name} import {name}"),
        },
    )


def cured(name: str) -> Change:
    """A defect of the repository, mended."""
    right = CURED[name][0][0]["str_replace"]["new_str"]
    return Change(
        task_id=name,
        files={f"sums/{name}.py": f"def {name}(a, b):\n    return {right}\n"},
        type=TaskType.BUGFIX,
        targets=(f"tests/test_{name}.py",),
    )


RENAMED = Change(
    task_id="unit",
    files={
        "sums/rate.py": "def rate(unit):\n    return 2 * unit\n",
        **_test("unit", "rate(3) == 6", "from sums.rate import rate"),
    },
)
"""Fits with everything but CALLER."""
CALLER = Change(
    task_id="caller",
    files={
        "sums/caller.py": "from sums.rate import rate\n\n\ndef caller():\n    return rate()\n",
        **_test("caller", "caller() == 2", "from sums.caller import caller"),
    },
    again=[
        {"str_replace": {"path": "sums/caller.py", "old_str": "rate()", "new_str": "rate(1)"}},
    ],
)
"""Fits with everything but RENAMED; no line of theirs is the same."""
RED = Change(
    task_id="red",
    files={
        "sums/topic.py": 'WORDS = "red"\n',
        **_test("red", '"red" in WORDS', "from sums.topic import WORDS"),
    },
)
BLUE = Change(
    task_id="blue",
    files={
        "sums/topic.py": 'WORDS = "blue"\n',
        **_test("blue", '"blue" in WORDS', "from sums.topic import WORDS"),
    },
    again=[overwrite("sums/topic.py", 'WORDS = "red and blue"\n')],
)
"""Changes the line that RED changes."""


async def verified(folder: Path, *changes: Change, checks: str = TESTS, more: str = "") -> Bench:
    """A repository in which each task is completed with a PASS and its branch waits. The proofs are
    written down in this order, not run: what is tried here begins after them.
    """
    signal = say("Done. <promise>FEATURE_COMPLETE</promise>")
    scripts = {change.task_id: [[say("Begun.")], [*change.again, signal]] for change in changes}
    bench = make_bench(folder, scripts, checks=checks, more=more)
    base = commit_files(bench.repo, SHARED, "what they share")
    async with bench.engine(takes_work=False) as engine:
        await engine.add_tasks([change.task for change in changes])
        for place, change in enumerate(changes):
            item = (await engine.task_view(TaskId(change.task_id))).item
            commit = _commit_on(bench.repo, item.branch, change)
            tree = head(bench.repo, f"{commit}^{{tree}}")
            passed = _passed(item, base=base, commit=commit, tree=tree)
            passed = replace(passed, timestamp=item.created_at + timedelta(seconds=place))
            await engine._store.write(partial(_complete, passed))
    return bench


def _commit_on(repo: Path, branch: str, change: Change) -> str:
    git(repo, "checkout", "-q", "-b", branch)
    write_files(repo, change.files)
    git(repo, "add", "-A")
    ours = ("-c", "user.name=aio-tui", "-c", "user.email=aio-tui@localhost")
    git(repo, *ours, "commit", "-q", "-m", f"{change.task_id}: iteration 1")
    commit = head(repo, "HEAD")
    git(repo, "checkout", "-q", "main")
    return commit


def _passed(item: WorkItem, *, base: str, commit: str, tree: str) -> Checkpoint:
    verdict = Verdict(
        kind=VerdictKind.PASS, reasons=(), checks=(), tree_hash=tree, base_commit=base
    )
    return Checkpoint(
        task_id=item.task_id,
        project=item.project,
        iteration_count=1,
        timestamp=item.created_at,
        verdict=verdict,
        session_ref=f"session-{item.task_id}-1.md",
        session_sha256="",
        session_text="",
        commit=commit,
        diff_sha256=tree,
        has_signal=True,
        agent="scripted",
        duration_s=0.0,
        usage=Usage(),
        decision="proved",
    )


def _complete(point: Checkpoint, tx: Transaction) -> None:
    task_id, base = point.task_id, point.verdict.base_commit
    claim = tx.claim(WorkerId("w"), lease=timedelta(minutes=1), only=task_id)
    assert claim is not None
    tx.move(task_id, Trigger.START, changes={"base_commit": base, "head_commit": base})
    tx.move(task_id, Trigger.VERIFY)
    tx.add_checkpoint(point)
    tx.move(task_id, Trigger.PASS)
    tx.move(task_id, Trigger.COMPLETE, changes={"merge_state": MergeState.WAITING})


async def reasons(bench: Bench) -> dict[str, str]:
    """Why tasks are where they are, and what was warned of."""
    async with bench.engine(takes_work=False) as engine:
        items = await engine.tasks(TaskQuery())
    found = {item.task_id: f"{item.state} {item.merge_state}: {item.error_log}" for item in items}
    warnings = await facts_of(bench, WarningRaised)
    return found | {"warnings": "\n".join(str(fact) for _, fact in warnings)}


async def order_merges(bench: Bench, *task_ids: str) -> list[OrderRecord]:
    """Approve the merges, without an engine that would begin at once."""
    async with bench.engine(takes_work=False) as engine:
        orders = [MergeTask(task_id=TaskId(task_id)) for task_id in task_ids]
        return [await engine.give(order, by="olive") for order in orders]


async def merge(bench: Bench, *task_ids: str) -> None:
    """Approve the merges and work through the queue, as the command does."""
    await order_merges(bench, *task_ids)
    async with bench.engine(takes_work=False) as engine:
        await engine.work_through_merges()


async def run_to_the_end(bench: Bench) -> RunEnd:
    """One whole run, however many merges it takes."""
    async with bench.engine() as engine, asyncio.timeout(_PATIENCE_S):
        return await engine.run(RunOptions())


async def merge_states(bench: Bench) -> dict[str, MergeState | None]:
    """Merge state by task."""
    async with bench.engine(takes_work=False) as engine:
        items = await engine.tasks(TaskQuery())
    return {item.task_id: item.merge_state for item in items}


async def commits_of(bench: Bench) -> set[str]:
    """Every commit that an iteration recorded, and every head."""
    found: set[str] = set()
    async with bench.engine(takes_work=False) as engine:
        for item in await engine.tasks(TaskQuery()):
            view = await engine.task_view(item.task_id)
            found |= {point.commit for point in view.checkpoints}
            found |= _known(view.item)
    return found


def _known(item: WorkItem) -> set[str]:
    commits = (item.base_commit, item.head_commit, item.merged_commit)
    return {commit for commit in commits if commit is not None}


def lost(repo: Path, commits: set[str]) -> set[str]:
    """Those that no branch and no tag holds."""
    refs = ("for-each-ref", "refs/heads", "refs/tags", "--format=%(refname)", "--contains")
    return {commit for commit in commits if not git(repo, *refs, commit).strip()}


async def facts_of(bench: Bench, kind: type[Fact]) -> list[tuple[str | None, Fact]]:
    """Task and fact, oldest first."""
    async with bench.engine(takes_work=False) as engine:
        entries = await engine.facts_after(0)
    return [(entry.task_id, entry.fact) for entry in entries if isinstance(entry.fact, kind)]


def subjects(repo: Path, ref: str = "main") -> list[str]:
    """First lines of the messages of a branch, the oldest first."""
    return git(repo, "log", "--reverse", "--format=%s", ref).splitlines()


def head(repo: Path, ref: str = "main") -> str:
    """The commit that `ref` names."""
    return git(repo, "rev-parse", ref).strip()


def failing_tests(repo: Path) -> list[str]:
    """Tests of the checkout that fail."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rf", "--no-header", *ON_ITS_OWN],
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout
    return [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]


TEN = (
    *(cured(name) for name in DEFECTS),
    *(RENAMED, RED, BLUE, CALLER, module("seven"), module("eight")),
)
"""Ten branches: two conflict, and one breaks the base branch only together with another."""
