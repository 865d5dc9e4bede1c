"""What an edit would change, before it is made."""

from __future__ import annotations

import difflib
from pathlib import Path

from engine.domain.errors import EngineError
from engine.sandbox import paths
from engine.sandbox.requests import Create, Demand, Insert, Replace
from engine.sandbox.textfile import read_text

_CAP = 40_000
_FOR_ALL = 0o004


def preview(worktree: Path, demand: Demand) -> str:
    """A unified diff; empty: it is no edit, cannot be made, or its file is not for all to read."""
    if not isinstance(demand, Create | Replace | Insert):
        return ""
    try:
        place = paths.locate(worktree, demand.path)
        is_there = place.real.exists()
        if is_there and not place.is_inside and not place.real.stat().st_mode & _FOR_ALL:
            return ""
        before = read_text(place.real) if is_there else ""
    except (OSError, EngineError):
        return ""
    after = _after(before, demand)
    if after is None:
        return ""
    old = f"a/{demand.path}" if is_there else "/dev/null"
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), old, f"b/{demand.path}", lineterm=""
    )
    text = "\n".join(lines)
    more = f"\n[... {len(text) - _CAP} characters not shown ...]" if len(text) > _CAP else ""
    return text[:_CAP] + more


def _after(before: str, demand: Create | Replace | Insert) -> str | None:
    match demand:
        case Create(text=text):
            return text
        case Replace(old=old, new=new):
            return before.replace(old, new) if before.count(old) == 1 else None
        case Insert(after_line=number, text=text):
            lines = before.splitlines(keepends=True)
            return "".join([*lines[:number], text.rstrip("\n") + "\n", *lines[number:]])
