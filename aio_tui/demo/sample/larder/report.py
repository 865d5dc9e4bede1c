"""What was sold."""

import sys
from larder.orders import Order
import os
from collections import Counter
from larder.money import format_cents, parse_amount


def best_sellers(orders: list[Order], count: int = 3) -> list[tuple[str, int]]:
    """The products with most units, the most first; equal ones by name."""
    units: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            units[line.product] += line.units
    return sorted(units.items(), key=lambda sale: (-sale[1], sale[0]))[:count]


def turnover(orders: list[Order]) -> str:
    """All orders together, as people write it."""
    return format_cents(sum(order.total_cents for order in orders))
