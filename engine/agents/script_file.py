"""Reading a written conversation, as docs/scripts.md has it; all faults are found before a run.

{"version": 1, "pace_s": 0.05, "model": "<name>",
 "tasks": {"<task id>": {"iterations": [{"steps": [STEP ...]}]}}}

A STEP has exactly one key: "say" or "bash" with a text, or "view", "create", "str_replace" or
"insert" with the arguments of that edit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from engine.domain.errors import ConfigError
from engine.domain.values import dataclass

T = TypeVar("T")

VERSION = 1
_HINT = "correct the file, or name another one as 'script' in .aibrain/aio.toml"


class ScriptStep(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One thing the agent says or does; exactly one field is set."""

    say: str | None = None
    bash: str | None = None
    view: dict[str, Any] | None = None
    create: dict[str, Any] | None = None
    str_replace: dict[str, Any] | None = None
    insert: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        names = [name for name in self.__struct_fields__ if getattr(self, name) is not None]
        if len(names) != 1:
            raise ValueError(
                f"a step has exactly one of {', '.join(self.__struct_fields__)}; "
                f"this one has {', '.join(names) or 'none'}"
            )

    @property
    def edit(self) -> tuple[str, Mapping[str, Any]] | None:
        """Command and arguments of an edit; None: it is none."""
        for command in ("view", "create", "str_replace", "insert"):
            arguments = getattr(self, command)
            if arguments is not None:
                return command, arguments
        return None


class _Iteration(msgspec.Struct, forbid_unknown_fields=True):
    steps: list[ScriptStep]


class _Task(msgspec.Struct, forbid_unknown_fields=True):
    iterations: Annotated[list[_Iteration], msgspec.Meta(min_length=1)]


class _Frame(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    tasks: dict[str, Any]
    pace_s: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.0
    model: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A whole written conversation."""

    path: Path
    pace_s: float
    """Pause between steps and between streamed words."""
    model: str | None
    """Whose words these are as if; at its price they are counted. None: they are not."""
    tasks: Mapping[str, tuple[tuple[ScriptStep, ...], ...]]
    """By task id: the steps of each iteration, at least one iteration."""

    def steps(self, task_id: str, iteration: int) -> tuple[ScriptStep, ...] | None:
        """The steps of an iteration, from 1; the last one repeats. None: unknown task."""
        iterations = self.tasks.get(task_id)
        if iterations is None:
            return None
        return iterations[max(0, min(iteration, len(iterations)) - 1)]


def read_script(path: Path) -> Script:
    """The script in the file `path`.

    Raises:
        ConfigError: it cannot be read or is wrong; the message names line or step.
    """
    raw = _parsed(path)
    frame = _converted(raw, _Frame, f"script {path}")
    if frame.version != VERSION:
        raise ConfigError(
            f"script {path} has version {frame.version}; known is {VERSION}", hint=_HINT
        )
    tasks = {
        task_id: _converted(task, _Task, f"script {path}, task {task_id!r}")
        for task_id, task in frame.tasks.items()
    }
    return Script(
        path=path,
        pace_s=frame.pace_s,
        model=frame.model,
        tasks={
            task_id: tuple(tuple(iteration.steps) for iteration in task.iterations)
            for task_id, task in tasks.items()
        },
    )


def _parsed(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"script {path} cannot be read: {error.strerror or error}", hint=_HINT
        ) from error
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"script {path}, line {error.lineno}, column {error.colno}: {error.msg}", hint=_HINT
        ) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"script {path} is no JSON text: {error}", hint=_HINT) from error


def _converted(raw: object, shape: type[T], where: str) -> T:
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}", hint=_HINT) from error
