"""A small real repository with defects, a written conversation, and an engine that works on it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.app.configuration import load_settings
from engine.app.engine import Engine, open_engine
from engine.app.parts import Backends, build_services
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.facts import Fact, WarningRaised
from engine.domain.ids import TaskId, WorkerId
from engine.domain.run import RunEnd, RunOptions
from engine.domain.settings import Settings
from engine.domain.state import TaskState
from engine.domain.work import NewTask, TaskType, WorkItem
from engine.loop.answers import Answers
from engine.loop.autonomous import AutonomousLoop
from engine.loop.iteration import IterationLoop
from engine.loop.slots import Slots
from engine.ports.agent import Agent
from engine.ports.store import TaskQuery
from tests.support.repos import make_repo

Step = Mapping[str, Any]
Iterations = Sequence[Sequence[Step]]

SIGNAL = "<promise>BUGFIX_COMPLETE</promise>"
WITHIN_S = 120.0
"""A wait that takes longer has failed."""

_BODIES = {
    "add": ("a - b", "a + b", "assert add(2, 3) == 5"),
    "scale": ("a + b", "a * b", "assert scale(2, 3) == 6"),
    "least": ("max(a, b)", "min(a, b)", "assert least(2, 3) == 2"),
    "most": ("min(a, b)", "max(a, b)", "assert most(2, 3) == 3"),
}
"""Function: its defect, its cure, what its test demands."""

DEFECTS = tuple(_BODIES)


def _files() -> dict[str, str]:
    files = {
        f"sums/{name}.py": f"def {name}(a, b):\n    return {wrong}\n"
        for name, (wrong, _, _) in _BODIES.items()
    }
    for name, (_, _, demand) in _BODIES.items():
        files[f"tests/test_{name}.py"] = (
            f"from sums.{name} import {name}\n\n\ndef test_{name}():\n    {demand}\n"
        )
    files["sums/__init__.py"] = ""
    files["tests/test_sound.py"] = "def test_sound():\n    assert True\n"
    files["pyproject.toml"] = '[tool.pytest.ini_options]\npythonpath = ["."]\n'
    files[".gitignore"] = "__pycache__/\n.aibrain/\n"
    return files


_READ_TESTS = """
count=0
for test in tests/test_*.py; do
  count=$((count + 1)) name=${test#tests/test_} cure= said="not ok"
  name=${name%.py}
  case $name in CURES esac
  if [ -z "$cure" ] || grep -qF "$cure" "sums/$name.py"; then said=ok; fi
  echo "$said $test::test_$name"
done
echo "1..$count"
"""
_CURES = " ".join(f"{name}) cure='return {right}';;" for name, (_, right, _) in _BODIES.items())
TESTS = f"""
[[checks]]
name = "tests"
kind = "command"
command = ["sh", "-c", {json.dumps(_READ_TESTS.replace("CURES", _CURES))}]
format = "tap"
timeout_s = 60
"""
"""Says what pytest would of the tests above, in a fiftieth of the time: it reads what the function
in question returns. Other tests are green to it, and it always looks at all.
"""
PYTEST = """
[[checks]]
name = "pytest"
kind = "pytest"
command = ["--disable-plugin-autoload", "-p", "no:cacheprovider"]
timeout_s = 60
"""
"""Really runs the tests, for which it takes half a second of processor time."""


def say(text: str = f"Done. {SIGNAL}") -> Step:
    """The agent says something; by default the completion signal."""
    return {"say": text}


def bash(command: str) -> Step:
    """The agent runs a command."""
    return {"bash": command}


def cure(name: str) -> Step:
    """The edit that makes the function right."""
    return _replace(name, _BODIES[name][0], _BODIES[name][1])


def worsen(name: str, text: str) -> Step:
    """A file beside the function that cures nothing."""
    return {"create": {"path": f"sums/{name}_{text}.py", "file_text": f"{text!r}\n"}}


def _replace(name: str, old: str, new: str) -> Step:
    return {"str_replace": {"path": f"sums/{name}.py", "old_str": old, "new_str": new}}


def append_outside(mark: Path) -> Step:
    """A command that the guardrails ask about, and whose effects can be counted."""
    return bash(f"echo once >> {mark}")


CURED: Mapping[str, Iterations] = {name: [[cure(name), say()]] for name in DEFECTS}
"""Each defect as a task of its own name, cured at the first try."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A repository to run engines on. Nothing is open."""

    repo: Path

    @property
    def brain(self) -> Path:
        return self.repo / ".aibrain"

    @property
    def script_file(self) -> Path:
        return self.brain / "script.json"

    def script(self, tasks: Mapping[str, Iterations]) -> None:
        """Write the conversation."""
        document = {
            "version": 1,
            "tasks": {
                name: {"iterations": [{"steps": list(steps)} for steps in iterations]}
                for name, iterations in tasks.items()
            },
        }
        self.script_file.write_text(json.dumps(document), encoding="utf-8")

    def configure(
        self,
        *,
        backend: str = "scripted",
        parallel: int = 1,
        checks: str = TESTS,
        more: str = "",
    ) -> None:
        """Write aio.toml; `more` is added at the end."""
        text = (
            f'[project]\nname = "bench"\nbackend = "{backend}"\nparallel = {parallel}\n'
            f"python = {json.dumps(sys.executable)}\n"
            f"{checks}\n"
            f'[scripted]\nscript = ".aibrain/script.json"\n{more}\n'
        )
        (self.brain / "aio.toml").write_text(text, encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return load_settings(self.repo)

    @asynccontextmanager
    async def engine(self, *, takes_work: bool = True) -> AsyncIterator[Engine]:
        """An engine on the present configuration."""
        async with open_engine(self.settings, takes_work=takes_work) as engine:
            yield engine

    async def add(self, *task_ids: str, **fields: Any) -> None:
        """Queue tasks through an engine of its own; a task named like a defect is about it."""
        async with self.engine(takes_work=False) as engine:
            await engine.add_tasks([a_task(task_id, **fields) for task_id in task_ids])

    async def run(self, options: RunOptions | None = None) -> RunEnd:
        """One whole run of an engine of its own."""
        async with self.engine() as engine, asyncio.timeout(WITHIN_S):
            return await engine.run(options or RunOptions())

    async def item(self, task_id: str) -> WorkItem:
        """The task as the store has it."""
        async with self.engine(takes_work=False) as engine:
            return (await engine.task_view(TaskId(task_id))).item

    async def states(self) -> dict[str, TaskState]:
        """State by task."""
        async with self.engine(takes_work=False) as engine:
            items = await engine.tasks(TaskQuery())
        return {item.task_id: item.state for item in items}

    async def open_escalations(self) -> list[Escalation]:
        async with self.engine(takes_work=False) as engine:
            return await engine.escalations(states=frozenset({EscalationState.OPEN}))


def a_task(task_id: str, **fields: Any) -> NewTask:
    """A bug to mend; its target test follows from its id if that names a defect."""
    values: dict[str, Any] = {
        "task_id": TaskId(task_id),
        "project": "bench",
        "description": f"Mend {task_id}",
        "type": TaskType.BUGFIX,
        "tests": (f"tests/test_{task_id}.py",) if task_id in _BODIES else (),
    }
    return NewTask(**{**values, **fields})


def make_bench(folder: Path, tasks: Mapping[str, Iterations] | None = None, **config: Any) -> Bench:
    """A repository with every defect, the conversation `tasks`, and the configuration `config`
    (see `Bench.configure`).
    """
    bench = Bench(repo=make_repo(folder / "repo", _files()))
    bench.brain.mkdir()
    bench.script(CURED if tasks is None else tasks)
    bench.configure(**config)
    return bench


async def until_fact(engine: Engine, kind: type[Fact], *, task_id: str | None = None) -> Fact:
    """The first fact of this kind in the journal, now or as soon as it comes."""
    seq = 0
    async with asyncio.timeout(WITHIN_S):
        while True:
            for entry in await engine.facts_after(seq):
                seq = entry.seq
                if isinstance(entry.fact, kind) and task_id in (None, entry.task_id):
                    return entry.fact
            await engine.wait_for_facts(seq)


async def until_warning(engine: Engine, part: str) -> str:
    """The first warning that says `part`."""
    seq = 0
    async with asyncio.timeout(WITHIN_S):
        while True:
            for entry in await engine.facts_after(seq):
                seq = entry.seq
                if isinstance(entry.fact, WarningRaised) and part in entry.fact.text:
                    return entry.fact.text
            await engine.wait_for_facts(seq)


def without_containment(said: str) -> str:
    """What was said, without the line that a machine without a sandbox adds."""
    marks = ("NO SANDBOX", "held by landlock only")
    lines = said.splitlines(keepends=True)
    return "".join(line for line in lines if not any(mark in line for mark in marks))


async def until_state(engine: Engine, task_id: str, *states: TaskState) -> WorkItem:
    """The task as soon as it is in one of `states`."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            seq = await engine.last_seq()
            item = (await engine.task_view(TaskId(task_id))).item
            if item.state in states:
                return item
            await engine.wait_for_facts(seq)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return once that holds which nothing announces."""
    async with asyncio.timeout(WITHIN_S):
        while not await holds():  # noqa: ASYNC110  another process or a file changes it
            await asyncio.sleep(0.01)


async def until_output(
    engine: Engine,
    task_id: str,
    iteration: int,
    text: str,
    *,
    program: asyncio.subprocess.Process | None = None,
) -> None:
    """Return once the transcript of the iteration holds `text`, which `program` is to write."""

    async def is_there() -> bool:
        if program is not None and program.returncode is not None:
            raise AssertionError(await program.communicate())
        chunk = await engine.transcript(TaskId(task_id), iteration)
        return any(text in entry.text for entry in chunk.entries)

    await until(is_there)


def commands_of(bench: Bench) -> list[str]:
    """Programs that work inside the repository's state folder."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            where = str(link.readlink())
            if where.startswith(str(bench.brain)):
                found.append(f"{link.parent.name} {where}")
    return found


async def start_cli(
    bench: Bench, *words: str, takes_input: bool = False
) -> asyncio.subprocess.Process:
    """`aio-tui` as a process of its own, with pipes."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aio_tui.cli.main", *words, "--repo", str(bench.repo)),
        stdin=asyncio.subprocess.PIPE if takes_input else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run_with(bench: Bench, agent: Agent, options: RunOptions | None = None) -> RunEnd:
    """One run in which every task is given to `agent`."""
    async with bench.engine() as engine, asyncio.timeout(WITHIN_S):
        parts = engine._parts
        slots = Slots(bench.settings.parallel, on_freed=lambda: loop.wake())
        backends = Backends(bench.settings, parts.clock)
        services = build_services(parts, backends, answers=Answers(), slots=slots)
        loop = AutonomousLoop(
            settings=bench.settings,
            store=parts.store,
            iteration=IterationLoop(replace(services, agent_for=lambda _: agent)),
            slots=slots,
            worker=WorkerId("engine-of-the-test"),
            clock=parts.clock,
            options=options or RunOptions(),
            on_state=lambda _: None,
        )
        return await loop.run()
