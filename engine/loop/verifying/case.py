"""What is to be judged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from engine.domain.work import TaskType


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One commit over another, and what was wanted."""

    base: str
    """Commit."""
    head: str
    """Commit."""
    base_tree: str
    head_tree: str
    task_type: TaskType
    targets: tuple[str, ...]
    scope: tuple[str, ...]
    needs_effect: bool
    signature: str
    """Of the checks, of what they run on, and of the rules."""

    @property
    def key(self) -> str:
        """Equal for cases that cannot end differently: commits with the same trees count as one."""
        facts = (
            *(self.base_tree, self.head_tree, self.task_type.value),
            *(sorted(self.targets), sorted(self.scope), self.needs_effect, self.signature),
        )
        return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:40]
