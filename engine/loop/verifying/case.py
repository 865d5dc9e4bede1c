"""What is to be judged."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from engine.domain.values import dataclass
from engine.domain.work import TaskType


class Stage(StrEnum):
    """How far the work has come that is judged, and with it what need not be asked again."""

    WORK = "work"
    """Of an agent: its target tests run first, for they may well be red."""
    BATCH = "batch"
    """Branches that passed each by itself: everything runs at once. What the checks say of a batch
    that passes is the baseline of all that is put on top of it.
    """
    LANDED = "landed"
    """Exactly what passed as a batch: only what the checks say now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One commit over another, and what was wanted."""

    base: str
    """Commit."""
    head: str
    """Commit."""
    task_type: TaskType
    targets: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    needs_effect: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question with all that its answer depends on."""

    question: Question
    base_tree: str
    head_tree: str
    signature: str
    """Of the checks, of what they run on, and of the rules."""

    @property
    def key(self) -> str:
        """Equal for cases that cannot end differently: commits with the same trees count as one."""
        asked = self.question
        facts = (
            *(self.base_tree, self.head_tree, asked.task_type.value, self.signature),
            *(sorted(asked.targets), sorted(asked.scope), asked.needs_effect),
        )
        return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:40]
