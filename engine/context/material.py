"""What a turn is built from, and what comes out."""

from __future__ import annotations

from engine.context.text import approx_tokens
from engine.domain.values import dataclass
from engine.domain.work import WorkItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the session state of the last iteration says."""

    progress: str = ""
    last_output: str = ""
    next_steps: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A learned lesson that may help."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnMaterial:
    """Everything that may go into one turn."""

    item: WorkItem
    iteration: int
    """1 for the first."""
    budget: int
    """Iterations the task may use in all."""
    worktree: str
    """Absolute path of the only folder the agent works in."""
    signal: str
    """What the agent is to write when it is done."""
    blocked_form: str
    """What it is to write when only a human can go on."""
    contract: str = ""
    """What the role may and may not do, in words."""
    checks: tuple[str, ...] = ()
    """What the engine will run, one line each."""
    memory: Memory = Memory()
    evidence: str = ""
    """Of the last verdict; empty before the first."""
    notes: tuple[str, ...] = ()
    """Of the operator, oldest first."""
    knowledge: tuple[Snippet, ...] = ()
    """Most useful first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What the agent reads."""

    system: str
    """Equal in every iteration of a task, so that a model may cache it."""
    prompt: str
    memory_tokens: int
    """Share of `prompt` that carries memory from earlier iterations."""

    @property
    def tokens(self) -> int:
        """Of both parts."""
        return approx_tokens(self.system) + approx_tokens(self.prompt)
