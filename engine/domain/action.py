"""What an agent wants to do, and what the guardrails say of it."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from engine.domain.values import dataclass


class ActionKind(StrEnum):
    """What sort of effect is asked for."""

    RUN_COMMAND = "run_command"
    READ_FILE = "read_file"
    WRITE_FILE = "write_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing an agent wants to do, before it happens."""

    kind: ActionKind
    target: str
    """The shell command, or the path as the agent wrote it."""
    detail: str = ""
    """What would be written: new text or diff. Empty for commands and reads."""

    @property
    def fingerprint(self) -> str:
        """Equal exactly for the same action; answers are bound to it."""
        text = "\0".join((self.kind.value, self.target, self.detail))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Outcome(StrEnum):
    """What a guardrail says."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Severity(StrEnum):
    """How bad it would be if it went wrong."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The guardrails' word on one action."""

    outcome: Outcome
    rule: str
    """Short stable name of the rule that decided, such as `git-history`."""
    effect: str
    """What the action would do, in one line."""
    confidence: float
    """From 0 to 1: how sure the parser is that it saw everything."""
    why: str
    """One line for the operator."""
    severity: Severity = Severity.LOW
    is_by_contract: bool = False
    """It is allowed, and would not be without an entry of the contract."""
