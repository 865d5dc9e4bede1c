"""`aio-tui discover` on real repositories with real tools."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.repos import commit_files, git, make_repo, write_files

pytestmark = pytest.mark.slow

CHECKS = f"""
[project]
name = "shop"
python = {json.dumps(sys.executable)}

[[checks]]
name = "pytest"
kind = "pytest"
command = ["--disable-plugin-autoload", "-p", "no:cacheprovider"]

[[checks]]
name = "ruff"
kind = "ruff"
"""
FILES = {
    "shop/__init__.py": "",
    "shop/core.py": "import os\nimport re\n\n\ndef double(x):\n    return x + 3\n",
    "shop/user.py": "from shop.core import double\n\nFOUR = double(2)\n",
    "tests/test_core.py": (
        "from shop.core import double\n\n\ndef test_double():\n    assert double(2) == 4\n"
    ),
    "pyproject.toml": (
        '[tool.ruff.lint]\nselect = ["F"]\n[tool.pytest.ini_options]\npythonpath = ["."]\n'
    ),
    ".gitignore": "__pycache__/\n",
}
SOUND_CORE = {"shop/core.py": "def double(x):\n    return x * 2\n"}


class Shop(Cli):
    """The program on one repository."""

    def discover(self, *words: str) -> Any:
        """The JSON document of a scan that must end well."""
        said = self("discover", "--json", *words)
        assert (said.code, said.err) == (0, "")
        return said.document

    def tasks(self) -> dict[str, str]:
        """State by task."""
        return {task["task_id"]: task["state"] for task in self("task", "list", "--json").document}

    def configure(self, text: str) -> None:
        write_files(self.repo, {".aibrain/aio.toml": text})


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    shop = Shop(make_repo(tmp_path / "shop", FILES), capsys)
    shop.configure(CHECKS)
    return shop


def test_findings_become_tasks_once_and_go_when_they_are_gone(shop: Shop) -> None:
    first = shop.discover()
    assert [(one["type"], one["files"], one["findings"]) for one in first["added"]] == [
        ("bugfix", ["tests/test_core.py"], 1),
        ("codequality", ["shop/core.py"], 2),
    ]
    assert first["added"][0]["tests"] == ["tests/test_core.py::test_double"]
    assert first["commit"] == git(shop.repo, "rev-parse", "HEAD").strip()
    assert first["counts"] == {"new": 3, "known": 0, "gone": 0, "outside_commit": 0}
    again = shop.discover()
    assert (again["added"], again["updated"], again["closed"]) == ([], [], [])

    commit_files(shop.repo, SOUND_CORE)
    last = shop.discover()
    assert sorted(last["closed"]) == sorted(shop.tasks())
    assert set(shop.tasks().values()) == {"cancelled"}


def test_a_scan_tells_each_check_and_what_it_adds(shop: Shop) -> None:
    lines = shop("discover", "--max", "1").out.splitlines()
    assert [line.rpartition(",")[0] for line in lines[1:4]] == [
        "  pytest: 1 finding",
        "  ruff: 2 findings",
        "  source: clean",
    ]
    assert lines[4] == "3 new, 0 known, 0 gone"
    assert lines[5].endswith("tests/test_core.py pass (a test fails, changed lately)")
    assert lines[6] == "left for the next scan: 1 more task"
    assert shop("discover", "--accept").out.splitlines()[-1] == "3 findings are accepted as known"


def test_priorities_are_explained(shop: Shop) -> None:
    git(shop.repo, "commit", "-q", "--allow-empty", "-m", "later")
    lint = shop.discover()["added"][1]
    assert lint["priority"] == 5
    assert lint["why"] == "severity error, changed lately"
    more = {f"shop/m{number}.py": "from shop import user as user\n" for number in range(3)}
    commit_files(shop.repo, {**more, "shop/user.py": "import json\n"})
    [added] = shop.discover()["added"]
    assert added["why"].startswith("severity error, 3 files depend on it")


def test_a_dry_run_says_the_same_and_changes_nothing(shop: Shop) -> None:
    planned = shop.discover("--dry-run")
    assert shop.tasks() == {}
    assert shop.discover("--dry-run", "--accept")["accepted"] == 3
    assert not (shop.repo / ".aibrain/discovery-baseline.json").exists()
    assert shop.discover()["added"] == planned["added"]


def test_accepted_findings_are_known_until_they_are_gone(shop: Shop) -> None:
    assert shop("init").code == 0
    assert shop.discover("--accept")["accepted"] == 3
    assert shop.tasks() == {}
    baseline = ".aibrain/discovery-baseline.json"
    git(shop.repo, "add", baseline)  # it is not ignored
    commit_files(shop.repo, {"shop/user.py": "import json\n"})
    report = shop.discover()
    assert report["counts"] == {"new": 1, "known": 3, "gone": 0, "outside_commit": 0}
    assert [one["files"] for one in report["added"]] == [["shop/user.py"]]
    assert len(shop.discover("--all")["added"]) == 2
    commit_files(shop.repo, SOUND_CORE)
    assert shop.discover()["counts"]["gone"] == 3


def test_lines_that_move_leave_findings_known(shop: Shop) -> None:
    shop.discover("--accept")
    moved = "# new\n\n# lines\n" + FILES["shop/core.py"]
    commit_files(shop.repo, {"shop/core.py": moved})
    assert shop.discover()["counts"]["new"] == 0


def test_a_check_that_cannot_work_is_told_and_closes_nothing(shop: Shop) -> None:
    ids = {one["task_id"] for one in shop.discover()["added"]}
    commit_files(shop.repo, {**SOUND_CORE, "pyproject.toml": "[tool.ruff]\nnonsense = 1\n"})
    said = shop("discover", "--json")
    assert said.code == 1
    assert "check ruff could not work" in said.err
    [lint] = [one for one in ids if one.startswith("scan-ruff")]
    assert shop.tasks()[lint] == "queued"
    assert [shop.tasks()[one] for one in ids - {lint}] == ["cancelled"]


def test_accepting_keeps_what_a_broken_check_knew(shop: Shop) -> None:
    shop.discover("--accept")
    commit_files(shop.repo, {**SOUND_CORE, "pyproject.toml": "[tool.ruff]\nnonsense = 1\n"})
    assert shop("discover", "--accept").code == 1
    text = (shop.repo / ".aibrain/discovery-baseline.json").read_text()
    assert text.count("ruff shop/core.py:F401") == 2
    assert "pytest " not in text


def test_only_what_is_committed_is_scanned(shop: Shop) -> None:
    write_files(shop.repo, {"shop/draft.py": "import json\n", **SOUND_CORE})
    assert shop.discover()["counts"]["new"] == 3
    assert git(shop.repo, "status", "--short", "shop") == " M shop/core.py\n?? shop/draft.py\n"


def test_a_repository_without_checks_gets_our_own_rules(shop: Shop) -> None:
    shop.configure('[project]\nname = "shop"\n')
    git(shop.repo, "rm", "-q", "-r", "tests", "pyproject.toml")
    commit_files(shop.repo, {"notes.txt": "<<<<<<< a\n=======\n>>>>>>> b\n"})
    report = shop.discover()
    assert [check["name"] for check in report["checks"]] == ["source"]
    assert [one["priority"] for one in report["added"]] == [1]


def test_hostile_names_reach_no_terminal(shop: Shop) -> None:
    commit_files(shop.repo, {"shop/\x1b[2J\u202e[red]\n.py": "import json\n"})
    said = shop("discover")
    assert said.code == 0
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out
    assert "[red]" in said.out
    assert len([line for line in said.out.splitlines() if line.startswith("added")]) == 3


def test_a_secret_is_told_and_shown_nowhere(shop: Shop) -> None:
    secret = "gh" + "p_" + "q8Zr2LmX0vTs9KpWd4YcB7nHf1GjE5uAo3Ri"
    commit_files(shop.repo, {"deploy.sh": f"export CODE={secret}\n"})
    said = shop("discover", "--json")
    [added] = [one for one in said.document["added"] if one["files"] == ["deploy.sh"]]
    assert "a GitHub token" in added["description"]
    assert secret[4:12] not in said.out + shop("task", "list", "--json").out
    for path in (shop.repo / ".aibrain").rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_tests_that_hang_are_a_task_of_their_own(shop: Shop) -> None:
    shop.configure(CHECKS.replace('kind = "pytest"', 'kind = "pytest"\ntest_timeout_s = 3', 1))
    hanging = "import time\n\n\ndef test_late():\n    time.sleep(100)\n"
    commit_files(shop.repo, {"tests/test_late.py": hanging})
    told = {tuple(one["tests"]): one["type"] for one in shop.discover()["added"]}
    assert told == {
        ("tests/test_late.py::test_late",): "testfix",
        ("tests/test_core.py::test_double",): "bugfix",
        (): "codequality",
    }


def test_what_tests_leave_in_the_tree_is_no_finding(shop: Shop) -> None:
    litter = (
        "import pathlib\n\n\ndef test_litter():\n"
        "    pathlib.Path('shop/litter.py').write_text('import json')\n"
    )
    commit_files(shop.repo, {"tests/test_litter.py": litter})
    report = shop.discover()
    assert not any("litter" in json.dumps(one["files"]) for one in report["added"])
    assert report["counts"]["new"] == 3


def test_a_defect_that_comes_back_after_its_merge_is_a_new_task(shop: Shop) -> None:
    [task_id] = [one["task_id"] for one in shop.discover()["added"] if one["type"] == "bugfix"]
    script = {"version": 1, "tasks": {task_id: {"iterations": [{"steps": [_CURE, _SAY]}]}}}
    write_files(shop.repo, {".aibrain/script.json": json.dumps(script)})
    shop.configure(
        CHECKS.replace("[project]", '[project]\nbackend = "scripted"', 1)
        + '\n[scripted]\nscript = ".aibrain/script.json"\n'
    )
    ran = shop("run", "--headless", "--json", "--task-id", task_id)
    verdicts = {task["task_id"]: task["verdict"] for task in ran.document["tasks"]}
    assert verdicts[task_id] == "PASS"
    assert shop.discover()["added"] == []  # proved, not merged: nobody has to do it again

    git(shop.repo, "merge", "-q", "--ff-only", f"fix/{task_id}")
    assert shop.discover()["added"] == []
    commit_files(shop.repo, {"shop/core.py": FILES["shop/core.py"] + "\n"})
    assert [one["task_id"] for one in shop.discover()["added"]] == [f"{task_id}-2"]


def test_a_lint_task_is_cleared_and_proved_without_a_model(shop: Shop) -> None:
    [task_id] = [one["task_id"] for one in shop.discover()["added"] if not one["tests"]]
    shop.configure(CHECKS.replace("[project]", '[project]\nbackend = "fixer"', 1))
    ran = shop("run", "--headless", "--json", "--task-id", task_id)
    verdicts = {task["task_id"]: task["verdict"] for task in ran.document["tasks"]}
    assert verdicts[task_id] == "PASS"
    assert git(shop.repo, "diff", "--name-only", "main", f"fix/{task_id}") == "shop/core.py\n"


_CURE = {"str_replace": {"path": "shop/core.py", "old_str": "x + 3", "new_str": "x * 2"}}
_SAY = {"say": "Done. <promise>BUGFIX_COMPLETE</promise>"}


@pytest.mark.parametrize(
    "words", [("--accept", "--max", "3"), ("--accept", "--all")], ids=["max", "all"]
)
def test_options_that_contradict_each_other_are_refused(shop: Shop, words: tuple[str, ...]) -> None:
    said = shop("discover", *words)
    assert (said.code, said.out) == (2, "")
    assert "--accept makes no tasks" in said.err


def test_a_damaged_baseline_is_refused_before_anything_runs(shop: Shop) -> None:
    write_files(shop.repo, {".aibrain/discovery-baseline.json": "{"})
    said = shop("discover")
    assert (said.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert "discovery-baseline.json" in said.err
