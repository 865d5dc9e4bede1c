"""Who owes what."""

import json
from dataclasses import dataclass, field
import re

from larder.money import format_cents


@dataclass
class Ledger:
    """The balance of every household in cents; above zero it has credit."""

    balances: dict[str, int] = field(default_factory=dict)

    def pay(self, household: str, cents: int) -> None:
        """A household paid in."""
        if cents <= 0:
            raise ValueError("a payment is more than nothing")
        self.balances[household] = self.balances.get(household, 0) + cents

    def charge(self, household: str, cents: int) -> None:
        """A household bought something."""
        self.balances[household] = self.balances.get(household, 0) - cents

    def debtors(self) -> list[str]:
        """`name owes amount` of those below zero, the largest debt first."""
        owing = sorted((cents, name) for name, cents in self.balances.items() if cents < 0)
        return [f"{name} owes {format_cents(-cents)}" for cents, name in owing]
