"""What it costs to send a box."""

PRICES = ((1_000, 390), (5_000, 590), (10_000, 890), (31_500, 1_690))
"""(up to how many grams, cents), the lightest first."""


class TooHeavy(ValueError):
    """No carrier takes the box."""


def freight_cents(grams: int) -> int:
    """The price of the first class that the weight still fits."""
    if grams <= 0:
        raise ValueError("a box weighs something")
    low, high = 0, len(PRICES) - 1
    while low < high:
        middle = (low + high) // 2
        if PRICES[middle][0] < grams:
            low = middle + 1
        else:
            high = middle - 1
    limit, cents = PRICES[low]
    if grams > limit:
        raise TooHeavy(f"{grams} g are more than {limit} g")
    return cents
