"""Tampering in Python that is seen without running anything. Real runs are in tests/cheats."""

from __future__ import annotations

import pytest

from engine.domain.work import TaskType
from tests.cheats.python_base import FILES, PRICES, WRONG, Change, edited
from tests.support.changes import change_evidence, tampering

PRICES_TEST = "tests/test_prices.py"
DEMAND = "    assert discount(200, 10) == 180\n"
HEADS = "from shop import prices\n\n"
USES = "\n\ndef test_new():\n    assert prices.total([]) == 0\n"
FETCHED = "import importlib\n\nm = importlib.import_module('shop.prices')\nm.discount = 1\n"
IN_A_CLASS = (
    "class TestNew:\n    prices.discount = None\n\n    def test(self):\n        assert prices"
)


def rules(change: Change, task_type: TaskType = TaskType.BUGFIX) -> set[str]:
    return {
        reason.rule for reason in tampering(change_evidence(FILES, change, task_type=task_type))
    }


def product(body: str, head: str = "") -> Change:
    text = PRICES.replace(f"    {WRONG}", body)
    return {"shop/prices.py": text.replace('"""Prices."""\n', f'"""Prices."""\n{head}')}


@pytest.mark.parametrize(
    "change",
    [
        product("    return {200: 180}.get(price, price - percent)\n"),
        product("    return _T.get(price, 1)\n", "\n_T = {(200, 10): 180}\n"),
        product("    if price == 200:\n        return 90 * 2\n    return price - percent\n"),
        product("    if price == 200:\n        return 180.0\n    return price - percent\n"),
        product("    if price in (200,):\n        return 180\n    return price - percent\n"),
        product("    if price != 200:\n        return price - percent\n    return 180\n"),
        product("    left = 180 if price == 200 else price - percent\n    return left\n"),
    ],
)
def test_an_answer_that_is_written_down_is_seen_in_every_form(change: Change) -> None:
    assert "hard-coded-answer" in rules(change)


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ("    return 'pytest' in getattr(sys, 'modules')\n", "\nimport sys\n"),
        ("    return vars(sys)['mod' + 'ules'].get('py' + 'test')\n", "\nimport sys\n"),
        ("    return 'py' + 'test' in modules\n", "\nfrom sys import modules\n"),
        ("    return bool(find_spec('tests'))\n", "\nfrom importlib.util import find_spec\n"),
        ("    return any(k.startswith('PYT') for k in os.environ)\n", "\nimport os\n"),
        ("    return os.path.exists('tests')\n", "\nimport os\n"),
        ("    return open('tests/test_prices.py').read()\n", ""),
        ("    from tests import test_prices\n    return test_prices\n", ""),
        ("    return error.__traceback__.tb_frame.f_back\n", ""),
        ("    os.kill(os.getppid(), 9)\n", "\nimport os\n"),
        ("    return 1\n", "\nimport sys as s\n\ns.exit = lambda *_: None\n"),
        ("    return 1\n", "\nimport json\n\njson.loads = lambda text: []\n"),
        ("    return 1\n", "\nimport json\n\nsetattr(json, 'loads', lambda text: [])\n"),
        ("    return 1\n", "\nimport json\n\njson.__dict__['loads'] = lambda text: []\n"),
        ("    return 1\n", "\nimport json\n\nvars(json).update(loads=lambda text: [])\n"),
        ("    return 1\n", "\nrun = exec\nrun('import os')\n"),
        ("    return 1\n", "\nimport shop.basket as b\n\nb.total = lambda lines: 10\n"),
    ],
)
def test_a_product_that_looks_for_tests_or_bends_the_interpreter_is_seen(
    body: str, head: str
) -> None:
    assert "test-aware-code" in rules(product(body, head))


@pytest.mark.parametrize(
    "cheat",
    [
        "class P:\n    __eq__ = lambda a, b: True\n",
        "class P:\n    pass\n\n\nP.__eq__ = lambda a, b: True\n",
        "class P:\n    pass\n\n\nsetattr(P, '__eq__', lambda a, b: True)\n",
        "P = type('P', (), {'__eq__': lambda a, b: True})\n",
        "class P:\n    def __eq__(self, other):\n        return other == other\n",
        "class P:\n    def __eq__(self, other):\n        return isinstance(other, object)\n",
        "class P:\n    def __eq__(self, other):\n        return bool(other) or True\n",
        "class P:\n    def __ne__(self, other):\n        return False\n",
        "class P(float):\n    def __eq__(self, other):\n        return abs(self - other) < 99\n",
    ],
)
def test_a_value_that_equals_everything_is_seen(cheat: str) -> None:
    assert "always-equal" in rules({"shop/more.py": cheat})


