"""`aio-tui compare`: tasks of one origin side by side."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from aio_tui.cli.comparison import Cell, by_words, rows
from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, print_table, warn
from aio_tui.cli.session import engine_of
from aio_tui.cli.verdicts import verdict_document
from engine.app.comparing import contenders, family
from engine.app.engine import Engine
from engine.domain.change import ChangedFile, ChangedFiles
from engine.domain.errors import InputError, WorkspaceError
from engine.domain.ids import TaskId, parse_task_id
from engine.ports.comparison import Contender
from engine.ports.store import Reader

_MOST_CHARS = 60
"""Of a cell; --json has all of it."""


async def compare(args: argparse.Namespace) -> Exit:
    """Hold tasks against each other: those that are named, or all of one's origin."""
    asked = [parse_task_id(name) for name in args.task_ids]

    def look(reader: Reader) -> list[Contender]:
        return contenders(reader, asked if len(asked) > 1 else _relatives(reader, asked[0]))

    async with engine_of(args) as engine:
        found = await engine.read(look)
        changes = [await _changed(engine, one.item.base_commit, one) for one in found]
        ends = [await _changed(engine, found[0].item.head_commit, one) for one in found[1:]]
        if args.json:
            print_json(_document(found, changes, ends))
            return Exit.DONE
        header = ["", *(one.item.task_id for one in found)]
        told = rows(found, changes)
        print_table(header, [(row.name, *map(_short, row.cells)) for row in told])
        for one, between in zip(found[1:], ends, strict=True):
            print_lines(_between(found[0], one, between))
            if args.diff and between is not None:
                for file in between.files:
                    patch = await engine.patch(between.base, between.head, file)
                    print_lines(patch.text.split("\n"))
    return Exit.DONE


def _relatives(reader: Reader, task_id: TaskId) -> list[TaskId]:
    found = family(reader, task_id)
    if len(found) == 1:
        raise InputError(
            f"nothing branched from task {task_id!r}",
            hint=f"name another task too, or make one: 'aio-tui branch {task_id}'",
        )
    return found


async def _changed(engine: Engine, base: str | None, one: Contender) -> ChangedFiles | None:
    """What the task's head changes of `base`; None: there is nothing to compare, or it is gone."""
    head = one.item.head_commit
    if base is None or head is None:
        return None
    try:
        return await engine.changed_files(base, head)
    except WorkspaceError as error:
        warn(f"{one.item.task_id}: {error}")
        return None


def _between(first: Contender, other: Contender, between: ChangedFiles | None) -> list[str]:
    names = f"{first.item.task_id} -> {other.item.task_id}"
    if between is None:
        return ["", f"{names}: there is nothing to compare"]
    if not between.files:
        return ["", f"{names}: no file differs"]
    more = [f"  and {between.left_out} more"] if between.left_out else []
    told = [f"  {file.fate.value:<8} {file.path}  {_lines(file)}" for file in between.files]
    return ["", f"{names}: what differs at the two ends", *told, *more]


def _short(cell: Cell) -> str:
    words = " ".join(cell.text.split())
    return words if len(words) <= _MOST_CHARS else f"{words[: _MOST_CHARS - 1]}…"


def _lines(file: ChangedFile) -> str:
    return "binary" if file.added is None else f"+{file.added} -{file.removed}"


def _document(
    found: Sequence[Contender],
    changes: Sequence[ChangedFiles | None],
    ends: Sequence[ChangedFiles | None],
) -> dict[str, object]:
    return {
        "tasks": [_task(one, change) for one, change in zip(found, changes, strict=True)],
        "differences": [
            {"from": found[0].item.task_id, "to": one.item.task_id, "files": _files(between)}
            for one, between in zip(found[1:], ends, strict=True)
        ],
    }


def _task(one: Contender, change: ChangedFiles | None) -> dict[str, object]:
    item = one.item
    return {
        "task_id": item.task_id,
        "state": item.state,
        "branched_from": item.branched_from,
        "branched_at": item.branched_at,
        "by": by_words(one),
        "model": item.model,
        "commit": item.head_commit,
        "iterations": len(one.points),
        "iterations_since_they_part": len(one.after),
        "verdicts": [point.verdict.kind for point in one.points],
        "last_verdict": verdict_document(one.last.verdict) if one.last is not None else None,
        "cost_usd": one.usage.cost_usd,
        "tokens": one.usage.tokens,
        "work_s": round(one.work_s, 3),
        "changed_files": _files(change),
    }


def _files(changed: ChangedFiles | None) -> list[dict[str, object]] | None:
    if changed is None:
        return None
    return [
        {"path": file.path, "fate": file.fate, "added": file.added, "removed": file.removed}
        for file in changed.files
    ]
