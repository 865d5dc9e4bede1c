"""Fields of a queue file that look like slips of the pen.

What is not known is kept for whoever reads the export (see `QueueEntry.task`): nothing is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from engine.exchange.fields import READERS
from engine.exchange.json_text import read_json

_ALIKE = 0.8
_ALSO_KNOWN = frozenset({"project"})


def likely_typos(path: Path) -> list[str]:
    """A line for each unknown field of a task that is spelt nearly as a known one, in the order of
    the file.

    Raises:
        ConfigError: the file cannot be read.
    """
    raw = read_json(path)
    tasks = raw.get("tasks") if isinstance(raw, dict) else raw
    return [line for task in tasks or [] if isinstance(task, dict) for line in _lines(task)]


def _lines(task: dict[str, Any]) -> Iterator[str]:
    for field in task:
        if field in READERS or field in _ALSO_KNOWN:
            continue
        spelt = field.strip().casefold().replace("-", "_").replace(" ", "_")
        near = get_close_matches(spelt, READERS, n=1, cutoff=_ALIKE)
        if near:
            yield (
                f"task {task.get('id')!r} has a field {field!r} that is not known and is only kept;"
                f" did you mean {near[0]!r}?"
            )
