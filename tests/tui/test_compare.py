"""Tasks of one origin side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aio_tui.screens.compare import CompareScreen
from aio_tui.screens.reader import ReaderScreen
from engine.domain.change import ChangedFile, FileFate, FilePatch
from engine.domain.ids import TaskId
from engine.domain.verdict import VerdictKind
from engine.domain.work import NewTask
from engine.ports.store import Transaction
from engine.store.memory import MemoryStore
from tests.support.clock import FakeClock
from tests.support.face import NOW, FakeFace
from tests.support.scene import RUNNING, busy_face, checkpoint
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.kept import compare
from tests.tui.test_hostile_text import ATTACKS, assert_harmless

OTHER, THIRD = TaskId("fix-gcd-at1"), TaskId("fix-gcd-at1-2")
PATCH = "@@ -1,2 +1,2 @@ def gcd(a, b):\n-    return a or b\n+    return b\n     pass\n"


async def face_with_branches(*, third: bool = True, path: str = "src/numbers.py") -> FakeFace:
    """`fix-gcd` needed three iterations; a branch from the first passed at once."""
    face = busy_face()
    store = face.store = MemoryStore(FakeClock(NOW))
    names = [RUNNING, OTHER, *([THIRD] if third else [])]

    def fill(tx: Transaction) -> None:
        tx.add_tasks(
            [NewTask(task_id=name, project="demo", description="gcd of zero") for name in names]
        )
        red = "tests/test_numbers.py::test_gcd_of_zero is still red"
        for number, kind in enumerate((VerdictKind.FAIL, VerdictKind.FAIL, VerdictKind.PASS), 1):
            told = "" if kind is VerdictKind.PASS else red
            tx.add_checkpoint(checkpoint(RUNNING, number, kind, told))
        tx.add_checkpoint(replace(checkpoint(OTHER, 1, VerdictKind.PASS), commit="f00f"))
        tx.update_task(RUNNING, base_commit="b0", head_commit="a0")
        tx.update_task(OTHER, base_commit="b0", head_commit="f00f", branched_from=RUNNING,
                       branched_at=1, model="some-model")  # fmt: skip
        if third:
            tx.update_task(THIRD, base_commit="b0", branched_from=RUNNING, branched_at=1)

    await store.write(fill)
    file = ChangedFile(path=path, raw_path=path, fate=FileFate.CHANGED, added=1, removed=1)
    face.changes = {"a0": [(file, FilePatch(text=PATCH))], "f00f": [(file, FilePatch(text=PATCH))]}
    return face


def there(cabin: Cabin) -> CompareScreen:
    screen = cabin.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


async def go(cabin: Cabin) -> None:
    await cabin.select(RUNNING)
    await cabin.press("W")
    await cabin.until(lambda: there(cabin)._compared, "read")


@pytest.mark.parametrize("size", [(40, 15), NARROW, WIDE], ids=["40x15", "80x24", "200x50"])
async def test_the_comparison_looks_as_it_did(size: tuple[int, int]) -> None:
    async with cockpit(await face_with_branches(third=False), size) as cabin:
        await go(cabin)
        compare(f"compare-{size[0]}x{size[1]}", cabin.text())


async def test_sides_are_turned_and_a_file_opens() -> None:
    async with cockpit(await face_with_branches(), WIDE) as cabin:
        await go(cabin)

        def sides() -> list[TaskId]:
            compared = there(cabin)._compared
            return [one.item.task_id for one in compared.found] if compared else []

        assert sides() == [RUNNING, OTHER, THIRD]

        async def turns_to(expected: list[TaskId]) -> None:
            await cabin.until(lambda: sides() == expected, "turned")

        for key, expected in (
            ("right_square_bracket", [RUNNING, THIRD, OTHER]),
            ("left_square_bracket", [RUNNING, OTHER, THIRD]),
            ("tab", [THIRD, OTHER, RUNNING]),
            ("tab", [RUNNING, OTHER, THIRD]),
        ):
            await cabin.press(key)
            await turns_to(expected)
        await cabin.press("enter")
        await cabin.until(lambda: isinstance(cabin.app.screen, ReaderScreen), "opened")
        assert "return a or b" in cabin.text()
        await cabin.press("escape")
        assert there(cabin).is_active


async def test_a_task_from_which_nothing_branched_says_how() -> None:
    face = await face_with_branches(third=False)
    store = MemoryStore(FakeClock(NOW))
    await store.write(
        lambda tx: tx.add_tasks([NewTask(task_id=RUNNING, project="demo", description="d")])
    )
    face.store = store
    async with cockpit(face, NARROW) as cabin:
        await go(cabin)
        assert "nothing branched from fix-gcd yet: y makes a task" in cabin.text()


async def test_hostile_paths_are_only_text() -> None:
    face = await face_with_branches(third=False, path="".join(ATTACKS))
    async with cockpit(face, NARROW) as cabin:
        await go(cabin)
        assert_harmless(cabin)
