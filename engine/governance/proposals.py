"""From a question to the operator to the contract entry that would answer it for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.domain.action import Action, ActionKind, Outcome
from engine.domain.errors import GuardrailError
from engine.domain.values import dataclass
from engine.domain.work import AgentRole
from engine.governance.contract import APPROVED, Contract
from engine.governance.entries import OWN_RULES, EntryType
from engine.governance.judge import judge
from engine.governance.matching_hosts import hosts_fetched
from engine.governance.matching_packages import packages_only
from engine.governance.shell_walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEdit:
    """Entries that are to be added to a role's contract."""

    role: AgentRole
    key: str
    """`allow` or `programs`."""
    entries: tuple[str, ...]

    @property
    def file_name(self) -> str:
        """The file that will hold them, in the contracts folder."""
        return f"{self.role.value}{APPROVED}"

    @property
    def text(self) -> str:
        """The lines as they will stand in the file: what the operator sees before it is saved."""
        return "\n".join((f"{self.key}:", *self.lines))

    @property
    def lines(self) -> tuple[str, ...]:
        """The entries alone, each as a line of YAML."""
        return tuple(f"  - {_quoted(entry)}" for entry in self.entries)


def proposed_rule(action: Action, *, contract: Contract, worktree: Path) -> ContractEdit:
    """The entry that would let `action` pass: its packages, hosts or program by name where that is
    enough, or else exactly this line.

    Raises:
        GuardrailError: no entry lets it pass: the engine or the contract forbids it, or the
            contract asks about it on purpose.
    """
    found = proposed_rules(action, contract=contract, worktree=worktree)
    if found:
        return found[0]
    ruling = judge(action, contract=contract, worktree=worktree)
    if ruling.outcome is Outcome.ALLOW:
        problem, hint = "it is allowed already", "answer it once"
    elif ruling.rule in OWN_RULES or contract.insists_on(ruling.rule):
        problem, hint = "the contract itself stops it", "change the contract by hand"
    else:
        problem, hint = f"rule {ruling.rule} cannot be answered for ever", "answer it once"
    raise GuardrailError(f"no contract entry lets this action pass: {problem}", hint=hint)


def proposed_rules(
    action: Action, *, contract: Contract, worktree: Path
) -> tuple[ContractEdit, ...]:
    """Every entry of that kind that would be enough, the most useful first; empty: none is, or the
    action is allowed already.
    """
    if judge(action, contract=contract, worktree=worktree).outcome is Outcome.ALLOW:
        return ()
    return tuple(
        edit
        for edit in _candidates(action, contract.role, worktree)
        if _lets_pass(edit, action, contract, worktree)
    )


def with_edit(contract: Contract, edit: ContractEdit) -> Contract:
    """The contract as it will be."""
    if edit.key == "programs":
        return replace(contract, programs=(*contract.programs, *edit.entries))
    return replace(contract, allow=(*contract.allow, *edit.entries))


def _lets_pass(edit: ContractEdit, action: Action, contract: Contract, worktree: Path) -> bool:
    ruling = judge(action, contract=with_edit(contract, edit), worktree=worktree)
    return ruling.outcome is Outcome.ALLOW


def _candidates(action: Action, role: AgentRole, worktree: Path) -> Iterator[ContractEdit]:
    if action.kind is ActionKind.RUN_COMMAND:
        steps = Walk(action.target, (worktree,), worktree).steps
        commands = [step.command for step in steps]
        packages = [name for command in commands for name in packages_only(command)]
        if packages:
            yield _allowing(role, EntryType.PACKAGE, packages)
        hosts = [host for command in commands for host in hosts_fetched(command)]
        if hosts:
            yield _allowing(role, EntryType.HOST, hosts)
        if len(commands) == 1 and commands[0].name.isprintable() and commands[0].name.strip():
            yield ContractEdit(role=role, key="programs", entries=(commands[0].name,))
    elif action.kind is ActionKind.READ_FILE:
        yield _allowing(role, EntryType.PATH, [str((worktree / action.target).resolve())])
    yield _allowing(role, EntryType.LINE, [action.target])


def _allowing(role: AgentRole, kind: EntryType, texts: list[str]) -> ContractEdit:
    entries = tuple(dict.fromkeys(f"{kind}:{text}" for text in texts))
    return ContractEdit(role=role, key="allow", entries=entries)


def _quoted(text: str) -> str:
    import yaml  # type: ignore[import-untyped]  # late: only an edit needs it

    quoted: str = yaml.safe_dump(text, default_style='"', width=10**9)
    return quoted.rstrip("\n")
