"""What is done with is not kept in memory: an engine works for weeks."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from engine.domain.ids import TaskId
from engine.ports.store import Reader, TaskQuery, Transaction
from engine.ralph.tamper.python_source import parse
from engine.ralph.tamper.python_units import units_of
from engine.ralph.tamper.remembering import forget
from engine.store.sqlite import SqliteStore, rows
from tests.contract.stores import task
from tests.support.clock import FakeClock


async def test_of_a_task_that_changes_and_changes_one_row_is_known(tmp_path: Path) -> None:
    rows._known.clear()
    store = await SqliteStore.open(tmp_path / "work.db", clock=FakeClock())

    def change(priority: int, tx: Transaction) -> None:
        tx.update_task(TaskId("a"), priority=priority)

    def read(reader: Reader) -> list[int]:
        return [item.priority for item in reader.tasks(TaskQuery())]

    await store.write(lambda tx: tx.add_tasks([task("a"), task("b")]))
    for priority in range(50):
        await store.write(partial(change, priority % 10))
        assert sorted(await store.read(read)) == sorted([5, priority % 10])

    assert set(rows._known) == {"a", "b"}
    await store.close()


async def test_of_many_tasks_some_rows_are_known(tmp_path: Path) -> None:
    rows._known.clear()
    store = await SqliteStore.open(tmp_path / "work.db", clock=FakeClock())
    await store.write(lambda tx: tx.add_tasks([task(f"t{n}") for n in range(5000)]))

    found = await store.read(lambda reader: reader.tasks(TaskQuery(limit=5000)))
    again = await store.read(lambda reader: reader.tasks(TaskQuery(limit=5000)))

    assert again == found
    assert len(rows._known) <= 4096
    await store.close()


def test_trees_of_a_judgement_are_not_kept_after_it() -> None:
    tree = parse(b"def f():\n    return 1\n")
    assert tree is not None
    units_of(tree)
    assert parse.cache_info().currsize >= 1

    forget()

    assert (parse.cache_info().currsize, units_of.cache_info().currsize) == (0, 0)
