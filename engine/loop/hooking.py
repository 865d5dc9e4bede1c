"""When hooks are called, and what their word is worth.

A denial is in the decision log before it takes effect. Before a tool call it reaches the agent;
before an iteration it blocks the task; before a verdict it is one: FAIL, or BLOCKED if the hook
could not answer; before a merge the task waits for the operator. What a hook says after the fact
stands in the transcript and changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from engine.domain.action import Action, Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import GuardrailError
from engine.domain.transcript import EntryKind
from engine.domain.values import dataclass
from engine.domain.verdict import Reason, Verdict, VerdictKind
from engine.domain.work import WorkItem
from engine.ports.agent import ToolResult
from engine.ports.clock import Clock
from engine.ports.hooks import HookCall, HookDenial, HookPoint, Hooks
from engine.ports.workspace import Worktree


class _Recorder(Protocol):
    async def record(self, decision: Decision) -> None: ...


class _Notes(Protocol):
    def append(self, kind: EntryKind, text: str, *, is_error: bool = False) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHooks:
    """The hooks around one iteration, or one merge, of a task."""

    hooks: Hooks
    decisions: _Recorder
    clock: Clock
    item: WorkItem
    iteration: int
    worktree: Path | None
    notes: _Notes

    async def before_tool(self, action: Action) -> str | None:
        """Why the agent may not do it; None: no hook minds."""
        denial = await self._call(HookPoint.BEFORE_TOOL, action.kind.value, tool=_tool(action))
        if denial is None:
            return None
        await self._record(denial, f"{action.kind}: {action.target}")
        return _in_words(denial)

    async def after_tool(self, action: Action, result: ToolResult) -> None:
        """Tell what came of it."""
        outcome = {
            "output": result.output,
            "is_error": result.is_error,
            "duration_s": result.duration_s,
        }
        tool = {**_tool(action), "result": outcome}
        await self._call(HookPoint.AFTER_TOOL, action.kind.value, tool=tool)

    async def before_iteration(self) -> None:
        """Ask whether the agent may begin.

        Raises:
            GuardrailError: a hook denies it.
        """
        denial = await self._call(HookPoint.BEFORE_ITERATION)
        if denial is not None:
            await self._record(denial, f"iteration {self.iteration}")
            raise GuardrailError(
                f"iteration {self.iteration} was not begun: {_in_words(denial)}",
                hint="mend what it says, then retry the task",
            )

    async def after_iteration(self, state: str, decision: str) -> None:
        """Tell how the iteration was recorded."""
        details = {"state": state, "decision": decision}
        await self._call(HookPoint.AFTER_ITERATION, outcome=details)

    async def before_verdict(self, worktree: Worktree, tree_hash: str) -> Verdict | None:
        """The verdict that a hook's denial gives instead of Ralph's."""
        work = {"base_commit": worktree.base_commit, "head_commit": worktree.head_commit}
        denial = await self._call(HookPoint.BEFORE_VERDICT, work=work)
        if denial is None:
            return None
        await self._record(denial, f"verdict on {worktree.head_commit}")
        return Verdict(
            kind=VerdictKind.BLOCKED if denial.is_broken else VerdictKind.FAIL,
            reasons=(Reason(rule="hook-denied", message=_in_words(denial)),),
            checks=(),
            tree_hash=tree_hash,
            base_commit=worktree.base_commit,
            head_commit=worktree.head_commit,
            next_step=f"mend hook {denial.hook!r}, then retry" if denial.is_broken else "",
        )

    async def after_verdict(self, verdict: Verdict) -> None:
        """Tell what was found."""
        details = {
            "kind": verdict.kind.value,
            "reasons": [
                {"rule": reason.rule, "message": reason.message} for reason in verdict.reasons
            ],
            "tests_executed": verdict.tests_executed,
            "tree_hash": verdict.tree_hash,
            "base_commit": verdict.base_commit,
            "head_commit": verdict.head_commit,
            "changed_files": list(verdict.changed_files),
        }
        await self._call(HookPoint.AFTER_VERDICT, verdict=details)

    async def before_merge(self, branch: str, onto: str, result: str) -> str | None:
        """Why it may not be merged; None: no hook minds."""
        merge = {"base_branch": branch, "onto": onto, "result": result}
        denial = await self._call(HookPoint.BEFORE_MERGE, merge=merge)
        if denial is None:
            return None
        await self._record(denial, f"{branch}: {onto}..{result}")
        return _in_words(denial)

    async def after_merge(self, branch: str, onto: str, result: str) -> None:
        """Tell that the base branch has moved."""
        merge = {"base_branch": branch, "onto": onto, "result": result}
        await self._call(HookPoint.AFTER_MERGE, merge=merge)

    async def _call(self, point: HookPoint, kind: str = "", **details: object) -> HookDenial | None:
        call = HookCall(
            point=point,
            task_id=self.item.task_id,
            project=self.item.project,
            role=self.item.role.value,
            iteration=self.iteration,
            worktree=self.worktree,
            tool=kind,
            details=details,
        )
        return await self.hooks.call(call, tell=self._tell)

    def _tell(self, text: str, is_error: bool) -> None:
        self.notes.append(EntryKind.GUARD, text, is_error=is_error)

    async def _record(self, denial: HookDenial, value: str) -> None:
        await self.decisions.record(
            Decision(
                at=self.clock.now(),
                kind=DecisionKind.HOOK,
                task_id=self.item.task_id,
                repo=self.item.project,
                decision="deny",
                value=value,
                confidence=1.0,
                severity=Severity.HIGH if denial.is_broken else Severity.MEDIUM,
                approver=f"hook {denial.hook}",
                reason=denial.reason,
            )
        )


def _tool(action: Action) -> dict[str, object]:
    return {"kind": action.kind.value, "target": action.target, "detail": action.detail}


def _in_words(denial: HookDenial) -> str:
    verb = "could not be asked" if denial.is_broken else "denies it"
    return f"hook {denial.hook} {verb}: {denial.reason}"
