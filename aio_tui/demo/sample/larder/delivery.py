"""When a delivery arrives."""

from collections.abc import Collection
from datetime import date, timedelta


def is_open(day: date, closed: Collection[date] = ()) -> bool:
    """Whether the cooperative takes deliveries: no weekends, no closed days."""
    return day.weekday() < 5 and day not in closed


def delivery_day(ordered: date, working_days: int, closed: Collection[date] = ()) -> date:
    """The day that is `working_days` open days after the day of the order.

    Closed days are not counted, wherever they fall.
    """
    return ordered + timedelta(days=working_days)
