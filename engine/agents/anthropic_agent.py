"""The agent that works through the Messages API; the engine executes its tools."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

from engine.agents.endpoint import MessagesEndpoint
from engine.agents.model_turn import ModelTurn
from engine.agents.retry import RetryPolicy
from engine.domain.settings import ModelSettings
from engine.domain.usage import Price
from engine.ports.agent import (
    AgentEvent,
    AgentFailed,
    AgentTurn,
    FailureClass,
    Permissions,
    Tools,
)
from engine.ports.clock import Clock
from engine.ports.secrecy import unchanged

CONTEXT_TOKENS = 100_000


class AnthropicAgent:
    """Claude, or any model behind a server that speaks the Messages API.

    Key and server come from `environ` alone: ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, and
    ANTHROPIC_BASE_URL. One instance serves many turns at once.
    """

    name = "anthropic"

    def __init__(
        self,
        settings: ModelSettings,
        prices: Mapping[str, Price],
        clock: Clock,
        *,
        environ: Mapping[str, str],
        random: Callable[[], float],
        context_tokens: int = CONTEXT_TOKENS,
        outgoing: Callable[[str], str] = unchanged,
    ) -> None:
        self._settings = settings
        self._prices = prices
        self._clock = clock
        self._context_tokens = context_tokens
        self._outgoing = outgoing
        self._retry = RetryPolicy(
            max_retries=settings.max_retries, cap_s=settings.retry_cap_s, random=random
        )
        self._endpoint = MessagesEndpoint(
            environ, silence_timeout_s=settings.silence_timeout_s, clock=clock
        )

    def check(self) -> str | None:
        """What keeps it from working, in one line; None: nothing that can be seen offline."""
        return self._endpoint.check()

    async def warm_up(self) -> None:
        """Do now, off the event loop, what the first call would wait for."""
        await self._endpoint.warm_up()

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoint.close()

    async def run(
        self, turn: AgentTurn, tools: Tools, permissions: Permissions
    ) -> AsyncGenerator[AgentEvent, None]:
        """One turn; `permissions` is not needed, as every call goes through `tools`."""
        if problem := self.check():
            yield AgentFailed(failure=FailureClass.LOGICAL, message=problem, is_backend_wide=True)
            return
        model_turn = ModelTurn(
            turn,
            tools,
            endpoint=self._endpoint,
            settings=self._settings,
            prices=self._prices,
            clock=self._clock,
            retry=self._retry,
            context_tokens=self._context_tokens,
            outgoing=self._outgoing,
        )
        async with aclosing(model_turn.events()) as events:
            async for event in events:
                yield event
