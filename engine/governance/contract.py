"""What one agent role may do on its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from engine.domain.errors import GuardrailError
from engine.domain.values import dataclass
from engine.domain.work import AgentRole
from engine.governance.entries import Entries, EntryError, EntryType, entries_of


class AutonomyLevel(StrEnum):
    """How far an agent goes without a human."""

    L0_5 = "L0.5"
    """A human approves every write."""
    L1 = "L1"
    """A human approves merges and risky actions."""
    L2 = "L2"
    """Autonomous inside the contract."""


APPROVED = ".approved.yaml"
"""End of the name of files that hold what the operator approved for ever; a role may have one
beside its own.
"""
_STRICTEST_FIRST = tuple(AutonomyLevel)
N = TypeVar("N", int, float, Decimal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one task may use and change; None: no limit by contract."""

    cost_usd: Decimal | None = None
    minutes: float | None = None
    """Of work, over all iterations."""
    changed_lines: int | None = None
    """Added and removed lines of the whole change; a PASS above it is BLOCKED."""
    changed_files: int | None = None
    """As `changed_lines`."""

    @property
    def bounds_change(self) -> bool:
        """Whether it says how large a change may be."""
        return self.changed_lines is not None or self.changed_files is not None

    def tightened(self, other: Limits) -> Limits:
        """The lower of each."""
        return Limits(
            cost_usd=lower(self.cost_usd, other.cost_usd),
            minutes=lower(self.minutes, other.minutes),
            changed_lines=lower(self.changed_lines, other.changed_lines),
            changed_files=lower(self.changed_files, other.changed_files),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The rules of one role, as they are applied.

    Entries of `allow`, `ask` and `deny` are as in `engine.governance.entries`. The most restrictive
    entry that fits wins. Nothing here loosens what the engine itself denies.

    Raises:
        GuardrailError: an entry cannot be understood.
    """

    role: AgentRole
    autonomy: AutonomyLevel = AutonomyLevel.L1
    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    """Globs of paths, relative to the worktree, whose change is asked about like `.git`."""
    programs: tuple[str, ...] = ()
    """Further programs, by name or absolute path, that may run."""
    limits: Limits = field(default_factory=Limits)
    sources: tuple[str, ...] = ()
    """Names of the files and built-in contracts it was made of."""

    def __post_init__(self) -> None:
        try:
            for entries in (self.allow, self.ask, self.deny):
                entries_of(entries)
        except EntryError as error:
            raise GuardrailError(
                f"contract of {self.role}: {error}", hint="correct the entry"
            ) from error

    def knows_program(self, name: str) -> bool:
        """Whether `name` was named as a program that may run."""
        return name in self.programs

    @property
    def allowed(self) -> Entries:
        """What happens without a question."""
        return entries_of(self.allow)

    @property
    def asked(self) -> Entries:
        """What is asked about though the rules would allow it."""
        return entries_of(self.ask)

    @property
    def denied(self) -> Entries:
        """What is forbidden."""
        return entries_of(self.deny)

    @property
    def allowed_rules(self) -> frozenset[str]:
        """Rules whose questions are answered with yes."""
        return frozenset(self.allowed.of(EntryType.RULE))

    @property
    def asked_rules(self) -> frozenset[str]:
        """Rules that ask even where they would allow."""
        return frozenset(self.asked.of(EntryType.RULE))

    @property
    def denied_rules(self) -> frozenset[str]:
        """Rules that deny where they would ask or allow."""
        return frozenset(self.denied.of(EntryType.RULE))

    def insists_on(self, rule: str) -> bool:
        """Whether the contract itself asks about or denies what this rule finds; then no entry
        that allows answers it.
        """
        return self.asked.has(EntryType.RULE, rule) or self.denied.has(EntryType.RULE, rule)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Network hosts that may be reached without a question; none where `host:*` is denied."""
        return () if self.denied.has(EntryType.HOST, "*") else self.allowed.of(EntryType.HOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one file says; several make a contract. What it does not say, it leaves to others."""

    source: str
    """Name of the file or built-in contract."""
    role: AgentRole | None = None
    """None: all roles."""
    project: str | None = None
    """None: all projects."""
    is_base: bool = False
    """It holds only where others extend it."""
    autonomy: AutonomyLevel | None = None
    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    extends: tuple[Layer, ...] = ()
    """All that it extends, each once, also by way of others; these extend nothing themselves."""

    def concerns(self, role: AgentRole, project: str | None) -> bool:
        """Whether it holds for this role's tasks of this project."""
        is_role = self.role in (None, role)
        return not self.is_base and is_role and self.project in (None, project)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """The contracts in force."""

    layers: tuple[Layer, ...]
    """At least one for each role."""
    digest: str = ""
    """SHA-256 over the files they were read from; empty: none were."""

    def for_role(self, role: AgentRole, project: str | None = None) -> Contract:
        """The contract for tasks of `role` in `project`: all layers that concern them."""
        return _contract(self, role, project)

    def of_role(self, role: AgentRole) -> Layer | None:
        """The layer of the role alone."""
        return next((x for x in self.layers if x.role is role and x.project is None), None)

    def plus(self, *layers: Layer) -> Contracts:
        """These and further layers."""
        return Contracts(layers=(*self.layers, *layers), digest=self.digest)


def contract_of(role: AgentRole, layers: Iterable[Layer]) -> Contract:
    """The layers joined: lists add up, of levels and limits the stricter holds."""
    parts = tuple(part for layer in layers for part in (*layer.extends, layer))
    levels = [part.autonomy for part in parts if part.autonomy is not None]
    limits = Limits()
    for part in parts:
        limits = limits.tightened(part.limits)
    return Contract(
        role=role,
        autonomy=min(levels, key=_STRICTEST_FIRST.index, default=AutonomyLevel.L1),
        allow=_joined(part.allow for part in parts),
        ask=_joined(part.ask for part in parts),
        deny=_joined(part.deny for part in parts),
        protected=_joined(part.protected for part in parts),
        programs=_joined(part.programs for part in parts),
        limits=limits,
        sources=_joined((part.source,) for part in parts),
    )


@lru_cache(maxsize=64)
def _contract(contracts: Contracts, role: AgentRole, project: str | None) -> Contract:
    return contract_of(role, (x for x in contracts.layers if x.concerns(role, project)))


def _joined(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry for entries in lists for entry in entries))


def lower(one: N | None, other: N | None) -> N | None:
    """The lower limit; None is none."""
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)
