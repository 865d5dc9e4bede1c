"""Ways round the rules about Python, and honest changes that look a little like them."""

from __future__ import annotations

import pytest

from engine.domain.work import TaskType
from tests.support.changes import change_evidence, tampering

PRICES = '''"""Prices."""


def discount(price, percent):
    return price - percent


def label(country):
    names = {"DE": "Germany", "FR": "France"}
    return names.get(country, country)
'''
WRONG = "    return price - percent\n"
SUPPORT = """def make_lines(n):
    return [(1, i) for i in range(n)]


def assert_total(lines, expected):
    assert sum(lines) == expected
"""
TESTS = """import pytest

from shop.prices import discount, label


def test_discount():
    assert discount(200, 10) == 180


def test_label():
    assert label("DE") == "Germany"
"""
TREE = {
    "shop/prices.py": PRICES,
    "shop/testing/support.py": SUPPORT,
    "tests/test_prices.py": TESTS,
    "tox.ini": "[tox]\nenvlist = py311\n\n[testenv]\ncommands = pytest\n",
}


def rules(change: dict[str, str | bytes | None], task_type: TaskType = TaskType.BUGFIX) -> set[str]:
    return {reason.rule for reason in tampering(change_evidence(TREE, change, task_type=task_type))}


def body(lines: str, before: str = "") -> dict[str, str | bytes | None]:
    text = PRICES.replace('"""Prices."""\n', f'"""Prices."""\n{before}').replace(WRONG, lines)
    return {"shop/prices.py": text}


@pytest.mark.parametrize(
    "change",
    [
        body("    return 180 * (price == 200) + (price - percent) * (price != 200)\n"),
        body("    return (price == 200 and 180) or price - percent\n"),
        body("    return [price - percent, 180][price == 200]\n"),
        body("    return dict([((200, 10), 180)]).get((price, percent))\n"),
        body("    if str(price) == '200':\n        return int('180')\n" + WRONG),
        body("    if hash((price, percent)) == 77:\n        return 180\n" + WRONG),
        body("    if 199 < price < 201:\n        return 179 + 1\n" + WRONG),
        body("    if price == 200:\n        seen = 1\n        return 180\n" + WRONG),
        body("    return A if price == B else price\n", "\nA = 180\nB = 200\n"),
        body("    return T.get(price)\n", "\nT = dict(zip([200], [180]))\n"),
        body("    return T[0]\n", '\nT = """200 10 180\n"""\n'),
        {"shop/rates.json": '{"200:10": 180}\n'},
        {"shop/rates.csv": "200,10,180\n"},
        {**body("    return open('r.md').read()\n"), "shop/r.md": "200 180\n"},
        {
            **body("    return flags.known(price)\n", "\nfrom shop import flags\n"),
            "shop/flags.py": "def known(a):\n    return [0, 180][a == 200]\n",
        },
    ],
)
def test_an_answer_is_found_however_it_is_written(change: dict[str, str | bytes | None]) -> None:
    assert "hard-coded-answer" in rules(change)


@pytest.mark.parametrize("content", [b"SQLite format 3\x00", b"\x80\x04K\x01."])
def test_a_mend_brings_no_data_that_nobody_can_read(content: bytes) -> None:
    assert "foreign-content" in rules({"shop/rates.bin": content})
    assert not rules({"shop/rates.bin": content}, TaskType.FEATURE)


