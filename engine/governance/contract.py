"""What one agent role may do on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.domain.work import AgentRole
from engine.governance.rules import RULES

RULE_MARK = "rule:"


class AutonomyLevel(StrEnum):
    """How far an agent goes without a human."""

    L0_5 = "L0.5"
    """A human approves every write."""
    L1 = "L1"
    """A human approves merges and risky actions."""
    L2 = "L2"
    """Autonomous inside the contract."""


_LEVELS_IN_WORDS = {
    AutonomyLevel.L0_5: "Every write, also inside the worktree, waits for the operator's approval.",
    AutonomyLevel.L1: "You work alone inside the worktree; risky actions wait for the operator.",
    AutonomyLevel.L2: "You work alone inside the worktree and within this contract.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The rules of one role.

    An entry of `allow`, `ask` and `deny` is either the beginning of a command, word by word, such
    as `npm run build`, or `rule:NAME` for everything a rule stops. The most restrictive entry
    wins. Nothing here loosens what the engine itself denies.
    """

    role: AgentRole
    autonomy: AutonomyLevel = AutonomyLevel.L1
    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    """Globs of paths, relative to the worktree, that are asked about like `.git`."""
    programs: tuple[str, ...] = ()
    """Further programs, by name or absolute path, that may run."""

    def knows_program(self, name: str) -> bool:
        """Whether `name` was named as a program that may run."""
        return name in self.programs

    def allows(self, words: tuple[str, ...]) -> bool:
        """Whether a command of these words is on the list of allowed ones."""
        return _matches(self.allow, words)

    def asks(self, words: tuple[str, ...]) -> bool:
        """Whether a command of these words is to be asked about."""
        return _matches(self.ask, words)

    def denies(self, words: tuple[str, ...]) -> bool:
        """Whether a command of these words is forbidden."""
        return _matches(self.deny, words)

    @property
    def allowed_rules(self) -> frozenset[str]:
        """Rules whose questions are answered with yes."""
        return _rules(self.allow)

    @property
    def asked_rules(self) -> frozenset[str]:
        """Rules that ask even where they would allow."""
        return _rules(self.ask)

    @property
    def denied_rules(self) -> frozenset[str]:
        """Rules that deny where they would ask or allow."""
        return _rules(self.deny)

    def in_words(self) -> str:
        """A few lines for the agent's instructions."""
        lines = [
            f"Autonomy level {self.autonomy.value}. {_LEVELS_IN_WORDS[self.autonomy]}",
            "You may read and change files inside the worktree, run its tests, checkers and "
            "scripts, and commit.",
            "The operator is asked about: paths outside the worktree, `.git` and `.aibrain`, the "
            "network, package installs, rewriting git history, other branches, pushing, secrets, "
            "other processes, privileges, unknown programs, and commands that hide what they do.",
            "Write plain commands: what cannot be understood waits for the operator.",
        ]
        named = (
            ("Allowed besides", self.allow),
            ("Programs allowed besides", self.programs),
            ("Asked about besides", self.ask),
            ("Protected paths", self.protected),
            ("Refused", self.deny),
        )
        lines += [f"{title}: {', '.join(entries)}." for title, entries in named if entries]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """The contracts in force, one for every role."""

    by_role: Mapping[AgentRole, Contract]

    def for_role(self, role: AgentRole) -> Contract:
        """The contract of `role`."""
        return self.by_role[role]


def default_contracts() -> Contracts:
    """What holds for roles without a file."""
    return Contracts(by_role={role: Contract(role=role) for role in AgentRole})


def is_known_entry(entry: str) -> bool:
    """Whether an entry is a command or names a rule that exists."""
    if entry.startswith(RULE_MARK):
        return entry.removeprefix(RULE_MARK) in RULES
    return bool(entry.split())


def _matches(entries: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return any(
        words[: len(prefix)] == tuple(prefix)
        for prefix in (entry.split() for entry in entries if not entry.startswith(RULE_MARK))
    )


def _rules(entries: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        entry.removeprefix(RULE_MARK) for entry in entries if entry.startswith(RULE_MARK)
    )
