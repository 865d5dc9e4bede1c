"""The contracts as they are at each action: an edit during a run holds from the next action on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from engine.domain.action import Outcome, Ruling, Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import GuardrailError
from engine.domain.values import dataclass
from engine.domain.work import AgentRole
from engine.governance.contract import AutonomyLevel, Contract, Contracts, Layer
from engine.governance.contract_folder import (
    contracts_from,
    digest_of,
    read_folder,
    signature_of,
)
from engine.ports.clock import Clock

UNREADABLE = "contract-unreadable"
_LEADS_TO = " -> "
_EFFECT = "cannot be judged: a contract cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds now."""

    contract: Contract
    """The last one that could be read."""
    problem: str = ""
    """Why the files cannot be read at present; empty: they can. Nothing is allowed meanwhile."""


class ContractsInForce:
    """Looks at the files before each action; reads them again when they have changed.

    Args:
        folder: of the contracts; need not exist.
        project: whose tasks are worked on, for those that name none.
        also: what tightens all of them, whatever the files say.
        programs: that may run whatever the contracts say, by name or absolute path.
        record: writes a decision durably; called before a change takes effect.
        warn: tells the operator in one line.
        clock: for decisions.

    Raises:
        GuardrailError: they cannot be read now; nothing may run.
    """

    def __init__(
        self,
        folder: Path,
        *,
        project: str,
        programs: tuple[str, ...] = (),
        also: tuple[Layer, ...] = (),
        record: Callable[[Decision], Awaitable[None]],
        warn: Callable[[str], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._project = project
        self._programs = programs
        self._also = also
        self._record = record
        self._warn = warn
        self._clock = clock
        self._signature = signature_of(folder)
        self._contracts: Contracts = contracts_from(read_folder(folder)).plus(*also)
        self._problem = ""
        self._one_at_a_time = asyncio.Lock()

    def known(self, role: AgentRole, project: str | None = None) -> Contract:
        """The contract as it was last read; of level L0.5 if the files are not what was read."""
        contract = self._contracts.for_role(role, project or self._project)
        contract = replace(contract, programs=(*contract.programs, *self._programs))
        is_sure = not self._problem and signature_of(self._folder) == self._signature
        return contract if is_sure else replace(contract, autonomy=AutonomyLevel.L0_5)

    async def begin(self, before: Decision | None) -> None:
        """Record what holds, unless the newest decision on contracts says the same: an edit
        between two runs is told like one during a run.
        """
        known = before.value.rpartition(_LEADS_TO)[2] if before is not None else ""
        holds = _short(self._contracts.digest)
        if known != holds:
            what = "contracts changed" if known else "contracts in force"
            line = self._decision(what, self._contracts.digest, "as a run begins")
            await self._record(replace(line, value=f"{known or 'unknown'}{_LEADS_TO}{holds}"))

    async def now(self, role: AgentRole, project: str) -> Standing:
        """The contract as it is now. A change is on record when this returns.

        Raises:
            StoreError: a change could not be recorded; nothing may happen.
        """
        signature = signature_of(self._folder)
        if signature != self._signature:
            async with self._one_at_a_time:
                await self._look_again(signature_of(self._folder))
        return Standing(contract=self.known(role, project), problem=self._problem)

    async def _look_again(self, signature: tuple[object, ...]) -> None:
        if signature == self._signature:
            return
        try:
            files = read_folder(self._folder)
            digest = digest_of(files)
            changed = digest != self._contracts.digest
            contracts = self._contracts
            if changed:
                contracts = contracts_from(files).plus(*self._also)
        except GuardrailError as error:
            await self._found_unreadable(str(error))
        else:
            if changed:
                await self._record(self._decision("contracts changed", digest, "the files changed"))
                await self._warn(f"contracts changed: {_short(digest)} holds from now on")
            elif self._problem:
                await self._warn("the contracts can be read again, unchanged")
            self._contracts, self._problem = contracts, ""
        self._signature = signature

    async def _found_unreadable(self, problem: str) -> None:
        if problem != self._problem:
            await self._record(self._decision("contracts unreadable", "", problem))
            await self._warn(f"{problem}; until then every action waits for you")
        self._problem = problem

    def _decision(self, what: str, digest: str, reason: str) -> Decision:
        return Decision(
            at=self._clock.now(),
            kind=DecisionKind.CONTRACT_CHANGE,
            task_id=None,
            repo=self._project,
            decision=what,
            value=f"{_short(self._contracts.digest)}{_LEADS_TO}"
            f"{_short(digest) if digest else 'unknown'}",
            confidence=1.0,
            severity=Severity.MEDIUM,
            approver="engine",
            reason=reason,
        )


def held_back(ruling: Ruling, problem: str) -> Ruling:
    """What becomes of a ruling while the contracts cannot be read: a denial stands, all else
    waits for the operator.
    """
    if not problem or ruling.outcome is Outcome.DENY:
        return ruling
    return Ruling(
        outcome=Outcome.ASK,
        rule=UNREADABLE,
        effect=ruling.effect if ruling.outcome is Outcome.ASK else _EFFECT,
        confidence=1.0,
        why=f"{problem} (otherwise: {ruling.outcome} by {ruling.rule})",
        severity=Severity.HIGH,
    )


def _short(digest: str) -> str:
    return f"sha256 {digest}" if digest else "built-in"
