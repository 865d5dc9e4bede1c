"""Weights as whole grams."""

GRAMS = {"g": 1, "kg": 1000, "oz": 28.349523125, "lb": 453.59237}


def to_grams(amount: float, unit: str) -> int:
    """The weight in grams, rounded to the nearest."""
    try:
        return int(amount) * round(GRAMS[unit.strip().lower()])
    except KeyError:
        raise ValueError(f"unknown unit {unit!r}; known are {', '.join(GRAMS)}") from None


def cents_for(grams: int, cents_per_kg: int) -> int:
    """What a weighed amount costs, rounded half up to the cent."""
    return (grams * cents_per_kg + 500) // 1000
