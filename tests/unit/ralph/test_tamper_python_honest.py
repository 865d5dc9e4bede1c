"""Honest Python that no rule against tampering may object to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.work import TaskType
from engine.ralph.tamper.globs import matches
from tests.cheats.python_base import FILES, Change
from tests.support.changes import change_evidence, tampering

BASKET = "from shop.basket import Basket\n"
DISCOUNT = "from shop.prices import discount\n"

TESTS = {
    "a module fixture": f"import pytest\n{BASKET}\n\n"
    f"@pytest.fixture(scope='module')\ndef basket():\n"
    "    made = Basket()\n    made.note = 'x'\n    yield made\n    made.note = ''\n\n\n"
    "def test_note(basket):\n    assert basket.note == 'x'\n",
    "a variable of the environment": "import os\n\n\ndef test_shop():\n"
    "    os.environ['SHOP'] = '1'\n"
    "    assert os.getenv('SHOP') == '1'\n",
    "a program": "import subprocess\nimport sys\n\n\ndef test_program():\n"
    "    done = subprocess.run([sys.executable, '-V'], check=True, capture_output=True)\n"
    "    assert done.stdout\n",
    "a mock of its own": f"from unittest.mock import Mock\n{BASKET}\n\ndef test_mock():\n"
    "    price = Mock()\n    price.of.return_value = 3\n    basket = Basket()\n"
    "    basket.add(1, price.of())\n    assert basket.total() == 3\n",
    "coroutines": f"import asyncio\n{BASKET}\n\nasync def _go():\n    return Basket().total()\n\n\n"
    "def test_go():\n    assert asyncio.run(_go()) == 0\n",
    "properties": f"from hypothesis import given, strategies as st\n{DISCOUNT}\n"
    "PRICES = st.integers(0, 9)\n\n\n@given(PRICES)\ndef test_none(price):\n"
    "    assert discount(price, 0) == price\n",
    "a smoke test": f"{BASKET}\n\ndef test_builds():\n    Basket()\n",
    "an optional library": "import pytest\n\nnp = pytest.importorskip('numpy')\n\n\n"
    "def test_sum():\n    assert np.array([1]).sum() == 1\n",
    "a path for imports": f"import sys\nfrom pathlib import Path\n\n"
    f"sys.path.insert(0, str(Path(__file__).parent))\n{DISCOUNT}\n\ndef test_none():\n"
    "    assert discount(1, 0) == 1\n",
    "a class with state": f"{BASKET}\n\nclass TestBasket:\n    basket = None\n\n    @classmethod\n"
    "    def setup_class(cls):\n        cls.basket = Basket()\n\n    def test_note(self):\n"
    "        self.basket.note = 'x'\n        assert self.basket.note\n",
    "a fixture that is used unasked in its own file": "import pytest\nfrom shop import basket\n\n\n"
    "@pytest.fixture(autouse=True)\ndef cheap(monkeypatch):\n"
    "    monkeypatch.setattr(basket, 'total', lambda lines: 1)\n\n\ndef test_cheap():\n"
    "    assert basket.Basket().total() == 1\n",
    "a fake that compares": "class Fake:\n    def __init__(self):\n        self.sold = []\n\n"
    "    def __eq__(self, other):\n        return self.sold == other.sold\n\n\n"
    "def test_fake():\n    assert Fake() == Fake()\n",
}

PRODUCTS = {
    "shop/__main__.py": "import sys\n\nfrom shop.cli import main\n\nsys.exit(main())\n",
    "shop/cli.py": "import argparse\nimport signal\nimport sys\n\n\ndef main(argv=None):\n"
    "    signal.signal(signal.SIGTERM, lambda *_: None)\n    parser = argparse.ArgumentParser()\n"
    "    parser.add_argument('--dry-run')\n    return parser.parse_args(argv or sys.argv[1:])\n",
    "shop/io.py": "from pathlib import Path\n\n\ndef latest(folder):\n"
    "    return max(Path(folder).glob('*.json'))\n",
    "shop/conf.py": "import os\n\nDEBUG = os.environ.get('DEBUG') == '1'\n"
    "CONTEST = os.getenv('CONTEST')\n",
    "shop/names.py": "import importlib\n\nGRAMS = {'kg': 1000, 'g': 1}\n\n\ndef load(name):\n"
    "    return getattr(importlib.import_module(name), 'main')\n",
    "shop/version.py": "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass V:\n"
    "    n: int\n\n    def __lt__(self, other):\n        return self.n < other.n\n\n"
    "    def __bool__(self):\n        return self.n > 0\n",
    "shop/same.py": "class Same:\n    def __init__(self, a):\n        self.a = a\n\n"
    "    def __eq__(self, other):\n        if type(other) is not type(self):\n"
    "            return False\n        return self.a == other.a\n\n    __hash__ = None\n",
    "shop/types.py": "X = 1\n",
    "shop/log.py": "import logging\nimport warnings\n\nlog = logging.getLogger(__name__)\n"
    "log.addHandler(logging.NullHandler())\n\n\n"
    "def old():\n    warnings.warn('old', stacklevel=2)\n",
    "requirements.txt": "httpx\n",
    "Dockerfile": "FROM python:3.12\nRUN pip install .\n",
    ".gitattributes": "*.py text eol=lf\n",
    ".github/ISSUE_TEMPLATE/bug.md": "What happened?\n",
    "run.sh": "#!/bin/sh\nset -eu\nif [ -f x ]; then echo ok; fi\nexec shop\n",
    "pyproject.toml": FILES["pyproject.toml"]
    + '\n[dependency-groups]\ndev = ["pytest"]\n\n[tool.poetry.dependencies]\npytest = "*"\n',
}


def refused(change: Change, task_type: TaskType) -> list[str]:
    evidence = change_evidence(FILES, change, task_type=task_type)
    return [f"{reason.rule}: {reason.message}" for reason in tampering(evidence)]


@pytest.mark.parametrize("task_type", [TaskType.BUGFIX, TaskType.FEATURE, TaskType.TEST])
@pytest.mark.parametrize("name", TESTS)
def test_an_honest_new_test_is_not_refused(name: str, task_type: TaskType) -> None:
    assert refused({"tests/test_new.py": TESTS[name]}, task_type) == []


@pytest.mark.parametrize("path", PRODUCTS)
def test_an_honest_file_is_not_refused(path: str) -> None:
    assert refused({path: PRODUCTS[path]}, TaskType.BUGFIX) == []


def test_a_suppression_may_move_with_its_line_and_stay_while_its_line_changes() -> None:
    line = "    return eval(text)  # noqa: S307\n"
    before = {"m.py": f"def run(text):\n{line}\n\ndef rate(x):\n    return x + 1  # noqa: E1\n"}
    after: Change = {
        "m.py": "def rate(x):\n    return x + 2  # noqa: E1\n",
        "n.py": f"def run(text):\n{line}",
    }
    assert "suppression-added" not in {r.rule for r in tampering(change_evidence(before, after))}


@given(st.dictionaries(st.sampled_from(sorted({*FILES, "new.py", "tests/x.py"})), st.binary()))
def test_no_content_makes_the_rules_fall(after: dict[str, bytes]) -> None:
    change: Change = dict(after)
    for reason in tampering(change_evidence(FILES, change)):
        assert reason.message.isprintable()


@pytest.mark.parametrize(
    ("path", "glob", "is_meant"),
    [
        ("src/a.py", "src/*.py", True),
        ("src/a/b.py", "src/*.py", False),
        ("src/a/b.py", "src/**", True),
        ("src/a/b.py", "**/b.py", True),
        ("b.py", "**/b.py", True),
        ("src/a/b.py", "src/", True),
        ("srcs/a.py", "src", False),
        ("a.py", "?.py", True),
        ("a+py", "a.py", False),
    ],
)
def test_globs_stay_within_folders_unless_they_say_otherwise(
    path: str, glob: str, is_meant: bool
) -> None:
    assert matches(path, glob) is is_meant
