"""Contracts as an operator looks at them: are they sound, and what would they say?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.app.secrecy import contracts_in_force
from engine.app.standing_in import judged_elsewhere
from engine.checks.environment import find_python
from engine.domain.action import Action, ActionKind, Ruling
from engine.domain.containment import Containment
from engine.domain.errors import GuardrailError, InputError
from engine.domain.settings import Settings
from engine.domain.values import dataclass
from engine.domain.work import AgentRole
from engine.governance.contract import Contract, Contracts
from engine.governance.contract_file import parse_file
from engine.governance.contract_folder import contract_paths, load_contracts, read_file
from engine.governance.contract_words import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractState:
    """One file, or all together, and what is wrong."""

    name: str
    problem: str = ""
    """Empty: it is sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView:
    """The contract in force for a role in a project."""

    role: str
    project: str
    level: str
    sources: tuple[str, ...]
    allow: tuple[str, ...]
    ask: tuple[str, ...]
    deny: tuple[str, ...]
    protected: tuple[str, ...]
    programs: tuple[str, ...]
    limits: dict[str, float | int | None]
    words: str
    """As the agent is told."""


class Policies:
    """The contracts of one repository.

    Args:
        settings: of the repository.
        contracts: those in force.
    """

    def __init__(self, settings: Settings, contracts: Contracts) -> None:
        self._settings = settings
        self._contracts = contracts
        self._python = find_python(settings, settings.repo)

    def view(self, role: AgentRole) -> ContractView:
        """What holds for the role's tasks."""
        contract = self._contracts.for_role(role, self._settings.project)
        limits = contract.limits
        return ContractView(
            role=role.value,
            project=self._settings.project,
            level=contract.autonomy.value,
            sources=contract.sources,
            allow=contract.allow,
            ask=contract.ask,
            deny=contract.deny,
            protected=contract.protected,
            programs=contract.programs,
            limits={
                "cost_usd": None if limits.cost_usd is None else float(limits.cost_usd),
                "minutes": limits.minutes,
                "changed_lines": limits.changed_lines,
                "changed_files": limits.changed_files,
            },
            words=in_words(contract),
        )

    def explainer(
        self, role: AgentRole, project: str | None = None, *, is_sandboxed: bool = False
    ) -> Callable[[Action], Ruling]:
        """Judges as the guardrails would in a worktree of the repository, of which the operator's
        checkout is no part; for many actions.
        """
        from engine.governance.judge import judge  # late: the parser loads with the first action

        contract = self.contract(role, project)
        worktree = self._settings.repo

        def explain(action: Action) -> Ruling:
            return judge(action, contract=contract, worktree=worktree, is_sandboxed=is_sandboxed)

        return judged_elsewhere(explain, worktree)

    def containment(self) -> Containment:
        """What would hold the commands here. Blocks for some milliseconds: it is tried.

        Raises:
            GuardrailError: less than the configuration asks for.
        """
        from engine.sandbox.confinement import find_walls  # late: it starts programs

        return find_walls(self._settings.sandbox).containment

    def contract(self, role: AgentRole, project: str | None = None) -> Contract:
        """As a run applies it: the target's own interpreter may be named by its whole path."""
        contract = self._contracts.for_role(role, project or self._settings.project)
        return replace(contract, programs=(*contract.programs, self._python))


def policies_of(settings: Settings) -> Policies:
    """The contracts in force.

    Raises:
        GuardrailError: one cannot be read or trusted.
    """
    return Policies(settings, contracts_in_force(settings))


def folder_of(settings: Settings) -> Path:
    """Where contracts are."""
    return settings.brain / "contracts"


def parse_role(text: str) -> AgentRole:
    """The role of this name, whatever its capitals.

    Raises:
        InputError: there is none.
    """
    for role in AgentRole:
        if role.value.lower() == text.strip().lower():
            return role
    raise InputError(f"role {text!r} is unknown", hint=f"use one of {', '.join(AgentRole)}")


def command(text: str) -> Action:
    """A command as an agent would run it."""
    return Action(kind=ActionKind.RUN_COMMAND, target=text)


def check(settings: Settings, files: tuple[Path, ...] = ()) -> list[ContractState]:
    """Each file with what is wrong with it, then whether they fit together. `files`: only these,
    each for itself.
    """
    if files:
        return [_state(path) for path in files]
    folder = folder_of(settings)
    try:
        paths = contract_paths(folder)
    except GuardrailError as error:
        return [ContractState(name=folder.name, problem=str(error))]
    states = [_state(path) for path in paths]
    if not any(state.problem for state in states):
        states += _together(folder)
    return states


def _together(folder: Path) -> list[ContractState]:
    try:
        load_contracts(folder)
    except GuardrailError as error:
        return [ContractState(name=folder.name, problem=str(error))]
    return []


def _state(path: Path) -> ContractState:
    try:
        parse_file(read_file(path), path)
    except GuardrailError as error:
        return ContractState(name=path.name, problem=str(error))
    return ContractState(name=path.name)
