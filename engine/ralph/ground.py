"""What a rule says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.domain.values import dataclass
from engine.domain.verdict import Reason
from engine.ralph.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason, and whether a human has to move it."""

    reason: Reason
    next_step: str = ""
    """Empty: the agent may try again. Otherwise the verdict is BLOCKED."""


Rule = Callable[[Evidence], Iterator[Ground]]
"""A rule yields what it objects to; nothing: it does not."""
