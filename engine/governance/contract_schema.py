"""The shape of a contract file, and what each key means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from engine.domain.work import AgentRole
from engine.governance.contract import AutonomyLevel

Amount = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]


class LimitsTable(Struct, forbid_unknown_fields=True):
    """The key `limits`."""

    cost_usd: Amount | None = None
    minutes: Amount | None = None
    changed_lines: Count | None = None
    changed_files: Count | None = None


class ContractTable(Struct, forbid_unknown_fields=True):
    """A whole file."""

    role: AgentRole | None = None
    project: str | None = None
    base: bool = False
    extends: str | list[str] | None = None
    autonomy: AutonomyLevel | None = None
    allow: list[str] = []
    ask: list[str] = []
    deny: list[str] = []
    protected: list[str] = []
    programs: list[str] = []
    limits: LimitsTable | None = None


KEYS: Mapping[str, str] = {
    "role": "the role it is for: " + ", ".join(AgentRole) + "; without it, every role",
    "project": "the project it is for; without it, every project",
    "base": "true: it holds only where another file extends it",
    "extends": "name, or list of names, of what it adds to: a file of the folder without its "
    "ending, or a built-in contract",
    "autonomy": "L0.5: every write waits for the operator. L1: risky actions and merges wait. "
    "L2: as L1, and what has passed is merged by itself",
    "allow": "entries: what happens without a question, though a rule would ask",
    "ask": "entries: what the operator is asked about, though the rules would allow it",
    "deny": "entries: what is refused without a question",
    "protected": "globs of paths, relative to the worktree, whose change is asked about like "
    "that of `.git` and `.aibrain`",
    "programs": "further programs that may run, by name or absolute path",
    "limits": "what one task may use and change at most; see below",
}
LIMIT_KEYS: Mapping[str, str] = {
    "cost_usd": "money: no further iteration begins and no model is called once it is spent",
    "minutes": "time of work over all iterations: no further one begins after it",
    "changed_lines": "added and removed lines of the whole change: a PASS above it becomes "
    "BLOCKED, and you decide",
    "changed_files": "files of the whole change, as `changed_lines`",
}
