"""How much a household saves on a large order."""

TIERS = ((20_000, 10), (10_000, 5), (5_000, 2))
"""(from how many cents on, percent), the best first."""


def discount_percent(cents: int) -> int:
    """The percentage of the best tier that the amount reaches; 0 below all of them."""
    for threshold, percent in TIERS:
        if cents > threshold:
            return percent
    return 0


def discounted(cents: int) -> int:
    """The amount after its discount, rounded down to the cent."""
    return cents - cents * discount_percent(cents) // 100
