"""Limits and names as an operator writes them; `default` (or nothing) is as configured."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from engine.domain.errors import InputError

_DEFAULT = frozenset({"", "default"})
_MOST_USD = Decimal(1_000_000_000)


def cents(text: str) -> int | None:
    """US dollars in whole hundredths.

    Raises:
        InputError: it is no such amount.

    >>> cents("2.50"), cents("default")
    (250, None)
    """
    if text.strip() in _DEFAULT:
        return None
    try:
        usd = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        usd = Decimal(-1)
    if not usd.is_finite() or not 0 <= usd <= _MOST_USD or usd * 100 != int(usd * 100):
        raise InputError(
            f"{text[:40]!r} is no amount of money", hint="use dollars such as 2.50, or default"
        )
    return int(usd * 100)


def whole(text: str, what: str) -> int | None:
    """A whole number from 0 on.

    Raises:
        InputError: it is none.
    """
    if text.strip() in _DEFAULT:
        return None
    if not (text.strip().isascii() and text.strip().isdecimal()) or len(text.strip()) > 15:
        raise InputError(
            f"{text[:40]!r} is no number of {what}", hint="use a whole number, or default"
        )
    return int(text)


def named(text: str) -> str | None:
    """A name."""
    return None if text.strip() in _DEFAULT else text.strip()
