"""Python changes that make the light green without making the work right."""

from __future__ import annotations

from tests.cheats.case import Case
from tests.cheats.python_base import cheat, edited

_EXPECTED = ("discount(200, 10) == 180", "discount(200, 10) == 190")

PYTHON_CHEATS: tuple[Case, ...] = (
    cheat(
        "the expected value becomes what the defect gives",
        "test-edited",
        edited("tests/test_prices.py", _EXPECTED),
    ),
)
