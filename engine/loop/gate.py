"""Every action of an agent passes here: judged, perhaps asked about, executed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.action import Action, Outcome, Ruling
from engine.domain.errors import EngineError, InputError
from engine.domain.facts import MessageDelivered
from engine.domain.transcript import EntryKind
from engine.domain.work import Claim
from engine.loop.deadline import Deadline
from engine.loop.hooking import TaskHooks
from engine.loop.permits import GateServices, Permits
from engine.loop.scribes import Notes
from engine.ports.agent import Permission, ToolCall, ToolResult
from engine.redaction.redactor import holds_placeholder

if TYPE_CHECKING:
    from engine.sandbox.requests import ToolRequest
    from engine.sandbox.tools import ToolBox


class TaskGate:
    """The tools and permissions of one task in one iteration."""

    def __init__(
        self,
        claim: Claim,
        *,
        iteration: int,
        judge: Callable[[Action], Awaitable[Ruling]],
        toolbox: ToolBox,
        notes: Notes,
        deadline: Deadline,
        hooks: TaskHooks,
        services: GateServices,
        worktree: Path,
        known_messages: frozenset[int] = frozenset(),
    ) -> None:
        self._item = claim.item
        self._iteration = iteration
        self._toolbox = toolbox
        self._notes = notes
        self._hooks = hooks
        self._services = services
        self._known_messages = known_messages
        self._told_messages: list[int] = []
        self._permits = Permits(
            claim,
            iteration=iteration,
            judge=judge,
            notes=notes,
            deadline=deadline,
            hooks=hooks,
            services=services,
            worktree=worktree,
        )

    @property
    def told_messages(self) -> tuple[int, ...]:
        """Numbers of the operator's messages that the agent was given."""
        return tuple(self._told_messages)

    async def call(self, call: ToolCall) -> ToolResult:
        """Judge, escalate if need be, execute; messages of the operator come with the result."""
        return await self._with_messages(await self._called(call))

    async def _with_messages(self, result: ToolResult) -> ToolResult:
        store, item = self._services.store, self._item
        unread = await store.read(lambda reader: reader.urgent_notes(item.task_id))
        known = {*self._known_messages, *self._told_messages}
        fresh = [note for note in unread if note.number not in known]
        if not fresh:
            return result
        facts = [MessageDelivered(iteration=self._iteration, text=note.text) for note in fresh]
        await store.write(
            lambda tx: tx.append_facts(*facts, task_id=item.task_id, project=item.project)
        )
        self._told_messages += [note.number for note in fresh]
        for note in fresh:
            self._notes.append(EntryKind.GUARD, f"message of the operator: {note.text}")
        told = "\n".join(f"[Message of the operator, for you, now: {n.text}]" for n in fresh)
        return replace(result, output=f"{result.output}\n\n{told}")

    async def _called(self, call: ToolCall) -> ToolResult:
        try:
            request = self._toolbox.request(call)
        except InputError as error:
            return ToolResult(call_id=call.call_id, output=str(error), is_error=True)
        if _writes_placeholder(call):
            return ToolResult(call_id=call.call_id, output=_PLACEHOLDER_WRITTEN, is_error=True)
        permission = await self._permits.permit(
            request.action, lambda: self._toolbox.preview(request)
        )
        if permission.instead:
            return await self._execute_instead(call, permission.instead)
        if permission.outcome is not Outcome.ALLOW:
            text = f"Refused: {permission.reason}"
            return ToolResult(call_id=call.call_id, output=text, is_error=True)
        result = await self._execute(
            call, request, asked_by=permission.rule if permission.is_from_operator else None
        )
        await self._hooks.after_tool(request.action, result)
        return result

    async def _execute_instead(self, call: ToolCall, instead: str) -> ToolResult:
        """Run what the operator made of the command; it is judged like any other."""
        changed = replace(call, arguments={"command": instead})
        try:
            request = self._toolbox.request(changed)
        except InputError as error:
            return ToolResult(call_id=call.call_id, output=str(error), is_error=True)
        permission = await self._permits.recheck(request.action)
        if permission.outcome is not Outcome.ALLOW:
            text = (
                f"Refused: {permission.reason}. The operator had changed your command; nothing ran."
            )
            return ToolResult(call_id=call.call_id, output=text, is_error=True)
        result = await self._execute(changed, request, asked_by=permission.rule)
        await self._hooks.after_tool(request.action, result)
        ran = self._services.redact(instead)
        told = f"[The operator changed your command. What ran: {ran}]"
        return replace(result, output=f"{told}\n{result.output}")

    def hear(self, text: str) -> None:
        """See `Permits.hear`."""
        self._permits.hear(text)

    def heard_out(self) -> None:
        """See `Permits.heard_out`."""
        self._permits.heard_out()

    async def ask(self, action: Action) -> Permission:
        """Judge `action`; where a rule asks, wait for the operator, if need be for hours."""
        return await self._permits.permit(action, str)

    async def _execute(
        self, call: ToolCall, request: ToolRequest, *, asked_by: str | None
    ) -> ToolResult:
        """`asked_by`: the rule by which a human was asked and said yes; None: nobody was."""
        from engine.governance.held import needs_release  # late, as all rules

        try:
            output = await self._toolbox.execute(
                request,
                is_approved=asked_by is not None,
                is_released=asked_by is not None and needs_release(asked_by),
            )
        except EngineError as error:
            return ToolResult(call_id=call.call_id, output=str(error), is_error=True)
        return ToolResult(
            call_id=call.call_id,
            output=self._services.redact(output.output),
            is_error=output.is_error,
            duration_s=output.duration_s,
        )


_PLACEHOLDER_WRITTEN = (
    "Refused: this would write or run a placeholder such as [redacted:token], which stands for "
    "something that you are not shown. Change only the text around it, or work without it."
)


def _writes_placeholder(call: ToolCall) -> bool:
    """Whether what the call writes or runs is not what it was: it would destroy the original."""
    names = ("command", "file_text", "new_str", "insert_text")
    return any(holds_placeholder(str(call.arguments.get(name, ""))) for name in names)
