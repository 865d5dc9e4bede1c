"""Agents that talk without end, for the cockpit's benchmark."""

from __future__ import annotations

import asyncio

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


async def stream(face: FakeFace, *, agents: int, per_second: int) -> None:
    """Every agent says something `per_second` times a second; each second a fact for each."""
    count = 0
    while True:
        for number in range(agents):
            task_id = TaskId(f"agent-{number:02}")
            face.stream(task_id, 1, entry(EntryKind.OUTPUT, f"line {count} of the agent's work"))
            if count % per_second == number % per_second:
                await face.push(task_id=task_id)
        count += 1
        await asyncio.sleep(1 / per_second)