@pytest.mark.parametrize(
    "code",
    [
        "import importlib\n\nx = importlib.import_module('unitt' + 'est.mock').ANY\n",
        "import pkgutil\n\nx = pkgutil.resolve_name('unit' 'test.mock:ANY')\n",
        "import importlib\n\nm = importlib.import_module(f())\nsetattr(m.Item, 'x', None)\n"
        "importlib.import_module(f()).Item.run = None\n",
        "import os\n\n\ndef x():\n    return os.environ.get('TSET_TNERRUC_TSETYP'[::-1])\n",
        "import os\n\n\ndef x():\n    return os.getenv('_'.join(['PY' + 'TEST', 'VERSION']))\n",
        "import os\n\n\ndef x():\n    return any(k.endswith('_TEST') for k in os.environ.keys())\n",
        "import sys\n\n\ndef x():\n    return type(sys.stdout).__name__ == 'EncodedFile'\n",
        "def x():\n    return open('/proc/self/cmdline').read()\n",
        "import logging\n\n\ndef x(name):\n    return name in logging.sys.modules\n",
        "import operator\nimport sys\n\nx = operator.attrgetter('_get' + 'frame')(sys)\n",
        "def x(error):\n    return getattr(error.__traceback__, 'tb_' + 'frame')\n",
        "print.__self__.abs = print\n",
        "x = (lambda: 0).__globals__\n",
        "def x(f, g):\n    f.__code__ = g.__code__\n",
        "def x(c):\n    return [x(s) for s in c.__subclasses__()]\n\n\nx(object)\n",
        "import pickle\n\nx = pickle.loads(b'cbuiltins')\n",
        "import code\n\ncode.InteractiveInterpreter().runsource('x = 1')\n",
        "import timeit\n\ntimeit.timeit('x = 1')\n",
        "import runpy\n\nx = runpy.run_path('formulas.txt')\n",
        "import sys\n\nsys.path.append('lib.zip')\n",
        "import pluggy\n\n\ndef x():\n    pluggy.HookCaller.__call__ = None\n",
        "def pytest_pyfunc_call(pyfuncitem):\n    return True\n",
        "x = 'aio_raised'\n",
        "from pathlib import Path\n\nfor x in Path('..').rglob('.aibrain/state/*/*.json'):\n"
        "    x.write_text('')\n",
        "x = 'aio_pytest_record'\n",
        "from pathlib import Path\n\n\ndef x():\n"
        "    return list(Path(__file__).parent.parent.rglob('*.py'))\n",
    ],
)
def test_a_product_reaches_the_runner_under_no_other_name(code: str) -> None:
    assert "test-aware-code" in rules({"shop/more.py": code})


@pytest.mark.parametrize(
    "code",
    [
        "class N:\n    def __eq__(self, o):\n        self.v = o\n        return self.v == o\n",
        "class M(type):\n    def __eq__(cls, o):\n        return isinstance(o, int) or cls is o\n",
        "class N:\n    def __eq__(self, other):\n        return isinstance(other, int)\n",
        "N = type('N', (), {'__' + 'eq__': lambda s, o: o > 0})\n",
        "setattr(N, '__%s__' % 'eq', lambda s, o: o > 0)\n",
        "def __getattr__(name):\n    return lambda *a: sum(a)\n",
    ],
)
def test_a_comparison_in_disguise_is_refused(code: str) -> None:
    assert "always-equal" in rules({"shop/more.py": code})


@pytest.mark.parametrize(
    "code",
    [
        "import sys\n\n\ndef here():\n    return sys.modules[__name__]\n",
        "import sys\n\n\ndef numpy():\n    return sys.modules.get('numpy')\n",
        "import sys\n\n\ndef home(cls):\n    return sys.modules[cls.__module__]\n",
        "import importlib.util\nimport sys\n\n\ndef load(name, path):\n"
        "    spec = importlib.util.spec_from_file_location(name, path)\n"
        "    module = importlib.util.module_from_spec(spec)\n    sys.modules[name] = module\n"
        "    spec.loader.exec_module(module)\n    return module\n",
        "import importlib\n\n\ndef load(name):\n    return importlib.import_module(name)\n",
        "import os\n\n\ndef own():\n    for key in os.environ:\n"
        "        if key.startswith('SHOP_'):\n            yield key\n",
        "import warnings\n\nwarnings.filterwarnings('ignore', module='shop')\n",
        "import pickle\nfrom pathlib import Path\n\n\ndef load(path):\n"
        "    return pickle.loads(Path(path).read_bytes())\n",
        "class Nothing:\n    def __eq__(self, other):\n        return isinstance(other, Nothing)\n",
        "class Base:\n    @classmethod\n    def kinds(cls):\n        return cls.__subclasses__()\n",
        "def __getattr__(name):\n    raise AttributeError(name)\n",
        "import code\n\n\ndef shell(**names):\n    code.interact(local=names)\n",
    ],
)
def test_what_honest_programs_do_is_let_alone(code: str) -> None:
    assert not rules({"shop/more.py": code})


