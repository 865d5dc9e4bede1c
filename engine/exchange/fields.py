"""What each field of a task may hold in a queue file, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

from engine.domain.errors import InputError
from engine.domain.ids import parse_task_id
from engine.domain.state import SEED_STATUS, TaskState
from engine.domain.work import BRANCH_RULE, AgentRole, TaskType, is_task_branch

T = TypeVar("T")

_PRIORITY_WORDS: Mapping[str, int] = {"critical": 0, "high": 2, "medium": 5, "low": 8}
_TYPE_WORDS: Mapping[str, TaskType] = {
    "bug": TaskType.BUGFIX,
    "bugfix": TaskType.BUGFIX,
    "fix": TaskType.BUGFIX,
    "defect": TaskType.BUGFIX,
    "hotfix": TaskType.BUGFIX,
    "codequality": TaskType.CODE_QUALITY,
    "quality": TaskType.CODE_QUALITY,
    "lint": TaskType.CODE_QUALITY,
    "refactor": TaskType.CODE_QUALITY,
    "testfix": TaskType.TEST_FIX,
    "fixtest": TaskType.TEST_FIX,
    "fixtests": TaskType.TEST_FIX,
    "testfixer": TaskType.TEST_FIX,
    "feature": TaskType.FEATURE,
    "feat": TaskType.FEATURE,
    "test": TaskType.TEST,
    "tests": TaskType.TEST,
    "testwriter": TaskType.TEST,
}
_ROLE_WORDS: Mapping[str, AgentRole] = {
    spelling: role
    for role in AgentRole
    for spelling in (role.value.casefold(), f"{role.value.casefold()}agent")
}
_STATUS_WORDS: Mapping[str, str] = {
    **{word.replace("_", ""): word for word in SEED_STATUS.values()},
    "todo": "pending",
    "open": "pending",
    "queued": "pending",
    "done": "completed",
    "complete": "completed",
    "canceled": "cancelled",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LARGEST_VALUE_USD = 1e12


class RefusedError(Exception):
    """The value is not acceptable; the message says what would be."""


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise RefusedError("a text that is not empty")
    return raw


def _word(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip() or len(raw) > 200 or _CONTROL.search(raw):
        raise RefusedError("a word of up to 200 characters")
    return raw


def _id(raw: Any) -> str:
    try:
        return parse_task_id(raw if isinstance(raw, str) else "")
    except InputError as error:
        raise RefusedError(error.hint.removeprefix("use ")) from None


def _ids(raw: Any) -> tuple[str, ...]:
    names = [raw] if isinstance(raw, str) else raw
    if not isinstance(names, list):
        raise RefusedError("a task id or a list of task ids")
    return tuple(dict.fromkeys(_id(name) for name in names))


def _chosen(raw: Any, words: Mapping[str, T], known: str) -> T:
    folded = re.sub(r"[\s_-]", "", raw).casefold() if isinstance(raw, str) else ""
    if folded not in words:
        raise RefusedError(known)
    return words[folded]


def _type(raw: Any) -> TaskType:
    return _chosen(raw, _TYPE_WORDS, f"one of {', '.join(TaskType)}")


def _role(raw: Any) -> AgentRole:
    return _chosen(raw, _ROLE_WORDS, f"one of {', '.join(AgentRole)}")


def _status(raw: Any) -> str:
    return _chosen(raw, _STATUS_WORDS, f"one of {', '.join(sorted(set(SEED_STATUS.values())))}")


def _state(raw: Any) -> TaskState:
    try:
        return TaskState(raw)
    except ValueError:
        raise RefusedError(f"one of {', '.join(TaskState)}") from None


def _priority(raw: Any) -> int:
    if isinstance(raw, str):
        folded = raw.strip().casefold()
        if folded in _PRIORITY_WORDS:
            return _PRIORITY_WORDS[folded]
        if match := re.fullmatch(r"p?([0-9])", folded, re.ASCII):
            return int(match[1])
    elif isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= 9:
        return raw
    raise RefusedError("0 (most urgent) to 9, P0 to P9, critical, high, medium or low")


def _branch(raw: Any) -> str:
    if not isinstance(raw, str) or not is_task_branch(raw):
        raise RefusedError(BRANCH_RULE)
    return raw


def _paths(raw: Any) -> tuple[str, ...]:
    names = [raw] if isinstance(raw, str) else raw
    if not isinstance(names, list) or not all(map(_is_inside, names)):
        raise RefusedError("paths relative to the repository, a text or a list of texts")
    return tuple(dict.fromkeys(names))


def _is_inside(name: Any) -> bool:
    if not isinstance(name, str) or not name or len(name) > 4096 or _CONTROL.search(name):
        return False
    path = name.split("::")[0]
    return not path.startswith(("/", "-", "~")) and ".." not in path.split("/")


def _iterations(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= 1000:
        raise RefusedError("a whole number from 1 to 1000")
    return raw


def _dollars(raw: Any) -> float:
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    if not is_number or not 0 <= raw <= _LARGEST_VALUE_USD:
        raise RefusedError("US dollars, 0 or more")
    return float(raw)


def _object(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise RefusedError("an object")
    return raw


def _progress(raw: Any) -> dict[str, Any]:
    progress = _object(raw)
    if any(isinstance(value, list | dict) for value in progress.values()):
        raise RefusedError("an object of plain values")
    return progress


READERS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "id": _id,
        "description": _text,
        "type": _type,
        "status": _status,
        "state": _state,
        "agent": _role,
        "branch": _branch,
        "priority": _priority,
        "depends_on": _ids,
        "file": _paths,
        "files": _paths,
        "tests": _paths,
        "backend": _word,
        "max_iterations": _iterations,
        "complexity": _word,
        "estimated_value_usd": _dollars,
        "progress": _progress,
        "metadata": _object,
    }
)
"""Every field that is understood, in the order in which it is written."""

REQUIRED: Final = ("id", "description")
"""Fields that no task can do without; null means absent for the others."""
