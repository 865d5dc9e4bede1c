"""What is written can be read back, also by an older or a newer program."""

from __future__ import annotations

import doctest
from decimal import Decimal
from math import inf
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import StoreError
from engine.domain.facts import (
    FACT_TYPES,
    Fact,
    IterationFinished,
    RunEnded,
    TaskMoved,
    UnknownFact,
)
from engine.domain.orders import Order
from engine.store import codec
from tests.contract.stores import VERDICT


def _iteration_that_took(seconds: float) -> IterationFinished:
    return IterationFinished(
        iteration=1, verdict="PASS", decision="done", duration_s=seconds, cost_usd="0", tokens=7
    )


@given(st.sampled_from(FACT_TYPES).flatmap(st.builds))
def test_fact_reads_back(fact: Fact) -> None:
    """Infinite numbers, too, which JSON has not; what is no number is equal to nothing."""
    assert str(codec.decode_fact(*codec.encode_fact(fact))) == str(fact)


def test_a_number_of_a_fact_that_is_text_for_no_number_is_unreadable() -> None:
    kind, version, payload = codec.encode_fact(_iteration_that_took(1.5))
    torn = payload.replace("1.5", '"long"')
    assert isinstance(codec.decode_fact(kind, version, torn), UnknownFact)


@pytest.mark.parametrize("seconds", [inf, -inf])
def test_an_infinite_duration_reads_back(seconds: float) -> None:
    fact = _iteration_that_took(seconds)
    assert codec.decode_fact(*codec.encode_fact(fact)) == fact


@given(st.sampled_from(get_args(Order)).flatmap(st.builds))
def test_order_reads_back(order: Order) -> None:
    assert codec.decode_order("ord-1", *codec.encode_order(order)) == order


def test_fact_of_a_newer_version_is_unknown_and_kept_whole() -> None:
    payload = '{"cause":"x","new":1}'
    version = RunEnded.VERSION + 1
    newer = codec.decode_fact(RunEnded.KIND, version, payload)
    assert newer == UnknownFact(kind="run_ended", version=version, payload={"cause": "x", "new": 1})
    assert codec.encode_fact(newer) == ("run_ended", version, payload)


def test_older_fact_gets_the_defaults_of_later_fields() -> None:
    old = codec.decode_fact("task_moved", 1, '{"before":"a","after":"b","trigger":"c"}')
    assert old == TaskMoved(before="a", after="b", trigger="c", reason="")


@pytest.mark.parametrize("payload", ['{"cause": 7}', "{}", "[]", "{torn"])
def test_unreadable_fact_does_not_stop_the_reader(payload: str) -> None:
    fact = codec.decode_fact("run_ended", 1, payload)
    assert isinstance(fact, UnknownFact)
    assert fact.kind == "run_ended"


@pytest.mark.parametrize(("kind", "payload"), [("dance", "{}"), ("pause_task", "{}")])
def test_unreadable_order_is_a_clear_error(kind: str, payload: str) -> None:
    with pytest.raises(StoreError, match=f"order 'ord-1' of kind '{kind}' cannot be read"):
        codec.decode_order("ord-1", kind, payload)


def test_verdict_reads_back_whole() -> None:
    assert codec.verdict_from_json(codec.to_json(VERDICT)) == VERDICT


@given(st.decimals(min_value=0, max_value=1_000_000, places=12))
def test_money_reads_back_to_the_last_digit(cost_usd: Decimal) -> None:
    assert codec.from_cost_units(codec.to_cost_units(cost_usd)) == cost_usd


@given(st.lists(st.text(st.characters(), max_size=5)))
def test_any_text_can_be_written_as_json(texts: list[str]) -> None:
    read = codec.strings(codec.to_json(texts))
    assert read == tuple(codec.storable(text) for text in texts)


def test_examples_in_the_codec_hold() -> None:
    assert doctest.testmod(codec).failed == 0
