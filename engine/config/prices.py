"""What models cost, as far as it is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from engine.domain.settings import Settings
from engine.domain.usage import Price

_DATE = re.compile(r"-\d{8}\Z")


def _price(input_usd: str, output_usd: str, cache_read_usd: str, cache_write_usd: str) -> Price:
    return Price(
        input_usd=Decimal(input_usd),
        output_usd=Decimal(output_usd),
        cache_read_usd=Decimal(cache_read_usd),
        cache_write_usd=Decimal(cache_write_usd),
    )


_OPUS_4 = _price("15", "75", "1.50", "18.75")
_OPUS_4_5 = _price("5", "25", "0.50", "6.25")
_SONNET = _price("3", "15", "0.30", "3.75")
_HAIKU_4_5 = _price("1", "5", "0.10", "1.25")
_HAIKU_3_5 = _price("0.80", "4", "0.08", "1")

BUILT_IN_PRICES: Mapping[str, Price] = MappingProxyType(
    {
        "claude-opus-4-5": _OPUS_4_5,
        "claude-opus-4-5-20251101": _OPUS_4_5,
        "claude-opus-4-1": _OPUS_4,
        "claude-opus-4-1-20250805": _OPUS_4,
        "claude-opus-4-20250514": _OPUS_4,
        "claude-sonnet-4-5": _SONNET,
        "claude-sonnet-4-5-20250929": _SONNET,
        "claude-sonnet-4-20250514": _SONNET,
        "claude-3-7-sonnet-20250219": _SONNET,
        "claude-haiku-4-5": _HAIKU_4_5,
        "claude-haiku-4-5-20251001": _HAIKU_4_5,
        "claude-3-5-haiku-20241022": _HAIKU_3_5,
    }
)
"""Public prices by model name; cache writes at the price of the five-minute cache."""


def with_dated_name(prices: Mapping[str, Price], model: str) -> dict[str, Price]:
    """`prices`, where a dated `model` such as `name-20250929` has the price of `name`."""
    undated = prices.get(_DATE.sub("", model))
    return {**({model: undated} if undated else {}), **prices}


def missing_price(settings: Settings) -> str | None:
    """Why a cost budget cannot be kept with this model, in one line; None: it can.

    It does not look at the backend: only one that calls the model has to be refused.
    """
    budgets = settings.budgets
    model = settings.model.model
    if model in settings.prices or (budgets.task_cost_usd is None and budgets.run_cost_usd is None):
        return None
    return (
        f"model {model!r} has no price, so its cost budget cannot be kept; add"
        f' [prices."{model}"] to .aibrain/aio.toml, or set task_cost_usd and run_cost_usd'
        ' in [budgets] to "none"'
    )
