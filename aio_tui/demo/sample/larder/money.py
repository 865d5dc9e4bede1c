"""Amounts of money as whole cents."""

from decimal import Decimal, InvalidOperation


def parse_amount(text: str) -> int:
    """The cents of an amount such as "12.50" or "1,200.00"."""
    try:
        amount = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        raise ValueError(f"not an amount: {text!r}") from None
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise ValueError(f"fractions of a cent: {text!r}")
    return int(cents)


def format_cents(cents: int) -> str:
    """The amount as people write it, such as "12.50"."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole}.{rest:02d}"


def split_evenly(cents: int, people: int) -> list[int]:
    """Shares that add up to `cents`; they differ by at most one cent, larger ones first."""
    if people < 1:
        raise ValueError("nobody to split between")
    share = cents // people
    return [share] * people
