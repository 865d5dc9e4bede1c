"""`aio-tui verify` as a hook or a CI job calls it: real git, real pytest, exit codes, JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from aio_tui.cli.main import main
from tests.support.cli import Cli, Said
from tests.support.engines import CURED, make_bench
from tests.support.pytest_bench import ON_ITS_OWN
from tests.support.repos import commit_files, git, make_repo

pytestmark = pytest.mark.slow

FILES = {
    "sums/__init__.py": "",
    "sums/add.py": "def add(a, b):\n    return a - b\n",
    "tests/test_add.py": (
        "from sums.add import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
    ),
    "tests/test_sound.py": "def test_sound():\n    assert 1 + 1 == 2\n",
    "pyproject.toml": f"[tool.pytest.ini_options]\naddopts = {json.dumps(ON_ITS_OWN)}\n",
}
CURE = {"sums/add.py": "def add(a, b):\n    return a + b\n"}
TARGET = ("--target", "tests/test_add.py")
JSON = "--json"


class Hook:
    """Calls `verify` in a repository that was never prepared for it."""

    def __init__(self, repo: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.repo = repo
        self._cli = Cli(repo, capture)

    def __call__(self, *words: str) -> Said:
        return self._cli("verify", *words)


@pytest.fixture
def hook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Hook:
    repo = make_repo(tmp_path / "target", FILES)
    git(repo, "switch", "-q", "-c", "by-hand")
    return Hook(repo, capsys)


def test_a_repository_without_any_preparation_is_judged_and_left_clean(hook: Hook) -> None:
    assert hook("--base", "main").code == 1
    commit_files(hook.repo, CURE)
    said = hook("--base", "main", *TARGET)

    assert said.code == 0
    assert said.out.startswith("PASS")
    assert "  pytest: clean, exit 0, " in said.out
    assert git(hook.repo, "status", "--porcelain", "--untracked-files=all") == ""


def test_the_document_says_what_was_judged_and_how(hook: Hook) -> None:
    head = commit_files(hook.repo, {**CURE, "tests/test_sound.py": FILES["tests/test_sound.py"]})

    document = hook("--base", "main", *TARGET, JSON).document

    assert document["verdict"] == "PASS"
    assert document["head_commit"] == head
    assert document["base_commit"] == git(hook.repo, "rev-parse", "main").strip()
    assert document["tree_hash"] == git(hook.repo, "rev-parse", "HEAD^{tree}").strip()
    assert document["changed_files"] == ["sums/add.py"]
    assert document["next_step"] is None
    assert document["counts"] == {
        "checks": 1, "tests_executed": 2, "failures": 0, "flaky": 0, "changed_files": 1,
    }  # fmt: skip
    [check] = document["checks"]
    assert (check["name"], check["outcome"], check["exit_code"]) == ("pytest", "clean", 0)
    assert check["command"][1:3] == ["-m", "pytest"]


def test_a_red_test_is_a_reason_with_its_file(hook: Hook) -> None:
    commit_files(hook.repo, {"sums/add.py": "def add(a, b):\n    return a * b\n"})
    commit_files(hook.repo, {"tests/test_sum.py": "def test_new():\n    assert 1 == 2\n"})

    said = hook("--base", "main", JSON)

    assert (said.code, said.document["verdict"]) == (1, "FAIL")
    [reason] = [r for r in said.document["reasons"] if r["rule"] == "new-failure"]
    assert reason["file"] == "tests/test_sum.py"
    assert "tests/test_sum.py::test_new" in reason["message"]
    assert "assert 1 == 2" in reason["evidence"]


def test_a_new_test_file_cannot_mend_the_product_for_the_old_tests(hook: Hook) -> None:
    patch = (
        "import sums.add\n\nsums.add.add = lambda a, b: 5\n\n\ndef test_it():\n    assert True\n"
    )
    commit_files(hook.repo, {"tests/test_aaa.py": patch, "sums/note.py": "'changed'\n"})

    said = hook("--base", "main", *TARGET, JSON)

    assert said.code == 1
    assert said.document["verdict"] == "FAIL"


def test_an_unchanged_tree_is_answered_from_its_proof_until_it_is_rechecked(hook: Hook) -> None:
    commit_files(hook.repo, CURE)
    first = hook("--base", "main", *TARGET, JSON).document
    second = hook("--base", "main", *TARGET, JSON).document
    again = hook("--base", "main", *TARGET, "--recheck", JSON)

    assert first["proved_at"] is None
    assert second["proved_at"] is not None
    assert {**second, "proved_at": None} == first
    assert (again.code, again.document["same_as_recorded"]) == (0, True)
    assert again.document["proved_at"] is None
    assert "the same outcome" in hook("--base", "main", *TARGET, "--recheck").out


def test_a_recheck_of_what_was_never_judged_says_so(hook: Hook) -> None:
    commit_files(hook.repo, CURE)

    assert hook("--base", "main", "--recheck", JSON).document["same_as_recorded"] is None


def test_a_recheck_tells_an_outcome_that_differs(
    hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = tmp_path / "programs" / "switch"
    switch.parent.mkdir()
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{switch.parent}")  # a sandbox shows it
    looks = f"import os\n\n\ndef test_it():\n    assert not os.path.exists({str(switch)!r})\n"
    commit_files(hook.repo, {**CURE, "tests/test_outside.py": looks})
    assert hook("--base", "main", *TARGET).code == 0
    switch.touch()

    plain = hook("--base", "main", *TARGET, "--recheck")
    assert plain.code == 1
    assert "recheck: NOT the recorded outcome, which was PASS" in plain.out


def test_a_scope_is_kept_to(hook: Hook) -> None:
    commit_files(hook.repo, CURE)

    assert hook("--base", "main", *TARGET, "--scope", "sums/**").code == 0


def test_a_branch_that_is_not_checked_out_is_judged_by_its_name(hook: Hook) -> None:
    commit_files(hook.repo, CURE)
    git(hook.repo, "switch", "-q", "main")

    assert hook("--base", "main").code == 1
    assert hook("--base", "main", "--head", "by-hand", *TARGET).code == 0


def test_uncommitted_changes_are_told_to_be_left_out(hook: Hook) -> None:
    commit_files(hook.repo, CURE)
    assert hook("--base", "main").err == ""
    (hook.repo / "sums/add.py").write_text("def add(a, b):\n    return 0\n", encoding="utf-8")

    said = hook("--base", "main", JSON)

    assert said.document["verdict"] == "PASS"
    assert "uncommitted changes are no part of this verdict" in said.err


def test_a_failure_is_told_with_its_place_once_and_the_end_of_its_output(hook: Hook) -> None:
    worse = "def test_sound():\n    assert 1 + 1 == 3\n"
    commit_files(hook.repo, {**CURE, "tests/test_sound.py": worse})

    lines = hook("--base", "main", "--target", "tests/test_sound.py").out.splitlines()

    assert "  expected-value-changed: tests/test_sound.py:2: 2 became 3" in lines
    assert lines.count("    | E   assert (1 + 1) == 3") == 1


def test_what_was_red_before_is_called_known(hook: Hook) -> None:
    commit_files(hook.repo, {"sums/more.py": "def more(a):\n    return a + 1\n"})
    said = hook("--base", "main")

    assert said.code == 0
    assert "  pytest: 1 known finding left, exit 1, " in said.out


def test_a_branch_without_commits_of_its_own_fails(hook: Hook) -> None:
    said = hook("--base", "main", JSON)

    assert said.code == 1
    assert [reason["rule"] for reason in said.document["reasons"]] == ["no-change"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--base", "nowhere"), "names no commit"),
        (("--base", "alone"), "no common past"),
        (("--base", "main", "--type", "magic"), "unknown"),
        (("T1", "--base", "main"), "either a task or --base"),
        (("T1", "--scope", "x"), "go with --base"),
        ((), "either a task or --base"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_exit_2(
    hook: Hook, words: tuple[str, ...], says: str
) -> None:
    git(hook.repo, "switch", "-q", "--orphan", "alone")
    git(hook.repo, "commit", "-q", "--allow-empty", "-m", "alone")
    git(hook.repo, "switch", "-q", "by-hand")

    said = hook(*words)

    assert (said.code, said.out) == (2, "")
    [line] = said.err.splitlines()
    assert says in line


def test_a_task_is_rechecked_against_its_recorded_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = make_bench(tmp_path, CURED)
    repo = ["--repo", str(bench.repo)]
    assert main(["task", "add", "add", "x", "--test", "tests/test_add.py", *repo]) == 0
    assert main(["run", "--headless", *repo]) == 0
    capsys.readouterr()

    assert main(["verify", "add", "--recheck", "--json", *repo]) == 0
    assert json.loads(capsys.readouterr().out)["same_as_recorded"] is True


def test_the_scope_of_a_task_reaches_its_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = make_bench(tmp_path, CURED)
    words = ["task", "add", "add", "x", "--test", "tests/test_add.py", "--scope", "sums/**"]
    assert main([*words, "--json", "--repo", str(bench.repo)]) == 0
    [shown] = json.loads(capsys.readouterr().out)
    assert shown["scope"] == ["sums/**"]


def test_the_interpreter_in_use_is_the_one_of_the_tests(hook: Hook) -> None:
    commit_files(hook.repo, CURE)

    assert hook("--base", "main", *TARGET, JSON).document["checks"][0]["command"][0] == (
        sys.executable
    )
