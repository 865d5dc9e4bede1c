"""Stories that are killed and started again, and what must hold at their end."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine.app.configuration import load_settings
from engine.app.engine import open_engine
from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import EscalationState
from engine.domain.ids import TaskId
from engine.domain.orders import ApproveEscalation
from engine.domain.work import NewTask
from engine.ports.store import TaskQuery
from tests.support.repos import git, make_repo

ROOT = Path(__file__).parents[2]
WAITS = 3
"""Exit code of a run that waits for the operator."""
PAY = "echo paid >> ../../../../../ledger.txt"
"""Asks the operator, because it leaves the worktree; each time it runs it adds one line."""

_ENDS_WITHIN_S = 60.0
"""Of what is told to end; what is left over here sleeps five times as long."""
_TOLD = re.compile(r"^[0-9:]{8}  (\S+): iteration (\d+) (?:PASS|FAIL|BLOCKED): ", re.MULTILINE)

_CONFIG = """\
[project]
name = "shop"
base_branch = "main"
backend = "{backend}"
{checks}
[scripted]
script = ".aibrain/script.json"
"""
PYTEST = """
[[checks]]
name = "pytest"
kind = "pytest"
command = ["--disable-plugin-autoload", "-p", "no:cacheprovider"]
"""
"""Really runs the tests, for which it takes half a second of processor time."""
READ_TESTS = "read-tests"
"""The last word of the check `READING`."""
_SCRIPT = """
for test in tests/test_*.py; do
  count=$((count + 1)) name=${test#tests/test_} said="not ok"
  grep -qx "    return 42" "${name%.py}.py" && said=ok
  echo "$said $test::test_answer"
done
echo "1..$count"
"""
READING = f"""
[[checks]]
name = "tests"
kind = "command"
command = ["sh", "-c", {json.dumps(_SCRIPT)}, "{READ_TESTS}"]
format = "tap"
"""
"""Says what pytest would of the tests of jobs, in a fiftieth of the time."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A task whose agent needs so many iterations to get it right."""

    name: str
    iterations: int = 1
    pays: bool = False
    """Its last iteration runs `PAY`."""

    @property
    def module(self) -> str:
        return self.name.lower().replace("-", "_")

    @property
    def files(self) -> Mapping[str, str]:
        test = (
            f"from {self.module} import answer\n\n\ndef test_answer():\n    assert answer() == 42\n"
        )
        return {f"{self.module}.py": _module(0), f"tests/test_{self.module}.py": test}

    @property
    def task(self) -> NewTask:
        return NewTask(
            task_id=TaskId(self.name),
            project="shop",
            description=f"answer() of {self.module} is wrong",
            files=(f"{self.module}.py",),
            tests=(f"tests/test_{self.module}.py",),
        )

    def script(self) -> Mapping[str, object]:
        turns = [self._turn(number) for number in range(1, self.iterations + 1)]
        return {"iterations": [{"steps": steps} for steps in turns]}

    def _turn(self, number: int) -> list[Mapping[str, object]]:
        is_last = number == self.iterations
        text = _module(42 if is_last else number).replace("\n", "\\n")
        steps: list[Mapping[str, object]] = [
            {"say": f"Attempt {number} at {self.module}."},
            {"bash": "sleep 300 & echo working"},
            {"bash": f"printf '{text}' > {self.module}.py"},
        ]
        if is_last and self.pays:
            steps.append({"bash": PAY})
        return [*steps, {"say": "<promise>BUGFIX_COMPLETE</promise>"}]


def _module(answer: int) -> str:
    return f"def answer():\n    return {answer}\n"


@dataclass(kw_only=True)
class Story:
    """A repository with its queue, and what programs said while they worked on it."""

    repo: Path
    jobs: tuple[Job, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the engine's process gets beside the environment of this one."""
    approvals: int = 0
    last_code: int = 0
    """Exit code of the last run."""

    @property
    def log(self) -> Path:
        """What the runs printed, one after the other."""
        return self.repo.with_name(f"{self.repo.name}.log")

    @property
    def ledger(self) -> Path:
        return self.repo.parent / "ledger.txt"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the program, headless."""
        words = ("aio_tui.cli.main", "run", "--headless", "--repo", str(self.repo))
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run_to_the_end(self, patience_s: float = 240.0) -> int:
        """Run, and approve once whatever is asked, until nothing waits; the last exit code, that
        of SIGKILL if a run takes longer than `patience_s`.
        """
        for _ in range(10):
            self.run_killed_after(patience_s)
            code = self.last_code
            if code != WAITS:
                return code
            self.approve_all_now()
        return WAITS

    def run_killed_after(self, seconds: float) -> bool:
        """Run, and kill with SIGKILL after `seconds`; False: it ended by itself before."""
        engine = self.start()
        try:
            engine.wait(seconds)
        except subprocess.TimeoutExpired:
            engine.kill()
        self.last_code = engine.wait()
        return self.last_code == -signal.SIGKILL

    def approve_all_now(self) -> None:
        """`approve_all` for callers without an event loop."""
        asyncio.run(self.approve_all())

    async def approve_all(self) -> None:
        """Answer each open question with "once"."""
        async with open_engine(load_settings(self.repo)) as engine:
            for escalation in await engine.escalations(states=frozenset({EscalationState.OPEN})):
                await engine.give(ApproveEscalation(escalation_id=escalation.escalation_id), by="o")
                self.approvals += 1

    def told(self) -> set[tuple[str, int]]:
        """Task and number of each iteration that a run has told its watcher of."""
        said = self.log.read_text("utf-8", "replace")
        return {(task_id, int(number)) for task_id, number in _TOLD.findall(said)}


@contextmanager
def model_server(story: Story) -> Iterator[None]:
    """A local server that plays the story's script to the real SDK, while the block lasts."""
    port_file = story.repo.with_name("port")
    program = ("tests.support.messages_api", "--port-file", str(port_file), "--script")
    server = subprocess.Popen(
        [sys.executable, "-m", *program, str(story.repo / ".aibrain" / "script.json")],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().decode().strip()
        story.environment = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "test"}
        yield
    finally:
        server.terminate()
        server.communicate()


def write_story(folder: Path, *jobs: Job, backend: str = "scripted", checks: str = PYTEST) -> Story:
    """A repository `shop` in `folder` with one task for each job in its queue, proved by `checks`,
    their part of aio.toml.
    """
    script = {"version": 1, "tasks": {job.name: job.script() for job in jobs}}
    files = {
        ".gitignore": "__pycache__/\n",
        ".aibrain/.gitignore": "/state/\n/session-*.md\n/archive/\n/decisions/\n",
        ".aibrain/aio.toml": _CONFIG.format(backend=backend, checks=checks),
        ".aibrain/script.json": json.dumps(script),
    }
    for job in jobs:
        files |= job.files
    story = Story(repo=make_repo(folder / "shop", files), jobs=jobs)
    asyncio.run(_queue(story))
    return story


async def _queue(story: Story) -> None:
    async with open_engine(load_settings(story.repo)) as engine:
        await engine.add_tasks([job.task for job in story.jobs])


def problems(story: Story, *, acknowledged: set[tuple[str, int]]) -> list[str]:
    """What is wrong with a story that came to its end; empty if all is well.

    Args:
        story: all its tasks are to be completed.
        acknowledged: iterations (task, number) that somebody was told are recorded.
    """
    found = list(_orphans(story.repo)) + list(_of_database(story.repo))
    found += asyncio.run(_of_engine(story, acknowledged))
    if len(git(story.repo, "worktree", "list").splitlines()) != 1:
        found.append("worktrees are left: " + git(story.repo, "worktree", "list"))
    if git(story.repo, "status", "--porcelain"):
        found.append("the operator's checkout was changed")
    if story.ledger.exists():
        paid = len(story.ledger.read_text().splitlines())
        if paid > story.approvals:
            found.append(f"{story.approvals} approvals took effect {paid} times")
    return found


async def _of_engine(story: Story, acknowledged: set[tuple[str, int]]) -> list[str]:
    found: list[str] = []
    async with open_engine(load_settings(story.repo)) as engine:
        items = await engine.tasks(TaskQuery(project="shop"))
        found += [
            f"{i.task_id} is {i.state}: {i.error_log}" for i in items if i.state != "completed"
        ]
        recorded: set[tuple[str, int]] = set()
        for item in items:
            view = await engine.task_view(item.task_id)
            job = next(job for job in story.jobs if job.name == item.task_id)
            found += _of_checkpoints(story.repo, job, view.checkpoints)
            recorded |= {(item.task_id, point.iteration_count) for point in view.checkpoints}
            for point in view.checkpoints:
                text = await engine.session_text(item.task_id, point.iteration_count)
                if text != point.session_text:
                    found.append(f"{item.task_id}: session {point.iteration_count} differs")
            times = _completions(story.repo, item.task_id)
            if times != 1:
                found.append(f"{item.task_id} was completed {times} times")
        found += [f"lost: {lost}" for lost in sorted(acknowledged - recorded)]
        found += await engine.audit_problems()
    return found


def _of_checkpoints(repo: Path, job: Job, points: tuple[Checkpoint, ...]) -> Iterator[str]:
    numbers = [point.iteration_count for point in points]
    if numbers != list(range(1, job.iterations + 1)):
        yield f"{job.name} has iterations {numbers}, not 1 to {job.iterations}"
    commits = git(repo, "rev-list", "--reverse", f"main..fix/{job.name}").split()
    if commits != [point.commit for point in points]:
        yield f"{job.name}: commits {commits} do not match {[point.commit for point in points]}"


def _of_database(repo: Path) -> Iterator[str]:
    for row in _query(repo, "PRAGMA integrity_check"):
        if row != ("ok",):
            yield f"database: {row[0]}"


def _completions(repo: Path, task_id: str) -> int:
    moves = "SELECT payload FROM events WHERE task_id = ? AND kind = 'task_moved'"
    return sum(json.loads(row[0])["after"] == "completed" for row in _query(repo, moves, task_id))


def _query(repo: Path, statement: str, *values: str) -> list[tuple[str, ...]]:
    path = repo / ".aibrain" / "state" / "work.db"
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def _orphans(repo: Path) -> Iterator[str]:
    """Processes that belong to the repository's engine and do not end by themselves."""
    for pid in _processes_of(repo):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([descriptor], [], [], _ENDS_WITHIN_S)
        os.close(descriptor)
        if not ended:
            yield f"process {pid} is left: {_read(pid, 'cmdline')!r}"


def _processes_of(repo: Path) -> Iterator[int]:
    state = os.fsencode(repo / ".aibrain" / "state")
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208
        if int(name) != os.getpid() and any(
            state in _read(int(name), part) for part in ("cmdline", "environ")
        ):
            yield int(name)


def _read(pid: int, part: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{part}").read_bytes()
    except OSError:
        return b""
