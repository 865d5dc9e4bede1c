"""Puts an engine together: the only place that knows which adapter serves which port."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.app.confining import Confinement
from engine.app.scratch import Scratch
from engine.app.secrecy import layers_of, redactor_of
from engine.app.signature import signature
from engine.app.system import RandomIds
from engine.app.trail import AuditTrail
from engine.audit.decision_log import DecisionLog
from engine.checks.build import build_checkers
from engine.checks.environment import find_python, worktree_environment
from engine.config import missing_price
from engine.domain.errors import AgentError, ConfigError
from engine.domain.facts import WarningRaised
from engine.domain.settings import SCRIPTED, Settings
from engine.domain.values import dataclass
from engine.domain.work import ROLE_OF_TYPE, WorkItem
from engine.hooks.programs import ProgramHooks
from engine.loop.answers import Answers
from engine.loop.automatic import Automatic
from engine.loop.contracts_in_force import ContractsInForce
from engine.loop.merge_policy import merge_state_of
from engine.loop.permits import GateServices
from engine.loop.services import LoopServices
from engine.loop.slots import Slots
from engine.loop.verification import Verifier
from engine.loop.verifying.seal import Seal
from engine.ports.agent import Agent
from engine.ports.clock import Clock, Ids
from engine.ports.hooks import Hooks
from engine.ports.secrecy import Secrecy, unchanged
from engine.ports.store import Store
from engine.sandbox.runner import SubprocessRunner
from engine.wiggum.signals import signal_of
from engine.workspace.git import GitWorkspace

if TYPE_CHECKING:
    from engine.agents.anthropic_agent import AnthropicAgent

BACKENDS = ("anthropic", "fixer", SCRIPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an engine is made of."""

    settings: Settings
    store: Store
    clock: Clock
    ids: Ids
    decisions: AuditTrail
    runner: SubprocessRunner
    confinement: Confinement
    workspace: GitWorkspace
    verifier: Verifier
    hooks: Hooks
    scratch: Scratch
    secrecy: Secrecy

    def close(self) -> None:
        """End what the parts keep running and remove what they keep for themselves."""
        self.runner.close()
        self.scratch.close()


def build_parts(
    settings: Settings, store: Store, clock: Clock, secrecy: Secrecy | None = None
) -> Parts:
    """The parts that need no contracts and no agents: enough to look, judge and answer. Without
    `secrecy` nothing is sealed or opened.

    Raises:
        ConfigError: a pattern of the configuration cannot be used.
    """
    if secrecy is None:
        secrecy = Secrecy(redact=redactor_of(settings))
    state = settings.state
    scratch = Scratch(settings.repo)
    runner = SubprocessRunner(state / "home", scratch.path, marker_root=state)
    confinement = Confinement(settings, runner, scratch=scratch.path, private=_own_state())
    workspace = GitWorkspace(settings, runner)
    return Parts(
        settings=settings,
        store=store,
        clock=clock,
        ids=RandomIds(),
        decisions=AuditTrail(
            decision_log(settings),
            secrecy,
        ),
        runner=runner,
        confinement=confinement,
        workspace=workspace,
        verifier=Verifier(
            workspace=workspace,
            checkers_in=partial(build_checkers, settings, confinement.checks, scratch=scratch.path),
            signature=partial(signature, settings),
            state=state,
            clock=clock,
            redact=secrecy.redact,
            seal=Seal.of_operator(_own_state(), secrecy.codec),
        ),
        hooks=ProgramHooks(settings.hooks, runner, settings.repo, redact=secrecy.redact),
        scratch=scratch,
        secrecy=secrecy,
    )


def decision_log(settings: Settings) -> DecisionLog:
    """The log of a repository, with its witness in the operator's own state folder."""
    return DecisionLog(settings.brain / "decisions", witness=_own_state() / "decisions")


def _own_state() -> Path:
    """The operator's own folder for what programs keep, which no check is told of. Who has no home
    gets a path that cannot be made.
    """
    try:
        home = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser()
    except RuntimeError:
        home = Path(os.devnull)
    return home / "aio-tui"


