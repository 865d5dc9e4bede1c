"""Which of the tasks that wait to be merged are put together next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.work import WorkItem
from engine.loop.merging_undoing import ENGINE
from engine.ports.store import Reader

_TAKEN_BACK = frozenset({MergeStep.REVERTED})


def next_batch(reader: Reader, due: Sequence[WorkItem], most: int) -> list[WorkItem]:
    """Those verified first that Ralph can judge together: at most `most`, of one type. The first in
    line is always among them, so no type waits for ever.

    The work of a batch that was taken back after landing is put together again without others, but
    by halves, then by halves of these: who is to blame is alone in the end, and each of the others
    is merged with some who are not either.
    """
    items = sorted(due, key=lambda item: _verified_at(reader, item))
    return list(islice(_fitting(reader, items), most)) if items else []


def _fitting(reader: Reader, items: Sequence[WorkItem]) -> Iterator[WorkItem]:
    first, suspected = items[0], _last_taken_back(reader, items[0])
    batch = _batch_of(suspected)
    alike = (item for item in items if item.type is first.type)
    together = (item for item in alike if _batch_of(_last_taken_back(reader, item)) == batch)
    half = None if suspected is None else max(_size_of(reader, suspected) // 2, 1)
    return islice(together, half)


def _last_taken_back(reader: Reader, item: WorkItem) -> MergeRecord | None:
    """The last merge of exactly this work that we took back by ourselves."""
    reverted = reader.merges(task_id=item.task_id, steps=_TAKEN_BACK)
    ours = [one for one in reverted if one.by == ENGINE and one.head == item.head_commit]
    return ours[-1] if ours else None


def _batch_of(record: MergeRecord | None) -> tuple[str, str] | None:
    return None if record is None else (record.was, record.tip)


def _size_of(reader: Reader, record: MergeRecord) -> int:
    """How many were in its batch."""
    reverted = reader.merges(steps=_TAKEN_BACK)
    return sum(_batch_of(one) == _batch_of(record) for one in reverted)


def _verified_at(reader: Reader, item: WorkItem) -> tuple[datetime, str]:
    points = reader.checkpoints(item.task_id)
    return (points[-1].timestamp if points else item.updated_at, item.task_id)
