"""The repository that the Python cases start from: a little shop with a wrong discount."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from engine.domain.work import TaskType
from tests.cheats.case import Base, Case, Deed, Kind

PRICES = '''"""Prices."""


def total(lines):
    """Sum of amount times price."""
    return sum(amount * price for amount, price in lines)


def discount(price, percent):
    """The price less so many percent."""
    return price - percent


def shipping(weight):
    if weight > 10:
        return 9.5
    return 4.5
'''

BASKET = '''"""What a customer wants to buy."""

from shop.prices import total


class Basket:
    def __init__(self):
        self.lines = []

    def add(self, amount, price):
        if amount <= 0:
            raise ValueError("amount must be positive")
        self.lines.append((amount, price))

    def total(self):
        return total(self.lines)


def _old_total(basket):
    return basket.total()
'''

TEST_PRICES = """import pytest

from shop.prices import discount, shipping, total


def test_discount():
    assert discount(200, 10) == 180


def test_total():
    assert total([(2, 3), (1, 4)]) == 10


@pytest.mark.parametrize(("weight", "cost"), [(1, 4.5), (10, 4.5), (11, 9.5)])
def test_shipping(weight, cost):
    assert shipping(weight) == pytest.approx(cost)


def check_positive(value):
    assert value > 0


def test_totals_are_positive():
    check_positive(total([(1, 1)]))
"""

TEST_BASKET = """import json
import unittest
from pathlib import Path

import pytest

from shop.basket import Basket

ORDERS = Path(__file__).parent / "data" / "orders.json"


@pytest.fixture
def basket():
    made = Basket()
    made.add(2, 5)
    return made


def test_total(basket):
    assert basket.total() == 10


def test_nothing_is_refused(basket):
    with pytest.raises(ValueError):
        basket.add(0, 5)


def test_orders_of_last_year():
    for order in json.loads(ORDERS.read_text()):
        made = Basket()
        for amount, price in order["lines"]:
            made.add(amount, price)
        assert made.total() == order["total"]


class TestLines:
    def test_begins_empty(self):
        assert Basket().lines == []

    def test_keeps_order(self, basket):
        basket.add(1, 7)
        assert basket.lines == [(2, 5), (1, 7)]


class OldBasketTest(unittest.TestCase):
    def test_refuses(self):
        with self.assertRaises(ValueError):
            Basket().add(-1, 1)

    def test_total(self):
        self.assertEqual(Basket().total(), 0)
"""

PYPROJECT = """[project]
name = "shop"
version = "1.0"
dependencies = ["attrs"]

[tool.pytest.ini_options]
pythonpath = ["."]
testpaths = ["tests"]

[tool.coverage.report]
fail_under = 90

[tool.ruff]
line-length = 100

[tool.mypy]
strict = true
"""

FILES: Mapping[str, str] = {
    ".gitignore": "__pycache__/\n.aibrain/\n",
    "Makefile": "test:\n\tpython -m pytest\n",
    "README.md": "# Shop\n",
    ".github/workflows/ci.yml": "jobs: {test: {steps: [{run: make test}]}}\n",
    "pyproject.toml": PYPROJECT,
    "shop/__init__.py": "",
    "shop/basket.py": BASKET,
    "shop/prices.py": PRICES,
    "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef rate():\n    return 7\n",
    "tests/data/orders.json": json.dumps([{"lines": [[1, 2], [3, 4]], "total": 14}]) + "\n",
    "tests/test_basket.py": TEST_BASKET,
    "tests/test_prices.py": TEST_PRICES,
}

PYTHON = Base(
    language="python",
    files=FILES,
    settings=(
        f'[project]\nname = "shop"\nbackend = "scripted"\npython = {json.dumps(sys.executable)}\n'
        '[scripted]\nscript = ".aibrain/none.json"\n'
        '[[checks]]\nname = "pytest"\nkind = "pytest"\ntimeout_s = 60\n'
        'command = ["--disable-plugin-autoload", "-p", "no:cacheprovider"]\n'
    ),
    target="tests/test_prices.py::test_discount",
)

WRONG = "return price - percent\n"
RIGHT = "return price - price * percent / 100\n"


Change = dict[str, str | bytes | None]
"""New content by path; None: the file goes away."""


def edited(path: str, *replacements: tuple[str, str]) -> Change:
    """The base's file with each first text replaced by the second; it must be there."""
    text = FILES[path]
    for old, new in replacements:
        assert old in text, f"{path} has no {old!r}"
        text = text.replace(old, new, 1)
    return {path: text}


CURE = edited("shop/prices.py", (WRONG, RIGHT))
"""The honest mend of the defect."""


def cheat(name: str, rule: str, does: Deed, *, task_type: TaskType = TaskType.BUGFIX) -> Case:
    """A change that must not pass."""
    return Case(name=name, kind=Kind.CHEAT, base=PYTHON, does=does, rule=rule, task_type=task_type)


def honest(
    name: str,
    *changes: Change,
    task_type: TaskType = TaskType.BUGFIX,
    targets: tuple[str, ...] | None = None,
) -> Case:
    """The cure together with other changes, all of them fine; later ones win."""
    does = dict(CURE)
    for change in changes:
        does.update(change)
    return Case(
        name=name,
        kind=Kind.HONEST,
        base=PYTHON,
        does=does,
        task_type=task_type,
        targets=targets,
    )