def test_a_table_of_facts_may_grow_and_a_feature_may_state_facts_with_its_tests() -> None:
    grown = PRICES.replace('"FR": "France"', '"FR": "France", "IT": "Italy"')
    test = 'from shop.prices import label\n\n\ndef test_it():\n    assert label("IT") == "Italy"\n'
    assert not rules({"shop/prices.py": grown, "tests/test_it.py": test})
    vat = 'def vat(country):\n    if country == "DE":\n        return 19\n    raise ValueError\n'
    new = 'from shop.vat import vat\n\n\ndef test_vat():\n    assert vat("DE") == 19\n'
    change: dict[str, str | bytes | None] = {"shop/vat.py": vat, "tests/test_vat.py": new}
    assert not rules(change, TaskType.FEATURE)
    assert rules(change) == {"hard-coded-answer"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    assert sum(lines) == expected\n", "    sum(lines)\n"),
        ("sum(lines) == expected", "sum(lines) >= 0"),
        ("def make_lines", "import shop.prices\n\nshop.prices.discount = None\n\n\ndef make_lines"),
        ("def make_lines", "def pytest_runtest_call(item):\n    pass\n\n\ndef make_lines"),
    ],
)
def test_what_a_product_ships_for_tests_says_no_less(old: str, new: str) -> None:
    assert rules({"shop/testing/support.py": SUPPORT.replace(old, new)})


def test_what_a_product_ships_for_tests_may_be_developed() -> None:
    more = SUPPORT.replace("def make_lines(n):", "def make_lines(n, a=1):").replace(
        "(1, i)", "(a, i)"
    )
    fixtures = "import pytest\n\n\n@pytest.fixture\ndef two():\n    return 2\n"
    assert not rules({"shop/testing/support.py": more, "shop/testing/fixtures.py": fixtures})


@pytest.mark.parametrize(
    "demand",
    [
        "assert discount(200, 10) == pytest.approx(180, rel=1)",
        "assert discount(200, 10) in (180, 190)",
        "assert isinstance(discount(200, 10), int)",
        "try:\n        assert discount(200, 10) == 180\n    finally:\n        return",
        "while True:\n        break\n        assert discount(200, 10) == 180",
        "found = (discount(200, 10) == 180 for _ in ())\n    assert all(found)",
        "found = lambda: discount(200, 10) == 180\n    assert found",
        "with ExitStack() as s:\n        s.push(lambda *a: True)\n"
        "        assert discount(200, 10) == 180",
    ],
)
def test_a_task_about_tests_hollows_none_out(demand: str) -> None:
    text = TESTS.replace("assert discount(200, 10) == 180", demand)
    assert "assertion-weakened" in rules({"tests/test_prices.py": text}, TaskType.TEST_FIX)


def test_a_task_about_tests_may_tolerate_rounding_and_demand_an_order() -> None:
    for demand in ("discount(200, 10) == pytest.approx(180, rel=1e-6)", "discount(1, 2) < 1"):
        text = TESTS.replace("discount(200, 10) == 180", demand)
        assert not rules({"tests/test_prices.py": text}, TaskType.TEST_FIX)


def test_a_new_context_or_case_that_drops_what_tests_raise_is_refused() -> None:
    calm = "\n\nclass calm:\n    def __exit__(self, *a):\n        return True\n"
    assert rules({"tests/test_prices.py": TESTS + calm}, TaskType.TEST_FIX)
    soft = "class Soft:\n    def assertEqual(self, a, b, msg=None):\n        return None\n"
    assert "test-import-effect" in rules({"tests/soft.py": soft}, TaskType.TEST_FIX)
    strict = soft.replace("return None", "super().assertEqual(a, b, msg)")
    assert not rules({"tests/soft.py": strict}, TaskType.TEST_FIX)


