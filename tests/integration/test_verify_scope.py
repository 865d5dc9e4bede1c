"""`aio-tui verify --scope`: a change stays within the paths that it is for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aio_tui.cli.main import main
from tests.support.pytest_bench import ON_ITS_OWN
from tests.support.repos import commit_files, git, make_repo

pytestmark = pytest.mark.slow

FILES = {
    "sums/__init__.py": "",
    "sums/add.py": "def add(a, b):\n    return a - b\n",
    "sums/other.py": "LIMIT = 5\n",
    "tests/test_add.py": (
        "from sums.add import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
    ),
    "pyproject.toml": f"[tool.pytest.ini_options]\naddopts = {json.dumps(ON_ITS_OWN)}\n",
}
CURE = {"sums/add.py": "def add(a, b):\n    return a + b\n"}
NEW_TEST = {
    "tests/test_more.py": (
        "from sums.add import add\n\n\ndef test_more():\n    assert add(7, 8) == 15\n"
    ),
}


def _judged(repo: Path, capture: pytest.CaptureFixture[str], *scope: str) -> tuple[int, Any]:
    words = [word for glob in scope for word in ("--scope", glob)]
    target = ("--target", "tests/test_add.py")
    code = main(["verify", "--base", "main", *target, *words, "--json", "--repo", str(repo)])
    return code, json.loads(capture.readouterr().out)


def test_a_change_outside_of_its_scope_fails_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(tmp_path / "repo", FILES)
    git(repo, "checkout", "-q", "-b", "work")
    commit_files(repo, {**CURE, **NEW_TEST, "sums/other.py": "LIMIT = 6\n"})

    code, document = _judged(repo, capsys, "sums/add.py")
    outside = [reason for reason in document["reasons"] if reason["rule"] == "out-of-scope"]
    assert (code, document["verdict"]) == (1, "FAIL")
    assert [reason["file"] for reason in outside] == ["sums/other.py"]

    code, document = _judged(repo, capsys, "sums/add.py", "sums/o*.py")
    assert (code, document["verdict"]) == (0, "PASS")
