"""The operator's own programs, asked before and told after what happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from engine.domain.values import dataclass


class HookPoint(StrEnum):
    """When a hook is called."""

    BEFORE_TOOL = "before-tool"
    AFTER_TOOL = "after-tool"
    BEFORE_ITERATION = "before-iteration"
    AFTER_ITERATION = "after-iteration"
    BEFORE_VERDICT = "before-verdict"
    AFTER_VERDICT = "after-verdict"
    BEFORE_MERGE = "before-merge"
    AFTER_MERGE = "after-merge"

    @property
    def may_deny(self) -> bool:
        """Whether what it is about has not happened yet."""
        return self.value.startswith("before-")


@dataclass(frozen=True, slots=True, kw_only=True)
class HookCall:
    """What a hook is told."""

    point: HookPoint
    task_id: str
    project: str
    role: str
    iteration: int
    worktree: Path | None
    """None: there is none, as for merges."""
    tool: str = ""
    """`run_command`, `read_file` or `write_file`; empty where no tool is called."""
    details: Mapping[str, object]
    """What it is about, by `tool`, `verdict` or `merge`; becomes part of the JSON document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookDenial:
    """A hook does not want it to happen, or could not say."""

    hook: str
    """Its name in the configuration."""
    reason: str
    is_broken: bool = False
    """It did not answer: it is missing, crashed or ran out of time."""


class Hooks(Protocol):
    """All configured hooks."""

    async def call(self, call: HookCall, *, tell: Callable[[str, bool], None]) -> HookDenial | None:
        """Call those that match, one after the other, until one denies. None: nothing stands
        against it; always so at points after the fact.

        `tell` hears what each has to say, and whether that is an error. Raises nothing but
        cancellation: a hook that cannot be called is a broken one.
        """
        ...


class NoHooks:
    """Nobody is asked."""

    async def call(self, call: HookCall, *, tell: Callable[[str, bool], None]) -> HookDenial | None:
        """Nothing stands against it."""
        return None