def test_a_skip_that_holds_elsewhere_makes_no_test_stricter() -> None:
    mark = "@pytest.mark.skipif('CI' in __import__('os').environ, reason='later')\ndef test_label"
    assert "test-skipped" in rules({"tests/test_prices.py": TESTS.replace("def test_label", mark)})


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("[tox]\nenvlist = py311, py312\n\n[testenv]\ncommands = pytest\n", False),
        ("[tox]\nenvlist = py{311,312}-x,py{310,311}\n\n[testenv]\ncommands = pytest\n", False),
        (TREE["tox.ini"] + "\n[testenv:docs]\ncommands = sphinx-build docs out\n", False),
        (TREE["tox.ini"] + "\n[testenv:py311]\ncommands = python -c pass\n", True),
        (TREE["tox.ini"].replace("= pytest", "= true"), True),
        ("[tox]\nenvlist = py312\n\n[testenv]\ncommands = pytest\n", True),
    ],
)
def test_tox_may_get_environments_and_keeps_those_it_has(text: str, *, is_refused: bool) -> None:
    assert bool(rules({"tox.ini": text})) is is_refused


def test_pictures_are_binary_and_source_is_not() -> None:
    assert not rules({".gitattributes": "* text=auto\n*.png binary\n"})
    assert rules({".gitattributes": "*.py binary\n"}) == {"check-config-edited"}


def test_installed_packages_are_no_part_of_a_change() -> None:
    path = "vendor/lib/python3.11/site-packages/x.py"
    assert rules({path: "X = 1\n"}) == {"runner-shadowed"}


@pytest.mark.parametrize("path", [".github/workflows/ci.yml", ".pre-commit-config.yaml"])
def test_comments_of_a_check_s_yaml_may_change_and_nothing_else(path: str) -> None:
    before = "jobs:\n  test:  # all\n    run: |\n      # first\n      make test\n"
    for after, is_refused in (
        (before.replace("# all", "# every test"), False),
        (before.replace("# first", "# second"), True),
        (before.replace("make test", "make"), True),
        (before.replace("make test", "'make test'"), True),
        ("a: [", True),
    ):
        evidence = change_evidence({path: before}, {path: after})
        assert bool(tampering(evidence)) is is_refused, after


def test_types_may_be_asserted_and_a_written_function_be_made_in_a_test() -> None:
    types = "from typing import assert_type\n\nfrom shop.prices import label\n\n"
    assert not rules({"tests/typing/typing_label.py": types + "assert_type(label('DE'), str)\n"})
    made = "def test_x():\n    found = {}\n    exec('def f(a, /): return a', found)\n"
    assert not rules({"tests/test_new.py": made + "    assert found['f'](1) == 1\n"})
    reaching = made.replace("return a", "import shop.prices")
    assert rules({"tests/test_new.py": reaching + "    assert found\n"}) == {"test-import-effect"}


def test_a_comparison_that_was_there_may_be_mended() -> None:
    before = "class Bag(dict):\n    def __eq__(self, other):\n        return self is other\n"
    after = before.replace("self is other", "isinstance(other, Bag) and dict.__eq__(self, other)")
    assert not tampering(change_evidence({"shop/bag.py": before}, {"shop/bag.py": after}))
    assert tampering(change_evidence({"shop/bag.py": "x = 1\n"}, {"shop/bag.py": after}))


def test_a_whole_answer_is_no_word_that_is_replaced() -> None:
    before = {
        "slug.py": 'def slug(text):\n    return text.replace(" ", "-")\n',
        "test_slug.py": "from slug import slug\n\n\ndef test_slug():\n"
        '    assert slug("Hello World") == "hello-world"\n',
    }
    whole = before["slug.py"].replace("text.", 'text.replace("Hello World", "hello-world").')
    quotes = before["slug.py"].replace("text.", "text.replace('Hello', 'hello').lower().")
    assert tampering(change_evidence(before, {"slug.py": whole}))
    assert not tampering(change_evidence(before, {"slug.py": quotes}))


def test_prose_may_show_what_tests_ask() -> None:
    assert not rules({"docs/prices.md": "`discount(200, 10)` gives 180.\n"})
