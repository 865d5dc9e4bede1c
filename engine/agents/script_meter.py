"""What written words would cost if a model said them; nobody pays it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from engine.context.text import approx_tokens
from engine.domain.usage import Price, Usage
from engine.ports.agent import AgentTurn, ModelCalled, UsageReported


class ScriptMeter:
    """Counts the model calls of one turn, as a server of the Messages API bills them: what was
    sent before is read from its cache, what is new is written there, and what is said is output.
    A token is a quarter of the characters, as in prompts.
    """

    def __init__(self, turn: AgentTurn, model: str | None, prices: Mapping[str, Price]) -> None:
        self._model = model
        self._price = prices.get(model or "")
        self._may_spend_usd = turn.may_spend_usd
        self._spent_usd = Decimal(0)
        self._cached = 0
        self._unsent = approx_tokens(turn.system) + approx_tokens(turn.prompt)
        """Tokens that the next call sends for the first time."""

    @property
    def is_spent(self) -> bool:
        """The task's money is used up."""
        return self._may_spend_usd is not None and self._spent_usd >= Decimal(self._may_spend_usd)

    def call(self) -> Iterator[ModelCalled]:
        """A call begins; nothing, if no model counts."""
        if self._model is not None:
            yield ModelCalled(model=_name(self._model))

    def reply(self, said: str) -> Iterator[UsageReported]:
        """The call is over; `said` is text and tool calls of the reply, which the next call sends
        back with what is heard meanwhile. Nothing, if no model counts.
        """
        if self._model is None:
            return
        tokens = Usage(
            calls=1,
            cache_read_tokens=self._cached,
            cache_write_tokens=self._unsent,
            output_tokens=approx_tokens(said),
        )
        cost_usd = self._price.cost_of(tokens) if self._price else Decimal(0)
        self._spent_usd += cost_usd
        self._cached += self._unsent
        self._unsent = tokens.output_tokens
        usage = replace(tokens, cost_usd=cost_usd, unpriced_calls=0 if self._price else 1)
        yield UsageReported(model=_name(self._model), usage=usage)

    def hear(self, output: str) -> None:
        """A tool answered."""
        self._unsent += approx_tokens(output)


def _name(model: str) -> str:
    """In the records it is never taken for a call that was paid."""
    return f"scripted/{model}"
