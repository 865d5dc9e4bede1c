"""What can be taken back, and until when, is said of as many orders as there were."""

from __future__ import annotations

import pytest

from aio_tui.outcomes import settle
from engine.domain.ids import TaskId
from engine.domain.orders import MergeTask, Order
from tests.support.merge_scene import merge_face


@pytest.mark.parametrize(
    ("number", "is_one_go", "told"),
    [
        (1, True, "(z takes it back until its merge begins)"),
        (3, True, "(z takes all 3 back until their merges begin)"),
        (3, False, "(z takes back the last of 3 until its merge begins)"),
    ],
)
async def test_merges_of_one_go_are_taken_back_together(
    number: int, is_one_go: bool, told: str
) -> None:
    orders: list[Order] = [
        MergeTask(task_id=TaskId(f"t{each}"), together="go" if is_one_go else "")
        for each in range(number)
    ]
    line = await settle(orders, merge_face(), by="kim", asked=())
    assert line.text.endswith(told)
