"""How many work at once, and work that is not to be cut short."""

from __future__ import annotations

import asyncio

import pytest

from engine.loop.scope import alongside, to_the_end
from engine.loop.slots import Slots


async def test_who_comes_back_from_waiting_goes_before_who_begins() -> None:
    slots = Slots(1, on_freed=lambda: None)
    slots.take()
    async with asyncio.TaskGroup() as group:
        back = group.create_task(slots.take_again())
        await asyncio.sleep(0)
        slots.free()
        assert not slots.has_room
        await back
    assert slots.taken == 1


async def test_a_cancelled_return_takes_no_slot() -> None:
    slots = Slots(1, on_freed=lambda: None)
    slots.take()
    async with asyncio.TaskGroup() as group:
        back = group.create_task(slots.take_again())
        await asyncio.sleep(0)
        slots.free()
        back.cancel()
    assert slots.taken == 0
    assert slots.has_room


async def test_more_slots_admit_those_that_come_back_at_once() -> None:
    slots = Slots(1, on_freed=lambda: None)
    slots.take()
    async with asyncio.TaskGroup() as group:
        group.create_task(slots.take_again())
        await asyncio.sleep(0)
        slots.resize(2)
    assert slots.taken == 2


async def test_work_goes_to_its_end_however_often_its_caller_is_cancelled() -> None:
    go_on, done = asyncio.Event(), []

    async def work() -> None:
        await go_on.wait()
        done.append("whole")

    async with asyncio.TaskGroup() as group:
        caller = group.create_task(to_the_end(work()))
        for _ in range(3):
            await asyncio.sleep(0)
            caller.cancel()
        await asyncio.sleep(0)
        go_on.set()
    assert done == ["whole"]
    assert caller.cancelled()


async def test_what_fails_beside_a_block_ends_it_with_its_own_error() -> None:
    async def fail() -> None:
        raise LookupError("beside")

    with pytest.raises(LookupError, match="beside"):
        async with alongside(fail(), name="failing"):
            await asyncio.Event().wait()
