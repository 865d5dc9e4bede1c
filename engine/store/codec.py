"""How values of the domain are written down: JSON, times, money, facts and orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite
from typing import Any, cast, get_args

import msgspec

from engine.domain.errors import StoreError
from engine.domain.facts import FACT_TYPES, Fact, TaskMoved, UnknownFact
from engine.domain.orders import Order
from engine.domain.steps import NextStep
from engine.domain.verdict import Verdict

_COST_DIGITS = 12
"""Money is kept in units of 10**-12 US dollars: exact for prices of up to 6 decimal places per
million tokens, and a sum of nine million dollars still fits an SQLite integer.
"""

_FACTS: Mapping[str, type[Fact]] = {fact_type.KIND: fact_type for fact_type in FACT_TYPES}
_ORDERS: Mapping[str, type[Order]] = {
    order_type.kind: order_type for order_type in cast("tuple[type[Order], ...]", get_args(Order))
}
_NUMBERS: Mapping[type[Fact], tuple[str, ...]] = {
    fact_type: tuple(field.name for field in fields(fact_type) if field.type in (float, "float"))
    for fact_type in FACT_TYPES
}
_encode = msgspec.json.Encoder(decimal_format="string").encode


_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def _decode(of_type: Any, text: str) -> Any:
    decoder = _DECODERS.get(of_type)
    if decoder is None:
        decoder = _DECODERS[of_type] = msgspec.json.Decoder(of_type)
    return decoder.decode(text)


def to_json(value: Any) -> str:
    """Compact JSON text of plain values and dataclasses; lone surrogates become escapes."""
    try:
        return _encode(value).decode()
    except UnicodeEncodeError:
        return _encode(_without_surrogates(msgspec.to_builtins(value))).decode()


def storable(text: str) -> str:
    r"""`text` in a form that UTF-8 can hold.

    >>> storable("a\udc80")
    'a\\udc80'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): _without_surrogates(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_surrogates(item) for item in value]
        case _:
            return value


def strings(text: str) -> tuple[str, ...]:
    """The tuple of strings that `text` holds as a JSON list."""
    return () if text == "[]" else cast("tuple[str, ...]", _decode(tuple[str, ...], text))


def mapping(text: str) -> dict[str, Any]:
    """The JSON object in `text`."""
    return {} if text == "{}" else cast("dict[str, Any]", _decode(dict[str, Any], text))


def next_step(text: str) -> NextStep | None:
    """The step in a JSON object; None: it is empty."""
    return None if text == "{}" else cast("NextStep", _decode(NextStep, text))


def verdict_from_json(text: str) -> Verdict:
    """The verdict that `to_json` wrote."""
    return cast("Verdict", _decode(Verdict, text))


def to_stamp(at: datetime) -> str:
    """ISO 8601 in UTC with microseconds: text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def from_stamp(stamp: str | None) -> datetime | None:
    """The moment that `to_stamp` wrote."""
    return None if stamp is None else datetime.fromisoformat(stamp)


def to_cost_units(cost_usd: Decimal) -> int:
    """US dollars as a whole number of the units in which money is stored and added."""
    return int(cost_usd.scaleb(_COST_DIGITS).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def from_cost_units(units: int) -> Decimal:
    """The dollars again, without trailing zeros.

    >>> from_cost_units(1_500_000_000_000)
    Decimal('1.5')
    """
    whole, part = divmod(units, 10**_COST_DIGITS)
    if not part:
        return Decimal(whole)
    return Decimal(f"{whole}.{part:0{_COST_DIGITS}d}".rstrip("0"))


def encode_fact(fact: Fact) -> tuple[str, int, str]:
    """Kind, version and JSON payload. A fact this program did not know goes back unchanged."""
    if isinstance(fact, UnknownFact):
        return fact.kind, fact.version, to_json(fact.payload)
    endless = [name for name in _NUMBERS[type(fact)] if not isfinite(getattr(fact, name))]
    if not endless:
        version = fact.version if isinstance(fact, TaskMoved) else fact.VERSION
        return fact.KIND, version, to_json(fact)
    written = {name: str(getattr(fact, name)) for name in endless}
    return fact.KIND, fact.VERSION, to_json(msgspec.to_builtins(fact) | written)


def decode_fact(kind: str, version: int, payload: str) -> Fact:
    """The fact, or `UnknownFact` when kind, version or payload are none that this program reads."""
    fact_type = _FACTS.get(kind)
    if fact_type is not None and version <= fact_type.VERSION:
        try:
            return cast("Fact", _decode(fact_type, payload))
        except msgspec.MsgspecError:
            pass
        try:
            return _with_endless_numbers(fact_type, payload)
        except (msgspec.MsgspecError, ValueError):
            return UnknownFact(kind=kind, version=version, payload=_anything(payload))
    return UnknownFact(kind=kind, version=version, payload=_anything(payload))


def _with_endless_numbers(fact_type: type[Fact], payload: str) -> Fact:
    """JSON has no infinite numbers: they were written as text."""
    held = mapping(payload)
    for name in _NUMBERS[fact_type]:
        if isinstance(held.get(name), str):
            held[name] = float(held[name])
    return msgspec.convert(held, fact_type)


def _anything(payload: str) -> Mapping[str, Any]:
    try:
        return mapping(payload)
    except msgspec.MsgspecError:
        return {"unreadable": payload}


def encode_order(order: Order) -> tuple[str, str]:
    """Kind and JSON payload."""
    return order.kind, to_json(order)


def decode_order(order_id: str, kind: str, payload: str) -> Order:
    """The order again.

    Raises:
        StoreError: this program knows no such order.
    """
    try:
        return cast("Order", _decode(_ORDERS[kind], payload))
    except (KeyError, msgspec.MsgspecError) as exc:
        raise StoreError(
            f"order {order_id!r} of kind {kind!r} cannot be read",
            hint="it was given by another version of aio-tui; run the newest one",
        ) from exc