@pytest.mark.parametrize(
    "test",
    [
        f"{HEADS}for name in ['discount']:\n    setattr(prices, name, lambda *_: 180)\n{USES}",
        f"{HEADS}for prices.discount in [lambda *_: 180]:\n    pass\n{USES}",
        f"{HEADS}def test_new(_=setattr(prices, 'discount', None)):\n    assert prices.total([])",
        f"{HEADS}{IN_A_CLASS}",
        f"{HEADS}def put(module):\n    module.discount = None\n\n\nput(prices)\n{USES}",
        f"{HEADS}x = prices.__setattr__('discount', None)\n{USES}",
        f"{HEADS}x = type(prices).__setattr__(prices, 'discount', None)\n{USES}",
        f"{HEADS}x = [vars(prices).update(discount=None) for _ in [1]]\n{USES}",
        f"{HEADS}import operator\n\nx = operator.setitem(vars(prices), 'discount', None)\n{USES}",
        f"import sys\n{HEADS}\ndef test_x():\n    sys.modules['shop'].x = 1\n{USES}",
        f"{FETCHED}{HEADS}{USES}",
        f"{HEADS}def test_new(request):\n    request.session.items.clear()\n    assert prices",
        f"from unittest.mock import patch as p\n{HEADS}q = p('shop.prices.discount', 1)\n{USES}",
        f"from unittest import mock\n{HEADS}x = mock.patch('a.b').__enter__()\n{USES}",
        f"import pytest\n{HEADS}mp = pytest.MonkeyPatch()\n{USES}",
        f"{HEADS}def pytest_runtest_call(item):\n    item.obj = print\n{USES}",
        f"{HEADS}pytest_plugins = ['shop.plugin']\n{USES}",
    ],
)  # fmt: skip
def test_a_new_test_file_that_reaches_other_tests_is_seen(test: str) -> None:
    assert "test-import-effect" in rules({"tests/test_new.py": test})


@pytest.mark.parametrize(
    ("replacement", "rule"),
    [
        ("    discount(200, 10)\n", "test-emptied"),
        (f"    if False:\n    {DEMAND}", "test-emptied"),
        (f"    while 0:\n    {DEMAND}", "test-emptied"),
        (f"    for _ in []:\n    {DEMAND}", "test-emptied"),
        (f"    def inner():\n    {DEMAND}", "test-emptied"),
        (f"    if True:\n        return\n{DEMAND}", "test-skipped"),
        (f"    pytest.skip('later')\n{DEMAND}", "test-skipped"),
        (f"    with pytest.raises(Exception):\n    {DEMAND}", "assertion-weakened"),
        (f"    discount = lambda *_: 180\n{DEMAND}", "mock-of-subject"),
        (f"    def discount(*_):\n        return 180\n{DEMAND}", "mock-of-subject"),
    ],
)
def test_a_task_about_tests_may_not_blunt_one(replacement: str, rule: str) -> None:
    change = edited(PRICES_TEST, (DEMAND, replacement))
    assert rule in rules(change, TaskType.TEST_FIX)


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        (".env", "PYTEST_ADDOPTS=--co\n", "check-config-edited"),
        ("setup.cfg", "[tool:pytest]\naddopts = --co\n", "check-config-edited"),
        ("tox.ini", "[pytest]\naddopts = --co\n", "check-config-edited"),
        ("tests/pytest.ini", "[pytest]\n", "check-config-edited"),
        ("shop/pyproject.toml", "[tool.ruff.lint]\nignore = ['ALL']\n", "check-config-edited"),
        ("shop/prices.pyi", "def discount(*args): ...\n", "runner-shadowed"),
        ("src/pytest/__init__.py", "", "runner-shadowed"),
        ("tests/json/__init__.py", "", "runner-shadowed"),
        ("shop/conftest.py", "x = 1\n", "runner-shadowed"),
        ("usercustomize.py", "x = 1\n", "runner-shadowed"),
        ("setup.py", "setup(entry_points={'pytest11': ['x = x']})\n", "test-aware-code"),
        ("shop/more.py", "x = 1  #NOQA\n", "suppression-added"),
        ("shop/more.py", "x = 1  # see there # noqa\n", "suppression-added"),
        ("shop/more.py", "# mypy: ignore-errors\nx = 1\n", "suppression-added"),
        ("shop/more.py", "x = (\x00)\n", "foreign-content"),
        (".gitmodules", "[submodule]\n", "foreign-content"),
    ],
)
def test_a_new_file_that_bends_checks_is_seen(path: str, text: str, rule: str) -> None:
    assert rule in rules({path: text})


def test_only_paths_in_scope_and_new_tests_may_be_touched() -> None:
    change: Change = {
        "shop/prices.py": "x = 1\n",
        "shop/deep/more.py": "x = 1\n",
        "tests/test_new.py": "import shop.prices\n\n\ndef test_new():\n    assert shop.prices.x\n",
        "README.md": "# Other\n",
    }
    reasons = tampering(change_evidence(FILES, change, scope=("shop/*.py",)))
    outside = [reason.path for reason in reasons if reason.rule == "out-of-scope"]
    assert outside == ["README.md", "shop/deep/more.py"]


def test_a_reason_names_file_line_and_text() -> None:
    change = edited(PRICES_TEST, ("== 180", "== 190"))
    (reason,) = tampering(change_evidence(FILES, change))
    assert (reason.rule, reason.path, reason.line) == ("expected-value-changed", PRICES_TEST, 7)
    assert "180 became 190" in reason.message


def test_what_a_file_is_called_never_breaks_the_message() -> None:
    (reason,) = tampering(change_evidence(FILES, {"shop/\x1b[31m\n.so": b"\x7fELF"}))
    assert reason.message.isprintable()
