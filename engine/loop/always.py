"""Contract rules that come of an answer: shown before they are saved, saved before they hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.action import Action, Ruling
from engine.domain.errors import GuardrailError
from engine.domain.escalation import Escalation
from engine.domain.orders import ApproveEscalation
from engine.domain.work import WorkItem
from engine.governance.contract import Contracts
from engine.ports.clock import Clock
from engine.redaction.redactor import holds_placeholder

if TYPE_CHECKING:
    from engine.governance.proposals import ContractEdit  # at run time it would load the judge


class RuleBook:
    """Proposes, judges and saves for one repository. Blocking: reads and writes the contracts.

    Args:
        folder: of the contracts.
        worktrees: holds one folder for each task.
        in_force: reads the contracts.
        clock: for the note beside an entry.
    """

    def __init__(
        self,
        folder: Path,
        *,
        worktrees: Path,
        in_force: Callable[[], Contracts],
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._worktrees = worktrees
        self._in_force = in_force
        self._clock = clock

    def proposal(self, escalation: Escalation, item: WorkItem) -> ContractEdit:
        """The entry that would answer the question for ever.

        Raises:
            GuardrailError: there is none; why, and what to do instead.
        """
        from engine.governance.proposals import proposed_rule  # late: only an answer needs it

        if holds_placeholder(escalation.action.target):
            raise GuardrailError(
                "the command holds something that is not shown, so no rule can name it",
                hint="answer it once",
            )
        contract = self._in_force().for_role(item.role, item.project)
        return proposed_rule(
            escalation.action, contract=contract, worktree=self._worktrees / item.task_id
        )

    def judge(self, action: Action, item: WorkItem) -> Ruling:
        """What the guardrails say of an action of the task."""
        from engine.governance.judge import judge  # late: only an answer needs it

        contract = self._in_force().for_role(item.role, item.project)
        return judge(action, contract=contract, worktree=self._worktrees / item.task_id)

    def save(
        self, order: ApproveEscalation, escalation: Escalation, item: WorkItem, by: str
    ) -> None:
        """Write the entry, if it is the one that the operator saw; one that is there stays.

        Raises:
            GuardrailError: it is another one by now, or cannot be written; nothing was changed.
        """
        from engine.governance.contract_saving import save_edit  # late: only an answer needs it

        edit = self.proposal(escalation, item)
        if edit.text.strip() != order.shown_rule.strip():
            raise GuardrailError(
                f"the rule for {escalation.escalation_id!r} is no longer the one that was shown",
                hint="look at it again: the contract was changed meanwhile",
            )
        save_edit(self._folder, edit, by=by, at=self._clock.now())
