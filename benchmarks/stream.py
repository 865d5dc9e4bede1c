"""Agents that talk without end, for the cockpit's benchmark."""

from __future__ import annotations

import asyncio
import random

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


async def stream(face: FakeFace, *, agents: int, per_second: int) -> None:
    """Every agent says something `per_second` times a second; each second a fact for each."""
    count, dice = 0, random.Random(1)  # noqa: S311  the same words each time
    while True:
        for number in range(agents):
            task_id = TaskId(f"agent-{number:02}")
            words = " ".join(dice.choices(_WORDS, k=dice.randint(3, 14)))
            face.stream(task_id, 1, entry(EntryKind.OUTPUT, f"{count} {words}"))
            if count % per_second == number % per_second:
                await face.push(task_id=task_id)
        count += 1
        await asyncio.sleep(1 / per_second)
