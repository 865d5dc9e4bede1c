"""Calling hooks: through the engine's runner, without secrets, never for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.domain.errors import EngineError
from engine.domain.settings import HookSettings
from engine.hooks.condition import condition_of
from engine.hooks.protocol import Answer, answer_of, document_for
from engine.ports.hooks import HookCall, HookDenial
from engine.ports.process import CommandRunner

_CAP_BYTES = 100_000


class ProgramHooks:
    """The hooks of one repository.

    Args:
        hooks: in the order in which they are called.
        runner: starts them.
        repo: where they run; not the worktree, whose files an agent wrote.
        redact: takes this process's secrets out of what they say.
    """

    def __init__(
        self,
        hooks: Iterable[HookSettings],
        runner: CommandRunner,
        repo: Path,
        *,
        redact: Callable[[str], str],
    ) -> None:
        self._hooks = tuple(hooks)
        self._runner = runner
        self._repo = repo
        self._redact = redact

    async def call(self, call: HookCall, *, tell: Callable[[str, bool], None]) -> HookDenial | None:
        """See `Hooks.call`."""
        for hook in self._hooks:
            if not _matches(hook, call):
                continue
            answer = await self._ask(hook, call)
            text = self._redact(answer.text)
            is_stop = call.point.may_deny and (answer.is_denial or answer.is_broken)
            if text or is_stop:
                word = " denies" if is_stop else ""
                tell(f"hook {hook.name}{word}: {text}", is_stop or answer.is_broken)
            if is_stop:
                return HookDenial(hook=hook.name, reason=text, is_broken=answer.is_broken)
        return None

    async def _ask(self, hook: HookSettings, call: HookCall) -> Answer:
        condition = await asyncio.to_thread(condition_of, hook, self._repo)
        if condition.problem:
            text = f"{condition.program}: {condition.problem}; {condition.hint}"
            return Answer(is_broken=True, text=text)
        try:
            ended = await self._runner.run(
                (condition.program, *hook.command[1:]),
                cwd=self._repo,
                timeout_s=hook.timeout_s,
                stdin=document_for(call, self._repo),
                cap_bytes=_CAP_BYTES,
            )
        except EngineError as error:
            return Answer(is_broken=True, text=str(error))
        return answer_of(ended, hook.timeout_s)


def _matches(hook: HookSettings, call: HookCall) -> bool:
    is_tool = not hook.tools or not call.tool or call.tool in hook.tools
    return (
        hook.point == call.point.value and is_tool and (not hook.roles or call.role in hook.roles)
    )
