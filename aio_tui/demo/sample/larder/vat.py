"""The tax on a bill."""

from collections.abc import Iterable
from decimal import Decimal

RATES = {"food": Decimal("0.07"), "other": Decimal("0.19"), "books": Decimal("0.07")}


def vat_cents(net_cents: int, category: str) -> int:
    """The tax on one amount, rounded half up to the cent."""
    return round(net_cents * RATES[category])


def vat_of_bill(lines: Iterable[tuple[int, str]]) -> int:
    """The tax on a bill of (net cents, category).

    The amounts of one rate are added up before the tax is rounded, once per rate.
    """
    return sum(vat_cents(cents, category) for cents, category in lines)
