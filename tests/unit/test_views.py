"""What the first glance holds of a long queue."""

from __future__ import annotations

from pathlib import Path

from engine.app.views import overview
from engine.domain.ids import TaskId
from engine.domain.settings import Settings
from engine.domain.work import MergeState, NewTask
from engine.ports.cockpit import RunState
from engine.ports.store import TaskQuery, Transaction
from engine.store.memory import MemoryStore
from tests.support.clock import FakeClock

SETTINGS = Settings(repo=Path("/srv/shop"), project="shop")


async def test_work_that_waits_for_its_merge_is_seen_behind_a_thousand_others() -> None:
    last = TaskId("last")
    others = [TaskId(f"task-{number}") for number in range(TaskQuery().limit + 5)]

    def fill(tx: Transaction) -> None:
        tx.add_tasks(
            [
                NewTask(task_id=name, project="shop", description="mend", priority=5)
                for name in (*others, last)
            ]
        )
        tx.update_task(last, merge_state=MergeState.WAITING)
        tx.update_task(others[0], merge_state=MergeState.WAITING)

    store = MemoryStore(FakeClock())
    await store.write(fill)
    seen = await store.read(lambda reader: overview(reader, SETTINGS, RunState.IDLE, warnings=()))
    await store.close()

    assert [item.task_id for item in seen.tasks if item.merge_state] == [others[0], last]
