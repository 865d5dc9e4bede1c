"""One turn of a model: ask, execute the tools it calls, ask again, until it ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal

from engine.agents.conversation import Conversation
from engine.agents.endpoint import MessagesEndpoint
from engine.agents.faults import ModelCallError, of_unreadable
from engine.agents.reply import Reply
from engine.agents.retry import RetryPolicy
from engine.agents.text_pace import TextPace
from engine.agents.tool_calls import perform_request
from engine.domain.settings import ModelSettings
from engine.domain.usage import Price
from engine.ports.agent import (
    AgentEvent,
    AgentFinished,
    AgentTurn,
    ModelCalled,
    RetryScheduled,
    TextDelta,
    ToolResult,
    Tools,
    UsageReported,
)
from engine.ports.clock import Clock

_CUT_OFF = (
    "Your reply was cut off at the output limit and none of its tool calls was run. "
    "Go on in smaller steps."
)
_NO_TOOLS_AFTER = frozenset({"max_tokens", "refusal", "model_context_window_exceeded"})
"""A tool call in a reply that ended so may be half a one; it is never executed."""

Events = AsyncGenerator[AgentEvent, None]


class ModelTurn:
    """The state of one turn; `events` runs it once."""

    def __init__(
        self,
        turn: AgentTurn,
        tools: Tools,
        *,
        endpoint: MessagesEndpoint,
        settings: ModelSettings,
        prices: Mapping[str, Price],
        clock: Clock,
        retry: RetryPolicy,
        context_tokens: int,
        outgoing: Callable[[str], str],
    ) -> None:
        self._may_spend_usd = turn.may_spend_usd
        self._tools = tools
        self._endpoint = endpoint
        self._settings = settings
        self._prices = prices
        self._clock = clock
        self._retry = retry
        self._context_tokens = context_tokens
        self._conversation = Conversation(
            model=settings.model,
            max_output_tokens=settings.max_output_tokens,
            system=turn.system,
            prompt=turn.prompt,
            outgoing=outgoing,
        )
        self._reply = Reply()
        self._steps = 0
        self._spent_usd = Decimal(0)
        self._was_cut_off = False

    async def events(self) -> Events:
        """The turn; ends with AgentFinished or AgentFailed."""
        try:
            while not (reason := self._limit_reached()):
                async with aclosing(self._ask()) as asked:
                    async for event in asked:
                        yield event
                if reason := self._end_reason():
                    break
                async with aclosing(self._go_on()) as worked:
                    async for event in worked:
                        yield event
        except ModelCallError as fault:
            yield fault.as_event()
        else:
            yield AgentFinished(text=self._reply.text, stop_reason=reason)

    def _limit_reached(self) -> str:
        if self._steps >= self._settings.max_steps:
            return "step_limit"
        if self._may_spend_usd is not None and self._spent_usd >= Decimal(self._may_spend_usd):
            return "money_limit"
        return ""

    async def _ask(self) -> Events:
        """One model call with its retries; afterwards `_reply` is whole."""
        self._steps += 1
        self._conversation.fit(self._context_tokens)
        attempt = 1
        while True:
            try:
                async with aclosing(self._listen()) as heard:
                    async for event in heard:
                        yield event
            except ModelCallError as fault:
                wait_s = self._retry.wait_s(fault, attempt)
                if wait_s is None:
                    raise
                yield RetryScheduled(attempt=attempt, wait_s=wait_s, cause=fault.message)
            else:
                return
            await self._clock.sleep(wait_s)
            attempt += 1

    async def _listen(self) -> Events:
        """One try. What a broken one said is dropped, what it cost is reported."""
        reply, pace = Reply(), TextPace(self._clock)
        yield ModelCalled(model=self._settings.model)
        try:
            async with aclosing(self._endpoint.events(self._conversation.body())) as stream:
                async for name, data in stream:
                    if text := pace.add(reply.feed(name, data)):
                        yield TextDelta(text=text)
            if not reply.is_complete:
                raise of_unreadable("it ended before the reply was complete")
        except ModelCallError:
            if not reply.is_complete:
                if reply.is_billed:
                    yield self._bill(reply)
                raise
        if text := pace.rest():
            yield TextDelta(text=text)
        self._reply = reply
        self._conversation.measured(reply.request_tokens)
        yield self._bill(reply)

    def _bill(self, reply: Reply) -> UsageReported:
        model = reply.model or self._settings.model
        price = self._prices.get(model) or self._prices.get(self._settings.model)
        usage = reply.usage
        cost_usd = price.cost_of(usage) if price else Decimal(0)
        self._spent_usd += cost_usd
        return UsageReported(
            model=model,
            usage=replace(usage, cost_usd=cost_usd, unpriced_calls=0 if price else 1),
        )

    def _end_reason(self) -> str:
        """Why the turn is over after this reply; empty if it goes on."""
        reason = self._reply.stop_reason
        if reason == "pause_turn" and self._reply.content:
            return ""
        if reason == "max_tokens" and not self._was_cut_off:
            return ""
        if reason not in _NO_TOOLS_AFTER and self._reply.tool_requests:
            return ""
        return "end_turn" if reason in ("", "tool_use", "pause_turn") else reason

    async def _go_on(self) -> Events:
        """Put the reply into the history, and what answers it."""
        content = self._reply.content
        if self._reply.stop_reason == "max_tokens":
            self._was_cut_off = True
            self._conversation.add_reply([b for b in content if b.get("type") == "text"])
            self._conversation.add_note(_CUT_OFF)
            return
        self._conversation.add_reply(content)
        results: list[ToolResult] = []
        for request in self._reply.tool_requests:
            async with aclosing(perform_request(request, self._tools, results)) as performed:
                async for event in performed:
                    yield event
        if results:
            self._conversation.add_results(results)
