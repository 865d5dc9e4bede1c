"""What becomes of the branch of a task that has passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from engine.domain.settings import MergePolicy, MergeSettings
from engine.domain.verdict import VerdictKind
from engine.domain.work import AgentRole, MergeState, WorkItem
from engine.governance.contract import AutonomyLevel, Contract


def merge_state_of(
    item: WorkItem, settings: MergeSettings, contract_for: Callable[[AgentRole, str], Contract]
) -> MergeState | None:
    """Whether the merge queue takes it by itself or waits for the operator; None: there is no
    work. What the operator accepted against the verdict always waits for him.
    """
    if item.head_commit in (None, item.base_commit):
        return None
    if item.last_verdict is not VerdictKind.PASS:
        return MergeState.WAITING
    match settings.policy:
        case MergePolicy.AUTO | MergePolicy.PULL_REQUEST:
            return MergeState.QUEUED
        case MergePolicy.APPROVAL:
            return MergeState.WAITING
        case MergePolicy.LEVEL:
            is_trusted = contract_for(item.role, item.project).autonomy is AutonomyLevel.L2
            return MergeState.QUEUED if is_trusted else MergeState.WAITING
        case _:
            assert_never(settings.policy)