def build_services(
    parts: Parts, backends: Backends, *, answers: Answers, slots: Slots
) -> LoopServices:
    """What iterations need.

    Raises:
        GuardrailError: a contract cannot be read; nothing may run.
    """
    python = find_python(parts.settings, parts.settings.repo)
    contracts = ContractsInForce(
        parts.settings.brain / "contracts",
        project=parts.settings.project,
        programs=(python,),
        also=layers_of(parts.settings),
        record=parts.decisions.record,
        warn=partial(_warn, parts.store),
        clock=parts.clock,
    )
    return LoopServices(
        settings=parts.settings,
        store=parts.store,
        workspace=parts.workspace,
        verifier=parts.verifier,
        confined=lambda worktree, hosts: parts.confinement.for_agent(
            worktree, parts.workspace, hosts
        ),
        containment=parts.confinement.containment,
        unheld=parts.runner,
        agent_for=backends.agent_for,
        contracts=contracts,
        tool_env=partial(worktree_environment, python, parts.settings.repo),
        secrecy=parts.secrecy,
        decisions=parts.decisions,
        automatic=Automatic(parts.decisions, parts.clock),
        gate=GateServices(
            store=parts.store,
            decisions=parts.decisions,
            clock=parts.clock,
            ids=parts.ids,
            redact=parts.secrecy.redact,
            answers=answers,
            slots=slots,
        ),
        hooks=parts.hooks,
        clock=parts.clock,
        merge_state_of=lambda item: merge_state_of(item, parts.settings.merge, contracts.known),
        jitter=random.random,
    )


async def _warn(store: Store, text: str) -> None:
    await store.write(lambda tx: tx.append_facts(WarningRaised(text=text)))


class Backends:
    """Agents by name, each made when a task first needs it."""

    def __init__(
        self, settings: Settings, clock: Clock, *, outgoing: Callable[[str], str] = unchanged
    ) -> None:
        self._outgoing = outgoing
        self._settings = settings
        self._clock = clock
        self._made: dict[tuple[str, str | None], Agent] = {}
        self._open: list[AnthropicAgent] = []

    async def close(self) -> None:
        """Give back what the agents hold open."""
        while self._open:
            await self._open.pop().close()
        self._made.clear()

    def agent_for(self, item: WorkItem) -> Agent:
        """The agent that the task names, or the configured one.

        Raises:
            ConfigError: there is no such backend.
            AgentError: it cannot work, for this task or any other.
        """
        name = item.backend or self._settings.backend
        if name not in BACKENDS:
            raise ConfigError(
                f"agent backend {name!r} is unknown", hint=f"use one of {', '.join(BACKENDS)}"
            )
        made = (name, item.model)
        if made not in self._made:
            try:
                self._made[made] = self._make(name, item.model)
            except ConfigError as error:
                if item.model is not None:
                    raise  # other tasks have another model
                raise AgentError(error.message, hint=error.hint) from error
        return self._made[made]

    def _make(self, name: str, model: str | None) -> Agent:
        match name:
            case "anthropic":
                return self._anthropic(model)
            case "fixer":
                return self._fixer()
            case _:
                return self._scripted(model)

    def _anthropic(self, model: str | None) -> Agent:
        from engine.agents.anthropic_agent import AnthropicAgent

        settings = self._settings
        if model is not None:
            settings = replace(settings, model=replace(settings.model, model=model))
        agent = AnthropicAgent(
            settings.model,
            self._settings.prices,
            self._clock,
            environ=os.environ,
            random=random.random,
            outgoing=self._outgoing,
        )
        problem = agent.check() or missing_price(settings)
        if problem:
            raise ConfigError(problem, hint="then run again: the queue is as it was")
        self._open.append(agent)
        return agent

    def _fixer(self) -> Agent:
        from engine.agents.fixer import FixerAgent

        signals = {role: signal_of(kind) for kind, role in ROLE_OF_TYPE.items()}
        ruff = [check for check in self._settings.checks if check.kind == "ruff"]
        arguments = ruff[0].command if ruff else ()
        return FixerAgent(signals=signals, arguments=arguments)

    def _scripted(self, model: str | None) -> Agent:
        from engine.agents.scripted import ScriptedAgent

        settings = self._settings
        if settings.script is None:
            raise ConfigError(
                "the scripted backend has no script",
                hint="name one in aio.toml: [scripted] script = ...",
            )
        agent = ScriptedAgent(settings.script, self._clock, prices=settings.prices, model=model)
        if agent.model is not None:
            counted = replace(settings, model=replace(settings.model, model=agent.model))
            if problem := missing_price(counted):
                raise ConfigError(problem, hint="then run again: the queue is as it was")
        return agent
