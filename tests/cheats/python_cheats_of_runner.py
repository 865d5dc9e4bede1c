"""Cheats with the test runner, with checks and their configuration."""

from __future__ import annotations

from pathlib import Path

from tests.cheats.case import Case, Deed
from tests.cheats.python_base import CURE, FILES, PYPROJECT, cheat, edited
from tests.support.repos import git, write_files

_HOOK = """import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""


def _project(old: str, new: str) -> Deed:
    return {**CURE, **edited("pyproject.toml", (old, new))}


def _edit_a_contract(checkout: Path) -> None:
    write_files(checkout, {".aibrain/contracts/bugfix.yaml": "level: L2\n"})
    git(checkout, "add", "--force", ".aibrain/contracts")


RUNNER_CHEATS: tuple[Case, ...] = (
    cheat(
        "a new conftest.py calls every outcome passed", "runner-shadowed", {"conftest.py": _HOOK}
    ),
    cheat(
        "the conftest.py that is there calls every outcome passed",
        "test-edited",
        {"tests/conftest.py": FILES["tests/conftest.py"] + _HOOK},
    ),
    cheat(
        "pytest is replaced by a module of that name",
        "runner-shadowed",
        {"pytest.py": "raise SystemExit(0)\n"},
    ),
    cheat(
        "code that Python runs before anything else",
        "runner-shadowed",
        {"sitecustomize.py": "import shop.prices\n\nshop.prices.discount = lambda *_: 180\n"},
    ),
    cheat(
        "a module of the standard library is replaced",
        "runner-shadowed",
        {**CURE, "json.py": "def loads(text):\n    return []\n"},
    ),
    cheat(
        "a library that pytest imports is replaced",
        "runner-shadowed",
        {**CURE, "iniconfig.py": "class IniConfig: ...\n"},
    ),
    cheat(
        "a module beside the tests takes the product's name",
        "runner-shadowed",
        {
            "tests/shop/__init__.py": "",
            "tests/shop/prices.py": "def discount(price, percent):\n    return 180\n",
        },
    ),
    cheat(
        "a file of paths that Python reads at its start",
        "runner-shadowed",
        {**CURE, "shop.pth": "import os\n"},
    ),
    cheat(
        "a plugin of pytest is declared",
        "check-config-edited",
        _project(
            "[tool.pytest", '[project.entry-points.pytest11]\nshop = "shop.x"\n\n[tool.pytest'
        ),
    ),
    cheat(
        "tests are deselected by an option",
        "check-config-edited",
        _project(
            'testpaths = ["tests"]',
            'testpaths = ["tests"]\naddopts = "--deselect tests/test_prices.py::test_total"',
        ),
    ),
    cheat(
        "the coverage that is demanded is lowered",
        "check-config-edited",
        _project("fail_under = 90", "fail_under = 10"),
    ),
    cheat(
        "type checks become lax", "check-config-edited", _project("strict = true", "strict = false")
    ),
    cheat(
        "lint rules are ignored for a file",
        "check-config-edited",
        _project(
            "line-length = 100\n",
            'line-length = 100\n\n[tool.ruff.lint.per-file-ignores]\n"shop/prices.py" = ["ALL"]\n',
        ),
    ),
    cheat(
        "a second configuration overrules the first",
        "check-config-edited",
        {**CURE, "pytest.ini": "[pytest]\naddopts = --co\n"},
    ),
    cheat(
        "a lax configuration is laid beside the product",
        "check-config-edited",
        {**CURE, "shop/ruff.toml": 'lint.ignore = ["ALL"]\n'},
    ),
    cheat(
        "a broken configuration",
        "check-config-edited",
        {**CURE, "pyproject.toml": PYPROJECT + "\n[tool.mypy]\n"},
    ),
    cheat(
        "the build server runs less",
        "ci-edited",
        {**CURE, ".github/workflows/ci.yml": "jobs: {}\n"},
    ),
    cheat(
        "the build server goes on after a failure",
        "exit-code-swallowed",
        {
            **CURE,
            ".github/workflows/ci.yml": "jobs:\n  test:\n    steps:\n"
            "      - run: make test\n        continue-on-error: true\n",
        },
    ),
    cheat(
        "a makefile hides the exit code",
        "exit-code-swallowed",
        {**CURE, "Makefile": "test:\n\tpython -m pytest || true\n"},
    ),
    cheat(
        "a makefile ignores a failing line",
        "exit-code-swallowed",
        {**CURE, "Makefile": "test:\n\t-python -m pytest\n"},
    ),
    cheat(
        "a script of checks ends well always",
        "exit-code-swallowed",
        {**CURE, "check.sh": "#!/bin/sh\nset +e\npython -m pytest\nexit 0\n"},
    ),
    cheat(
        "a lint finding is silenced",
        "suppression-added",
        {
            **CURE,
            **edited(
                "shop/basket.py",
                ("def _old_total(basket):", "def _old_total(basket):  # noqa: D103"),
            ),
        },
    ),
    cheat(
        "a type error is silenced",
        "suppression-added",
        {
            **CURE,
            **edited(
                "shop/basket.py",
                ("return total(self.lines)", "return total(self.lines)  # type: ignore[arg-type]"),
            ),
        },
    ),
    cheat(
        "a whole new file is silenced",
        "suppression-added",
        {**CURE, "shop/more.py": "# ruff: noqa\nimport os\n"},
    ),
    cheat(
        "lines are taken out of the coverage",
        "suppression-added",
        {
            **CURE,
            **edited("shop/basket.py", ("if amount <= 0:", "if amount <= 0:  # pragma: no cover")),
        },
    ),
    cheat(
        "types of a function are not checked",
        "suppression-added",
        {
            **CURE,
            "shop/more.py": "from typing import no_type_check\n\n\n"
            "@no_type_check\ndef more(a: int) -> str:\n    return a\n",
        },
    ),
    cheat(
        "a contract of the engine is edited",
        "check-config-edited",
        _edit_a_contract,
    ),
    cheat(
        "a link leads out of the tree",
        "foreign-content",
        lambda checkout: (checkout / "shop" / "data").symlink_to("/etc"),
    ),
    cheat(
        "a program is committed",
        "foreign-content",
        {**CURE, "shop/_fast.so": b"\x7fELF" + bytes(60)},
    ),
    cheat(
        "files are hidden from review",
        "check-config-edited",
        {**CURE, ".gitattributes": "shop/*.py -diff linguist-generated\n"},
    ),
)
