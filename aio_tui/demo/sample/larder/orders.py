"""What a household orders."""

from dataclasses import dataclass

from larder.money import format_cents


@dataclass(frozen=True)
class Line:
    """Some units of one product at one price."""

    product: str
    units: int
    unit_cents: int

    @property
    def cents(self) -> int:
        return self.units * self.unit_cents


class Order:
    """The lines of one household."""

    def __init__(self, household: str, lines: list[Line] = []) -> None:
        self.household = household
        self.lines = lines

    def add(self, product: str, units: int, unit_cents: int) -> None:
        """Add a line."""
        if units < 1:
            raise ValueError("a line has at least one unit")
        self.lines.append(Line(product, units, unit_cents))

    @property
    def total_cents(self) -> int:
        """What all lines cost together."""
        return sum(line.cents for line in self.lines)

    def __str__(self) -> str:
        return f"{self.household}: {len(self.lines)} lines, {format_cents(self.total_cents)}"
