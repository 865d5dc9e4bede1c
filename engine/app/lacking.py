"""Tasks whose backend was found unable to work: they are ready, and no run takes them before it is
mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.domain.facts import Landmark, WarningRaised
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.work import WorkItem
from engine.loop.backends_down import TAKES_NO_MORE, backend_named
from engine.ports.queue_reading import Reader
from engine.ports.queue_values import FactQuery

_NEWEST_RUN = FactQuery(landmarks=frozenset({Landmark.RUN}), is_newest_first=True, limit=1)
_NEWEST_ERRORS = FactQuery(landmarks=frozenset({Landmark.ERROR}), is_newest_first=True, limit=300)
"""So many are read for each first glance, also in a run where much goes wrong."""


def lacking(reader: Reader, items: Iterable[WorkItem], backend: str) -> Mapping[TaskId, str]:
    """What is the matter with the backends of those of `items` that are ready; `backend` is whose
    work is to be done by no other.
    """
    queued = [item for item in items if item.state is TaskState.QUEUED]
    down = _down(reader) if queued else {}
    return {
        item.task_id: down[name]
        for item in queued
        if (name := item.backend or backend) in down and not item.unmet_dependencies
    }


def _down(reader: Reader) -> Mapping[str, str]:
    """What the newest run has found out, until another one begins and tries them again."""
    runs = reader.facts(_NEWEST_RUN)
    if not runs:
        return {}
    since = replace(_NEWEST_ERRORS, after=runs[-1].seq)
    return {
        name: entry.fact.text.removeprefix(TAKES_NO_MORE)
        for entry in reader.facts(since)
        if isinstance(entry.fact, WarningRaised) and (name := backend_named(entry.fact))
    }
