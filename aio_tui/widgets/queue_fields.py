"""What the queue can be filtered by."""

from __future__ import annotations

from datetime import datetime

from aio_tui.filtering import Field, Fields, Kind
from aio_tui.wording import GROUP_WORDS, STATE_WORDS, sign_of
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.verdict import VerdictKind
from engine.domain.work import AgentRole, MergeState, TaskType, Team, WorkItem
from engine.ports.cockpit import Overview

_NOTHING = Usage()
_STATE_WORDS = tuple(
    dict.fromkeys(
        word.lower()
        for word in (
            *GROUP_WORDS.values(),
            *STATE_WORDS,
        )
    )
)

_STORED_STATES = (*TaskState, *MergeState)
"""What files and `--state` call them."""

QUEUE_FIELDS: tuple[Field, ...] = (
    Field("task"),
    Field("text"),
    Field("state", values=_STATE_WORDS, others=_STORED_STATES, is_bare=False),
    Field("team", values=tuple(team.value.lower() for team in Team), others=(), is_bare=False),
    Field("role", values=tuple(role.value.lower() for role in AgentRole), others=(), is_bare=False),
    Field("type", values=tuple(kind.value for kind in TaskType), others=(), is_bare=False),
    Field(
        "verdict",
        values=tuple(kind.value.lower() for kind in VerdictKind),
        others=(),
        is_bare=False,
    ),
    Field("error", is_bare=False),
    Field("branch", is_bare=False),
    Field("file", is_bare=False),
    Field("test", is_bare=False),
    Field("after", is_bare=False),
    Field("backend", is_bare=False),
    Field("priority", Kind.NUMBER),
    Field("iterations", Kind.NUMBER),
    Field("cost", Kind.NUMBER),
    Field("tokens", Kind.NUMBER),
    Field("age", Kind.DURATION),
)


def queue_fields(item: WorkItem, overview: Overview, now: datetime) -> Fields:
    """A task as the filter sees it. Its state is known by the word in its row, by the name of its
    group, by its own name and by how far its branch has come.
    """
    sign = sign_of(item, run=overview.run, lacks=overview.lacking.get(item.task_id, ""))
    merge = item.merge_state.value if item.merge_state else ""
    verdict = overview.last_verdicts.get(item.task_id)
    used = overview.usage_by_task.get(item.task_id, _NOTHING)
    return {
        "task": item.task_id,
        "text": item.description,
        "state": f"{item.state.value} {sign.word} {GROUP_WORDS[sign.group]} {merge}",
        "team": item.team.value,
        "role": item.role.value,
        "type": item.type.value,
        "verdict": verdict.value if verdict else "",
        "error": item.error_log,
        "branch": item.branch,
        "file": " ".join(item.files),
        "test": " ".join(item.tests),
        "after": " ".join(item.depends_on),
        "backend": item.backend or "",
        "priority": item.priority,
        "iterations": item.iteration_count,
        "cost": float(used.cost_usd),
        "tokens": used.tokens,
        "age": (now - item.updated_at).total_seconds(),
    }
