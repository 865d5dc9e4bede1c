"""Agents that talk without end, for the cockpit's benchmark."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from tests.support.face import FakeFace
from tests.support.scene import entry, item


def streaming_face(*, agents: int) -> FakeFace:
    """A queue of `agents` running tasks and 190 ready ones."""
    face = FakeFace()
    face.parallel = agents
    for number in range(agents):
        task = item(f"agent-{number:02}", f"work of agent {number}", TaskState.RUNNING)
        face.tasks[task.task_id] = task
        face.live[task.task_id] = 1
    for number in range(190):
        task = item(f"ready-{number:03}", "waits for its turn")
        face.tasks[task.task_id] = task
    return face


_WORDS = [
    "src/parser.py",
    "test_rounds",
    "passed",
    "in",
    "warning:",
    "unused",
    "import",
    "of",
    "collections.abc",
    "error",
    "expected",
    "got",
    "None",
    "line",
    "column",
    "collected",
    "items",
    "tests/unit",
    "failed",
    "assert",
    "value",
    "==",
    "42",
    "the",
    "a",
    "for",
    "if",
]


async def sayings(*, agents: int, per_second: int) -> AsyncIterator[tuple[int, int, str, bool]]:
    """What agents say, `per_second` times a second each: how often each has spoken, who does, what,
    and whether a fact comes with it, as one does each second.
    """
    count, dice = 0, random.Random(1)  # noqa: S311  the same words each time
    while True:
        for number in range(agents):
            words = " ".join(dice.choices(_WORDS, k=dice.randint(3, 14)))
            yield count, number, words, count % per_second == number % per_second
        count += 1
        await asyncio.sleep(1 / per_second)


async def stream(face: FakeFace, *, agents: int, per_second: int) -> None:
    """Let the face's tasks say it."""
    async for count, number, words, is_fact in sayings(agents=agents, per_second=per_second):
        task_id = TaskId(f"agent-{number:02}")
        face.stream(task_id, 1, entry(EntryKind.OUTPUT, f"{count} {words}\n"))
        if is_fact:
            await face.push(task_id=task_id)
