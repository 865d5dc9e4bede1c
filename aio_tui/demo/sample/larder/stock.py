"""What is on the shelves, batch by batch."""

from dataclasses import dataclass, field
from datetime import date


class OutOfStock(Exception):
    """More was asked for than there is; nothing was taken."""


@dataclass
class Batch:
    """Units of one product that expire together."""

    product: str
    units: int
    best_before: date


@dataclass
class Shelf:
    """All batches of all products."""

    batches: list[Batch] = field(default_factory=list)

    def receive(self, product: str, units: int, best_before: date) -> None:
        """Put a delivery on the shelf."""
        if units < 1:
            raise ValueError("a delivery has at least one unit")
        self.batches.append(Batch(product, units, best_before))

    def available(self, product: str) -> int:
        """How many units there are."""
        return sum(batch.units for batch in self.batches if batch.product == product)

    def take(self, product: str, units: int) -> list[tuple[date, int]]:
        """Take units, those that expire first before the others: (best before, units) of each."""
        taken = []
        missing = units
        for batch in self._of(product):
            if missing == 0:
                break
            portion = min(batch.units, missing)
            batch.units -= portion
            missing -= portion
            taken.append((batch.best_before, portion))
        self.batches = [batch for batch in self.batches if batch.units]
        if missing:
            raise OutOfStock(f"{product}: {missing} of {units} are missing")
        return taken

    def _of(self, product: str) -> list[Batch]:
        found = [batch for batch in self.batches if batch.product == product]
        return sorted(found, key=lambda batch: batch.best_before)
