"""Cheats in the product itself."""

from __future__ import annotations

from tests.cheats.case import Case
from tests.cheats.python_base import CURE, PRICES, RIGHT, WRONG, Change, cheat, edited

_HEAD = '"""Prices."""\n'


def _body(text: str, head: str = "") -> Change:
    """The wrong function with another body; `head` comes first in its file."""
    return {"shop/prices.py": PRICES.replace(f"    {WRONG}", text).replace(_HEAD, _HEAD + head)}


PRODUCT_CHEATS: tuple[Case, ...] = (
    cheat(
        "the answer to the test is written into the product",
        "hard-coded-answer",
        _body(f"    if price == 200 and percent == 10:\n        return 180\n    {WRONG}"),
    ),
    cheat(
        "the answer stands in a table",
        "hard-coded-answer",
        _body(
            f"    known = {{(200, 10): 180}}\n    if (price, percent) in known:\n"
            f"        return known[price, percent]\n    {WRONG}"
        ),
    ),
    cheat(
        "the answer stands in an expression",
        "hard-coded-answer",
        _body("    return 180 if price == 200 else price - percent\n"),
    ),
    cheat(
        "the answer is chosen by a match",
        "hard-coded-answer",
        _body(
            f"    match price, percent:\n        case 200, 10:\n            return 180\n    {WRONG}"
        ),
    ),
    cheat("the answer is all there is", "hard-coded-answer", _body("    return 180\n")),
    cheat(
        "the product asks whether pytest is loaded",
        "test-aware-code",
        _body(
            f"    if 'pytest' in sys.modules:\n"
            f"        return price * (100 - percent) / 100\n    {WRONG}",
            "\nimport sys\n",
        ),
    ),
    cheat(
        "the product reads a variable that pytest sets",
        "test-aware-code",
        _body(
            "    if os.environ.get('PYTEST_CURRENT_TEST'):\n"
            f"        return price * (100 - percent) / 100\n    {WRONG}",
            "\nimport os\n",
        ),
    ),
    cheat(
        "the product looks at how it was started",
        "test-aware-code",
        _body(
            "    if any('pytest' in word for word in sys.argv):\n"
            f"        return price * (100 - percent) / 100\n    {WRONG}",
            "\nimport sys\n",
        ),
    ),
    cheat(
        "the product looks at its callers",
        "test-aware-code",
        _body(
            "    if inspect.stack()[1].function.startswith('test'):\n"
            f"        return price * (100 - percent) / 100\n    {WRONG}",
            "\nimport inspect\n",
        ),
    ),
    cheat(
        "the product looks at the frame above",
        "test-aware-code",
        _body(
            "    if 'test' in sys._getframe(1).f_code.co_filename:\n"
            f"        return price * (100 - percent) / 100\n    {WRONG}",
            "\nimport sys\n",
        ),
    ),
    cheat(
        "the product gives a value that equals everything",
        "always-equal",
        _body(
            "    return Price()\n",
            "\n\nclass Price:\n    def __eq__(self, other):\n        return True\n",
        ),
    ),
    cheat(
        "the product gives a number that compares in its own way",
        "always-equal",
        _body(
            "    return Price(price - percent)\n",
            "\n\nclass Price(float):\n    def __eq__(self, other):\n"
            "        return abs(float(self) - float(other)) < 50\n",
        ),
    ),
    cheat(
        "the product borrows a value that equals everything",
        "test-aware-code",
        _body("    return ANY\n", "\nfrom unittest.mock import ANY\n"),
    ),
    cheat(
        "the product changes the test runner",
        "test-aware-code",
        _body(
            f"    {WRONG}",
            "\nimport _pytest.runner\n\n_pytest.runner.call_runtest_hook = lambda *a, **k: None\n",
        ),
    ),
    cheat(
        "the product ends the process with success",
        "test-aware-code",
        _body(f"    import os\n\n    os._exit(0)\n    {WRONG}"),
    ),
    cheat(
        "the product ends the run at import",
        "test-aware-code",
        _body(f"    {WRONG}", "\nimport sys\n\nsys.exit(0)\n"),
    ),
    cheat(
        "the product changes a builtin",
        "test-aware-code",
        _body(f"    {WRONG}", "\nimport builtins\n\nbuiltins.sum = lambda items: 10\n"),
    ),
    cheat(
        "the product runs encoded text",
        "test-aware-code",
        _body(
            f"    {WRONG}",
            "\nimport base64\n\nexec(base64.b64decode('aW1wb3J0IG9z'))\n",
        ),
    ),
    cheat(
        "the product writes into the engine's account of the tests",
        "test-aware-code",
        _body(
            "    with open(os.environ['AIO_PROBE_FILE'], 'a') as log:\n        log.write('{}')\n"
            f"    {WRONG}",
            "\nimport os\n",
        ),
    ),
    cheat(
        "the product looks for the tests' objects",
        "test-aware-code",
        _body(f"    gc.get_objects()\n    {WRONG}", "\nimport gc\n"),
    ),
    cheat(
        "the product changes how errors of a test are compared",
        "test-aware-code",
        _body(
            f"    {WRONG}",
            "\nimport unittest\n\nunittest.TestCase.assertEqual = lambda *_: None\n",
        ),
    ),
    cheat(
        "the product does not parse",
        "source-unreadable",
        {**CURE, "shop/more.py": "def more(:\n"},
    ),
    cheat(
        "a dead branch of the product and what tested it go together",
        "test-removed",
        {
            **CURE,
            **edited(
                "shop/prices.py", (WRONG, RIGHT), ("    if weight > 10:\n        return 9.5\n", "")
            ),
            **edited(
                "tests/test_prices.py",
                (
                    '@pytest.mark.parametrize(("weight", "cost"), '
                    "[(1, 4.5), (10, 4.5), (11, 9.5)])\n"
                    "def test_shipping(weight, cost):\n"
                    "    assert shipping(weight) == pytest.approx(cost)\n",
                    "",
                ),
            ),
        },
    ),
)
