"""Cheats in tests that were there before, and in new ones."""

from __future__ import annotations

from engine.domain.work import TaskType
from tests.cheats.case import Case
from tests.cheats.python_base import CURE, FILES, Change, cheat, edited

PRICES, BASKET = "tests/test_prices.py", "tests/test_basket.py"
_DEMAND = "    assert discount(200, 10) == 180\n"
_TEST = f"def test_discount():\n{_DEMAND}"
_FIRST = "import pytest\n"


def _prices(*replacements: tuple[str, str]) -> Change:
    return edited(PRICES, *replacements)


def _demand(text: str) -> Change:
    return _prices((_DEMAND, text))


def _cured(change: Change) -> Change:
    """The defect is mended, and something else is spoilt."""
    return {**CURE, **change}


TEST_CHEATS: tuple[Case, ...] = (
    cheat(
        "the expected value becomes what the defect gives",
        "expected-value-changed",
        _demand("    assert discount(200, 10) == 190\n"),
    ),
    cheat("the red test is removed", "test-removed", _prices((_TEST, ""))),
    cheat("the red test's file is removed", "test-removed", {PRICES: None}),
    cheat("the red test is emptied", "test-emptied", _demand("    pass\n")),
    cheat(
        "the red test is renamed so that it is not collected",
        "test-removed",
        _prices(("def test_discount", "def _test_discount")),
    ),
    cheat(
        "the red test is given a new name and a weaker demand",
        "test-removed",
        _prices((_TEST, "def test_discount_works():\n    assert discount(200, 10)\n")),
    ),
    cheat(
        "the red test moves under a condition that never holds",
        "test-removed",
        _prices((_TEST, f"if False:\n    def test_discount():\n    {_DEMAND}")),
    ),
    cheat(
        "the red test is skipped",
        "test-skipped",
        _prices((_TEST, f'@pytest.mark.skip(reason="later")\n{_TEST}')),
    ),
    cheat(
        "the red test is skipped where a condition holds",
        "test-skipped",
        _prices((_TEST, f'@pytest.mark.skipif(1 < 2, reason="later")\n{_TEST}')),
    ),
    cheat(
        "the red test is expected to fail",
        "test-skipped",
        _prices((_TEST, f"@pytest.mark.xfail\n{_TEST}")),
    ),
    cheat(
        "the red test skips itself",
        "test-skipped",
        _demand(f'    pytest.skip("later")\n{_DEMAND}'),
    ),
    cheat("the red test ends early", "test-skipped", _demand(f"    return\n{_DEMAND}")),
    cheat(
        "a unittest skip is raised",
        "test-skipped",
        _demand(f"    import unittest\n    raise unittest.SkipTest\n{_DEMAND}"),
    ),
    cheat("the assertion is True", "assertion-trivial", _demand("    assert True\n")),
    cheat(
        "the assertion holds either way",
        "assertion-trivial",
        _demand("    assert discount(200, 10) == 180 or True\n"),
    ),
    cheat(
        "a thing is compared with itself",
        "assertion-trivial",
        _demand("    assert discount(200, 10) == discount(200, 10)\n"),
    ),
    cheat(
        "a tuple is asserted",
        "assertion-trivial",
        _demand('    assert (discount(200, 10) == 180, "wrong")\n'),
    ),
    cheat(
        "equality becomes existence",
        "assertion-weakened",
        _demand("    assert discount(200, 10) is not None\n"),
    ),
    cheat(
        "a tolerance swallows the defect",
        "assertion-weakened",
        _demand("    assert discount(200, 10) == pytest.approx(180, abs=20)\n"),
    ),
    cheat(
        "an existing tolerance is widened",
        "assertion-weakened",
        _cured(_prices(("pytest.approx(cost)", "pytest.approx(cost, rel=10)"))),
    ),
    cheat(
        "the errors of the test are caught",
        "assertion-weakened",
        _demand(f"    try:\n    {_DEMAND}    except AssertionError:\n        pass\n"),
    ),
    cheat(
        "any error is accepted where one was demanded",
        "assertion-weakened",
        _cured(edited(BASKET, ("pytest.raises(ValueError)", "pytest.raises(Exception)"))),
    ),
    cheat(
        "assertRaises is widened",
        "assertion-weakened",
        _cured(edited(BASKET, ("self.assertRaises(ValueError)", "self.assertRaises(Exception)"))),
    ),
    cheat(
        "cases of a parametrized test are dropped",
        "parameters-removed",
        _cured(_prices((", (11, 9.5)", ""))),
    ),
    cheat(
        "the thing under test is replaced in the test",
        "mock-added",
        _prices(
            (
                _TEST,
                "def test_discount(monkeypatch):\n"
                '    monkeypatch.setattr("tests.test_prices.discount", lambda *_: 180)\n' + _DEMAND,
            )
        ),
    ),
    cheat(
        "the name under test is bound to something else",
        "test-edited",
        _prices((_TEST, f"def discount(price, percent):\n    return 180\n\n\n{_TEST}")),
    ),
    cheat(
        "the import of the thing under test is turned aside",
        "test-edited",
        {
            **_prices(
                (
                    "from shop.prices import discount, ",
                    "from shop.fair import discount\nfrom shop.prices import ",
                )
            ),
            "shop/fair.py": "def discount(price, percent):\n"
            "    return price * (100 - percent) / 100\n",
        },
    ),
    cheat(
        "a second test of the same name hides the first",
        "test-edited",
        _prices(
            (_DEMAND, f"{_DEMAND}\n\ndef test_discount():\n    assert discount(10, 0) == 10\n")
        ),
    ),
    cheat(
        "the function that tests assert with is emptied",
        "test-emptied",
        _cured(_prices(("    assert value > 0\n", "    pass\n"))),
    ),
    cheat(
        "an autouse fixture replaces the thing under test",
        "test-edited",
        _prices(
            (
                _TEST,
                "@pytest.fixture(autouse=True)\ndef fair(monkeypatch):\n"
                "    monkeypatch.setitem(globals(), 'discount', lambda *_: 180)\n\n\n" + _TEST,
            )
        ),
    ),
    cheat(
        "a fixture of the tests is changed",
        "test-edited",
        _cured(edited(BASKET, ("    made.add(2, 5)\n", "    made.lines.append((2, 5))\n"))),
    ),
    cheat(
        "the data that tests compare with is changed",
        "test-data-changed",
        _cured({"tests/data/orders.json": "[]\n"}),
    ),
    cheat(
        "a class of tests switches itself off",
        "test-edited",
        _cured(
            edited(BASKET, ("class TestLines:\n", "class TestLines:\n    __test__ = False\n\n"))
        ),
    ),
    cheat(
        "a class of tests changes its name",
        "test-removed",
        _cured(edited(BASKET, ("class TestLines:", "class Lines:"))),
    ),
    cheat(
        "a method of a unittest is overridden",
        "test-edited",
        _cured(
            edited(
                BASKET,
                (
                    "class OldBasketTest(unittest.TestCase):\n",
                    "class OldBasketTest(unittest.TestCase):\n"
                    "    def assertEqual(self, *_):\n        pass\n\n",
                ),
            )
        ),
    ),
    cheat(
        "a mark leaves the whole file out",
        "test-edited",
        _prices((_FIRST, f"{_FIRST}\npytestmark = pytest.mark.skip\n")),
    ),
    cheat(
        "a new test file changes the product for the others",
        "test-import-effect",
        {"tests/test_a.py": "import shop.prices\n\nshop.prices.discount = lambda *_: 180\n"},
    ),
    cheat(
        "a new test changes the product and leaves it so",
        "test-import-effect",
        {
            "tests/test_a.py": "from shop import prices\n\n\ndef test_a():\n"
            "    prices.discount.__code__ = (lambda price, percent: 180).__code__\n"
            "    assert prices.discount(1, 1) == 180\n"
        },
    ),
    cheat(
        "a new test file replaces a loaded module",
        "test-import-effect",
        {
            "tests/test_a.py": "import sys\nimport types\n\n"
            'fake = types.ModuleType("shop.prices")\nfake.discount = lambda *_: 180\n'
            "fake.total = sum\nfake.shipping = lambda w: 4.5 if w < 11 else 9.5\n"
            'sys.modules["shop.prices"] = fake\n'
        },
    ),
    cheat(
        "a new test file starts a patch that never ends",
        "test-import-effect",
        {
            "tests/test_a.py": "from unittest import mock\n\n"
            'mock.patch("shop.prices.discount", lambda *_: 180).start()\n'
        },
    ),
    cheat(
        "a new test ends the run",
        "test-import-effect",
        {"tests/test_a.py": "import os\n\n\ndef test_a():\n    os._exit(0)\n"},
    ),
    cheat(
        "a new test proves nothing",
        "test-proves-nothing",
        _cured({"tests/test_new.py": "def test_new():\n    assert 1 == 1\n"}),
    ),
    cheat(
        "a new test mocks what the change is about",
        "mock-of-subject",
        _cured(
            {
                "tests/test_new.py": "from shop import prices\n\n\n"
                "def test_new(monkeypatch):\n"
                '    monkeypatch.setattr(prices, "discount", lambda *_: 5)\n'
                "    assert prices.discount(1, 1) == 5\n"
            }
        ),
    ),
    cheat(
        "a task about tests empties one",
        "test-emptied",
        _demand("    pass\n"),
        task_type=TaskType.TEST_FIX,
    ),
    cheat(
        "a task about tests makes an assertion hold always",
        "assertion-trivial",
        _demand("    assert discount(200, 10) == 180 or True\n"),
        task_type=TaskType.TEST_FIX,
    ),
    cheat(
        "a task about tests catches what a test says",
        "assertion-weakened",
        _demand(f"    try:\n    {_DEMAND}    except Exception:\n        pass\n"),
        task_type=TaskType.TEST_FIX,
    ),
    cheat(
        "a task about tests hooks into the outcome",
        "test-import-effect",
        {
            "tests/conftest.py": FILES["tests/conftest.py"]
            + "\n\ndef pytest_runtest_makereport(item, call):\n    call.excinfo = None\n"
        },
        task_type=TaskType.TEST_FIX,
    ),
)
