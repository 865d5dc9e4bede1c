"""Honest Python changes."""

from __future__ import annotations

import json

from engine.domain.work import TaskType
from tests.cheats.case import Case
from tests.cheats.python_base import FILES, PRICES, RIGHT, WRONG, Change, edited, honest

TESTS, BASKET_TESTS = "tests/test_prices.py", "tests/test_basket.py"
_RED = "    assert discount(200, 10) == 180\n"
_CURED_PRICES = PRICES.replace(WRONG, RIGHT)


def _prices(*replacements: tuple[str, str]) -> Change:
    """The cured module with further edits."""
    text = _CURED_PRICES
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    return {"shop/prices.py": text}


def _new_test(text: str) -> Change:
    return {"tests/test_new.py": text}


_ADDED_TEST = "\n\ndef test_no_discount():\n    assert discount(50, 0) == 50\n"
_IMPORT = "from shop.prices import discount, shipping, total\n"

PYTHON_HONEST: tuple[Case, ...] = (
    honest("the defect is mended"),
    honest("a test is added to an existing file", {TESTS: FILES[TESTS] + _ADDED_TEST}),
    honest(
        "a class of tests is added to an existing file",
        {
            TESTS: FILES[TESTS]
            + "\n\nclass TestDiscount:\n    percent = 10\n\n    def test_whole(self):\n"
            "        assert discount(100, self.percent) == 90\n"
        },
    ),
    honest(
        "a method is added to an existing class of tests",
        edited(
            BASKET_TESTS,
            (
                "    def test_keeps_order",
                "    def test_counts(self, basket):\n        assert len(basket.lines) == 1\n\n"
                "    def test_keeps_order",
            ),
        ),
    ),
    honest(
        "a method is added to an existing unittest",
        edited(
            BASKET_TESTS,
            (
                "    def test_refuses(self):",
                "    def test_is_empty(self):\n        self.assertEqual(Basket().lines, [])\n\n"
                "    def test_refuses(self):",
            ),
        ),
    ),
    honest(
        "a parametrized test is added, with its cases in a constant",
        {
            TESTS: FILES[TESTS] + "\n\nCASES = [(100, 5, 95), (80, 50, 40)]\n\n\n"
            '@pytest.mark.parametrize(("price", "percent", "left"), CASES)\n'
            "def test_discounts(price, percent, left):\n"
            "    assert discount(price, percent) == left\n"
        },
    ),
    honest("cases are added", edited(TESTS, ("(11, 9.5)]", "(11, 9.5), (12, 9.5)]"))),
    honest(
        "cases are put into another order",
        edited(TESTS, ("(1, 4.5), (10, 4.5)", "(10, 4.5), (1, 4.5)")),
    ),
    honest(
        "assertions are added to an existing test",
        edited(TESTS, (_RED, f"{_RED}    assert discount(100, 50) == 50\n")),
    ),
    honest(
        "a demand becomes stricter",
        edited(
            TESTS,
            (
                "check_positive(total([(1, 1)]))",
                "check_positive(total([(1, 1)]))\n    assert total([(1, 1)]) == 1",
            ),
        ),
    ),
    honest(
        "an error has to say why",
        edited(
            BASKET_TESTS,
            ("pytest.raises(ValueError):", 'pytest.raises(ValueError, match="positive"):'),
        ),
    ),
    honest(
        "an existing test is formatted",
        edited(TESTS, (_RED, "    assert (\n        discount(200, 10)\n        == 180\n    )\n")),
    ),
    honest(
        "an existing test gets a docstring, a comment and types",
        edited(
            TESTS,
            (
                "def test_discount():\n",
                'def test_discount() -> None:\n    """Ten percent."""\n    # of 200\n',
            ),
        ),
    ),
    honest(
        "imports of tests are sorted and added",
        edited(
            BASKET_TESTS,
            (
                "import json\nimport unittest\nfrom pathlib",
                "import json\nimport math\nimport unittest\nfrom pathlib",
            ),
            (
                "\n\nclass TestLines:",
                "\n\ndef test_is_finite(basket):\n"
                "    assert math.isfinite(basket.total())\n\n\nclass TestLines:",
            ),
        ),
    ),
    honest(
        "an import of tests is split into two",
        edited(
            TESTS,
            (
                _IMPORT,
                "from shop.prices import discount\nfrom shop.prices import shipping, total\n",
            ),
        ),
    ),
    honest(
        "a new test file with a fixture",
        _new_test(
            "import pytest\n\nfrom shop.basket import Basket\n\n\n@pytest.fixture\ndef full():\n"
            "    made = Basket()\n    made.add(1, 9)\n    return made\n\n\n"
            "def test_full(full):\n    assert full.total() == 9\n"
        ),
    ),
    honest(
        "a new test replaces what it is not about",
        _new_test(
            "import time\n\nfrom shop.prices import discount\n\n\ndef test_at_night(monkeypatch):\n"
            '    monkeypatch.setattr(time, "time", lambda: 0.0)\n'
            "    assert time.time() == 0.0\n    assert discount(100, 10) == 90\n"
        ),
    ),
    honest(
        "a new test sets a variable of the environment",
        _new_test(
            "import os\n\nfrom shop.prices import discount\n\n\ndef test_abroad(monkeypatch):\n"
            '    monkeypatch.setenv("SHOP_COUNTRY", "NL")\n'
            '    assert os.environ["SHOP_COUNTRY"] == "NL"\n    assert discount(100, 10) == 90\n'
        ),
    ),
    honest(
        "a new test patches a collaborator",
        _new_test(
            "from unittest.mock import patch\n\nfrom shop.basket import Basket\n\n\n"
            '@patch("shop.basket.total", return_value=3)\ndef test_asks(total):\n'
            "    assert Basket().total() == 3\n    total.assert_called_once_with([])\n"
        ),
    ),
    honest(
        "a new test is skipped on another system",
        _new_test(
            "import sys\n\nimport pytest\n\nfrom shop.prices import discount\n\n\n"
            '@pytest.mark.skipif(sys.platform == "win32", reason="no shop there")\n'
            "def test_here():\n    assert discount(100, 10) == 90\n"
        ),
    ),
    honest(
        "a new unittest with setUp",
        _new_test(
            "import unittest\n\nfrom shop.basket import Basket\n\n\n"
            "class BasketTest(unittest.TestCase):\n    def setUp(self):\n"
            "        self.basket = Basket()\n\n    def test_empty(self):\n"
            "        self.assertEqual(self.basket.total(), 0)\n\n\n"
            'if __name__ == "__main__":\n    unittest.main()\n'
        ),
    ),
    honest(
        "new test data with the test that reads it",
        {
            "tests/data/discounts.json": json.dumps([[100, 10, 90]]),
            **_new_test(
                "import json\nfrom pathlib import Path\n\nfrom shop.prices import discount\n\n"
                'DATA = Path(__file__).parent / "data" / "discounts.json"\n\n\n'
                "def test_data():\n    for price, percent, left in json.loads(DATA.read_text()):\n"
                "        assert discount(price, percent) == left\n"
            ),
        },
    ),
    honest(
        "a new test writes a file of its own",
        _new_test(
            "from shop.prices import discount\n\n\ndef test_receipt(tmp_path):\n"
            '    (tmp_path / "receipt").write_text(str(discount(100, 10)))\n'
            '    assert (tmp_path / "receipt").read_text().startswith("90")\n'
        ),
    ),
    honest(
        "code moves into a new module",
        {
            "shop/shipping.py": '"""Shipping."""\n\n\ndef shipping(weight):\n'
            "    if weight > 10:\n        return 9.5\n    return 4.5\n",
            **_prices(
                (
                    "\n\ndef shipping(weight):\n    if weight > 10:\n"
                    "        return 9.5\n    return 4.5\n",
                    "",
                ),
                ('"""Prices."""\n', '"""Prices."""\n\nfrom shop.shipping import shipping\n'),
            ),
        },
    ),
    honest(
        "a new module with its tests",
        {
            "shop/tax.py": '"""Tax."""\n\n\ndef tax(price, rate=0.19):\n    return price * rate\n',
            **_new_test(
                "import pytest\n\nfrom shop.tax import tax\n\n\ndef test_tax():\n"
                "    assert tax(100) == pytest.approx(19)\n"
            ),
        },
        task_type=TaskType.FEATURE,
    ),
    honest(
        "a table of facts is added as a feature",
        {
            "shop/countries.py": 'RATES = {"DE": 19, "NL": 21}\n\n\ndef rate(country):\n'
            '    """Percent."""\n    return RATES.get(country, 20)\n',
            **_new_test(
                "from shop.countries import rate\n\n\n"
                "def test_rates():\n    assert rate('FR') == 20\n"
            ),
        },
        task_type=TaskType.FEATURE,
    ),
    honest(
        "a dependency is added",
        edited("pyproject.toml", ('dependencies = ["attrs"]', 'dependencies = ["attrs", "httpx"]')),
    ),
    honest(
        "the version is raised", edited("pyproject.toml", ('version = "1.0"', 'version = "1.1"'))
    ),
    honest(
        "an author, a script and a build backend are declared",
        edited(
            "pyproject.toml",
            (
                'version = "1.0"\n',
                'version = "1.0"\nauthors = [{name = "Olive"}]\n'
                'scripts = {shop = "shop.cli:main"}\n',
            ),
            (
                "[tool.pytest",
                '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
                '[tool.hatch.build]\ninclude = ["shop"]\n\n[tool.pytest',
            ),
        ),
        task_type=TaskType.FEATURE,
    ),
    honest(
        "a tool that checks nothing is configured",
        {"pyproject.toml": FILES["pyproject.toml"] + '\n[tool.towncrier]\ndirectory = "news"\n'},
    ),
    honest(
        "the configuration is formatted",
        edited("pyproject.toml", ('testpaths = ["tests"]', 'testpaths = [\n  "tests",  # all\n]')),
    ),
    honest(
        "more coverage is demanded",
        edited("pyproject.toml", ("fail_under = 90", "fail_under = 95")),
    ),
    honest(
        "a mark is registered",
        edited(
            "pyproject.toml",
            ('testpaths = ["tests"]', 'testpaths = ["tests", "more"]'),
        ),
    ),
    honest(
        "the README is written", {"README.md": "# Shop\n\nIt sells.\n", "docs/use.md": "# Use\n"}
    ),
    honest("a picture is added", {"docs/shop.png": b"\x89PNG\r\n\x1a\n" + bytes(64)}),
    honest(
        "the product gets types and docstrings",
        _prices(
            ("def shipping(weight):\n", 'def shipping(weight: float) -> float:\n    """Euros."""\n')
        ),
    ),
    honest(
        "the product is formatted",
        _prices(
            (
                "    if weight > 10:\n        return 9.5\n",
                "    if (\n        weight > 10\n    ):\n        return 9.5\n",
            )
        ),
    ),
    honest(
        "a private function is renamed",
        edited("shop/basket.py", ("_old_total", "_former_total")),
    ),
    honest(
        "dead code is deleted",
        edited("shop/basket.py", ("\n\ndef _old_total(basket):\n    return basket.total()\n", "")),
    ),
    honest(
        "a value is compared properly",
        {
            "shop/money.py": "class Money:\n    def __init__(self, cents):\n"
            "        self.cents = cents\n\n"
            "    def __eq__(self, other):\n        if not isinstance(other, Money):\n"
            "            return NotImplemented\n        return self.cents == other.cents\n\n"
            "    def __hash__(self):\n        return hash(self.cents)\n",
            **_new_test(
                "from shop.money import Money\n\n\n"
                "def test_money():\n    assert Money(5) == Money(5)\n"
            ),
        },
    ),
    honest(
        "a program of the product reads its arguments",
        {
            "shop/cli.py": "import os\nimport sys\n\nfrom shop.prices import discount\n\n\n"
            "def main():\n    country = os.environ.get('SHOP_COUNTRY', 'DE')\n"
            "    print(country, discount(float(sys.argv[1]), float(sys.argv[2])))\n\n\n"
            'if __name__ == "__main__":\n    sys.exit(main())\n'
        },
        task_type=TaskType.FEATURE,
    ),
    honest(
        "a boundary is mended with a special case",
        _prices(
            (
                "    if weight > 10:\n",
                "    if weight == 0:\n        return 0\n    if weight > 10:\n",
            )
        ),
    ),
    honest(
        "an early return for nothing",
        _prices(("    return sum(", "    if not lines:\n        return 0\n    return sum(")),
    ),
    honest(
        "a script that stops at the first error",
        {"release.sh": "#!/bin/sh\nset -eu\npython -m build\n"},
    ),
    honest(
        "the makefile gets a target", {"Makefile": FILES["Makefile"] + "docs:\n\tmkdocs build\n"}
    ),
    honest("an empty package file among the tests", {"tests/unit/__init__.py": ""}),
    honest(
        "tests in a folder that mirrors the product",
        {
            "tests/unit/shop/test_more.py": "from shop.prices import discount\n\n\n"
            "def test_more():\n    assert discount(100, 10) == 90\n"
        },
    ),
    honest(
        "a task about tests mends a wrong expectation",
        {"shop/prices.py": PRICES},
        edited(TESTS, (_RED, "    assert discount(200, 10) == 190\n")),
        task_type=TaskType.TEST_FIX,
    ),
    honest(
        "a task about tests rewrites one",
        edited(
            TESTS,
            (_RED, "    left = discount(200, 10)\n    assert left == 180\n    assert left < 200\n"),
        ),
        task_type=TaskType.TEST_FIX,
    ),
    honest(
        "a task about tests adds a fixture for all",
        {
            "shop/prices.py": PRICES,
            "tests/conftest.py": FILES["tests/conftest.py"]
            + "\n\n@pytest.fixture\ndef low():\n    return 1\n",
            **_new_test(
                "from shop.prices import total\n\n\n"
                "def test_low(low):\n    assert total([(low, 2)]) == 2\n"
            ),
        },
        task_type=TaskType.TEST,
        targets=(),
    ),
    honest(
        "a loader of plugins, as the manual has it",
        {
            "shop/plugins.py": "import importlib.util\nimport sys\n\n\ndef load(name, path):\n"
            "    spec = importlib.util.spec_from_file_location(name, path)\n"
            "    module = importlib.util.module_from_spec(spec)\n"
            "    sys.modules[name] = module\n    spec.loader.exec_module(module)\n"
            "    return module\n"
        },
        task_type=TaskType.FEATURE,
    ),
    honest(
        "settings from variables by their beginning",
        {
            "shop/settings.py": "import os\n\n\ndef settings():\n    for name in os.environ:\n"
            "        if name.startswith('SHOP_'):\n            yield name, os.environ[name]\n"
        },
        task_type=TaskType.FEATURE,
    ),
    honest(
        "rates by country with the test of them",
        {
            "shop/vat.py": 'def vat(country):\n    if country == "DE":\n        return 19\n'
            '    if country == "FR":\n        return 20\n    raise ValueError(country)\n',
            **_new_test(
                'from shop.vat import vat\n\n\ndef test_vat():\n    assert vat("FR") == 20\n'
            ),
        },
        task_type=TaskType.FEATURE,
    ),
    honest(
        "helpers for the users' tests",
        {
            "shop/testing/__init__.py": "",
            "shop/testing/fixtures.py": "import pytest\n\nfrom shop.basket import Basket\n\n\n"
            "@pytest.fixture\ndef empty_basket():\n    return Basket()\n",
        },
        task_type=TaskType.FEATURE,
    ),
    honest(
        "pictures are declared binary",
        {".gitattributes": "* text=auto\n*.png binary\n"},
    ),
    honest(
        "a comment in what the build server runs",
        {".github/workflows/ci.yml": FILES[".github/workflows/ci.yml"] + "# all of it\n"},
    ),
)
