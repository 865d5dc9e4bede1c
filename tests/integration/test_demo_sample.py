"""The demo's repository and script are data; here it is proved that they are what they claim."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from aio_tui.demo import DemoPaths, build_sample, prepare_demo
from engine.agents.script_file import Script, read_script
from engine.config import load_settings
from engine.config.defaults import GITIGNORE
from engine.domain.errors import ConfigError
from engine.domain.work import NewTask
from engine.exchange import read_queue
from tests.support.pytest_bench import ON_ITS_OWN

CAST: Mapping[str, tuple[str, ...]] = {
    "LAR-101": ("green",),
    "LAR-102": ("green",),
    "LAR-103": ("green",),
    "LAR-104": ("green",),
    "LAR-105": ("green",),
    "LAR-106": ("red", "red", "green"),
    "LAR-107": ("cheats", "green"),
    "LAR-108": ("green",),
    "LAR-109": ("red", "red"),
    "LAR-111": ("green",),
    "LAR-112": ("no change", "green"),
}
"""What becomes of each scripted task's target tests, iteration by iteration."""

SIGNALS = {
    "bugfix": "<promise>BUGFIX_COMPLETE</promise>",
    "feature": "<promise>FEATURE_COMPLETE</promise>",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoPaths:
    return prepare_demo(tmp_path_factory.mktemp("demo") / "larder")


@pytest.fixture(scope="module")
def tasks(demo: DemoPaths) -> dict[str, NewTask]:
    return {task.task_id: task for task in read_queue(demo.queue_file, project="larder")}


@pytest.fixture(scope="module")
def script(demo: DemoPaths) -> Script:
    return read_script(demo.script)


@pytest.fixture(scope="module")
def at_base(demo: DemoPaths, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return outcomes(_copy(demo, tmp_path_factory.mktemp("base") / "tree"))


def _copy(demo: DemoPaths, target: Path) -> Path:
    return shutil.copytree(demo.repo, target, ignore=shutil.ignore_patterns(".git", "__pycache__"))


def outcomes(tree: Path) -> dict[str, str]:
    """Test id -> PASSED, FAILED or SKIPPED, from a real run of the sample's own suite."""
    command = [sys.executable, "-B", "-m", "pytest", *ON_ITS_OWN, "--tb=no", "-v"]
    run = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    return dict(re.findall(r"^(tests/\S+) (PASSED|FAILED|SKIPPED|ERROR)", run.stdout, re.MULTILINE))


def lint(tree: Path, *options: str) -> list[str]:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", *options, "."]
    run = subprocess.run(
        [*command, "--output-format=concise"], cwd=tree, capture_output=True, text=True, check=False
    )
    return [line for line in run.stdout.splitlines() if re.search(r":\d+: [A-Z]\d+", line)]


def replay(tree: Path, script: Script, task_id: str, iteration: int) -> bool:
    """Do the edits of one iteration; whether there were any."""
    edits = [step.edit for step in script.steps(task_id, iteration) or ()]
    changes = [edit for edit in edits if edit is not None and edit[0] != "view"]
    for command, arguments in changes:
        _apply(tree, command, arguments)
    return bool(changes)


def _apply(tree: Path, command: str, arguments: Mapping[str, Any]) -> None:
    assert command == "str_replace", "the demo's script edits by replacing alone"
    path = tree / arguments["path"]
    text = path.read_text()
    assert text.count(arguments["old_str"]) == 1, (path, arguments["old_str"])
    path.write_text(text.replace(arguments["old_str"], arguments["new_str"]))


def matching(found: Mapping[str, str], targets: Iterable[str]) -> set[str]:
    """Outcomes of the targets, each a test id, a parametrized test without its id, or a file."""
    chosen = {
        target: {
            outcome
            for name, outcome in found.items()
            if name == target or name.startswith((f"{target}[", f"{target}::"))
        }
        for target in targets
    }
    assert all(chosen.values()), f"targets that match no test: {chosen}"
    return set().union(*chosen.values())


def test_the_queue_has_every_role_of_the_play(tasks: dict[str, NewTask]) -> None:
    assert {*CAST, "LAR-110"} == set(tasks)
    assert tasks["LAR-109"].max_iterations == 2
    assert tasks["LAR-110"].backend == "fixer"
    assert tasks["LAR-111"].depends_on == ("LAR-102",)
    assert [task.task_id for task in tasks.values() if not task.tests] == ["LAR-110"]


def test_at_least_eight_defects_are_shown_by_failing_tests_and_the_rest_is_green(
    at_base: dict[str, str], tasks: dict[str, NewTask]
) -> None:
    bugs = [task for task in tasks.values() if task.type == "bugfix"]
    assert len({task.files for task in bugs}) == len(bugs) >= 8
    assert all(matching(at_base, task.tests) == {"FAILED"} for task in bugs)
    shown = {
        name
        for task in tasks.values()
        for name in at_base
        if any(name == target or name.startswith(f"{target}[") for target in task.tests)
    }
    assert {name for name, outcome in at_base.items() if outcome != "PASSED"} == shown
    assert len(at_base) - len(shown) >= 40


def _told(targets: set[str]) -> str:
    if targets == {"PASSED"}:
        return "green"
    return "cheats" if "SKIPPED" in targets else "red"


@pytest.mark.slow
@pytest.mark.parametrize("task_id", sorted(CAST))
def test_each_scripted_task_goes_as_the_play_has_it(
    task_id: str,
    demo: DemoPaths,
    script: Script,
    tasks: dict[str, NewTask],
    at_base: dict[str, str],
    tmp_path: Path,
) -> None:
    tree = _copy(demo, tmp_path / "tree")
    findings = set(lint(tree))
    story = []
    for iteration in range(1, len(CAST[task_id]) + 1):
        has_changed = replay(tree, script, task_id, iteration)
        found = outcomes(tree) if has_changed else at_base
        targets = matching(found, tasks[task_id].tests)
        story.append(_told(targets) if has_changed else "no change")
        broken = {name for name, was in at_base.items() if was == "PASSED"} - {
            name for name, now in found.items() if now == "PASSED"
        }
        assert broken == set()
    assert tuple(story) == CAST[task_id]
    assert set(lint(tree)) <= findings


def test_honest_repairs_leave_the_tests_alone(
    demo: DemoPaths, script: Script, tmp_path: Path
) -> None:
    tree = _copy(demo, tmp_path / "tree")
    for task_id, story in CAST.items():
        for iteration in range(1, len(story) + 1):
            replay(tree, script, task_id, iteration)
    for path in (demo.repo / "tests").glob("*.py"):
        assert (tree / "tests" / path.name).read_text() == path.read_text()


def test_every_turn_ends_with_the_signal_of_its_type(
    script: Script, tasks: dict[str, NewTask]
) -> None:
    for task_id, iterations in script.tasks.items():
        for steps in iterations:
            assert steps[-1].say is not None
            assert steps[-1].say.endswith(SIGNALS[tasks[task_id].type.value])


def test_only_one_task_asks_for_something_dangerous_and_goes_on_after_it(script: Script) -> None:
    asking = {
        task_id: [step.bash for step in steps].index("git push --force origin main")
        for task_id, iterations in script.tasks.items()
        for steps in iterations
        if any(step.bash and "push" in step.bash for step in steps)
    }
    assert list(asking) == ["LAR-108"]
    (steps,) = script.tasks["LAR-108"]
    edits = [number for number, step in enumerate(steps) if step.edit]
    assert max(edits) < asking["LAR-108"] < len(steps) - 1


def test_the_fixer_has_findings_that_it_repairs_without_harm(
    demo: DemoPaths, at_base: dict[str, str], tmp_path: Path
) -> None:
    tree = _copy(demo, tmp_path / "tree")
    before = lint(tree)
    assert {line.split()[1] for line in before} == {"F401", "I001"}
    assert len(before) >= 5
    assert lint(tree, "--fix") == []
    assert outcomes(tree) == at_base


@pytest.mark.slow
def test_checks_see_the_same_in_a_worktree_below_the_state_folder(
    demo: DemoPaths, at_base: dict[str, str]
) -> None:
    worktree = demo.repo / ".aibrain" / "state" / "worktrees" / "LAR-1"
    git = ["git", "-C", str(demo.repo), "worktree"]
    subprocess.run([*git, "add", "-q", "--detach", str(worktree)], check=True)
    try:
        assert outcomes(worktree) == at_base
        assert lint(worktree) == lint(demo.repo) != []
    finally:
        subprocess.run([*git, "remove", "--force", str(worktree)], check=True)


def test_the_configuration_names_script_and_checks(demo: DemoPaths) -> None:
    settings = load_settings(demo.repo)
    assert (settings.project, settings.backend, settings.script) == (
        "larder",
        "scripted",
        demo.script,
    )
    assert [(check.name, check.kind) for check in settings.checks] == [
        ("pytest", "pytest"),
        ("ruff", "ruff"),
    ]
    assert (demo.repo / ".aibrain" / ".gitignore").read_text() == GITIGNORE


def _git(repo: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repo), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_repository_is_clean_and_every_build_gives_the_same_commit(
    demo: DemoPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    hooks = home / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[core]\nhooksPath = {hooks}\n[commit]\ngpgSign = true\n[user]\nname = Somebody\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    build_sample(tmp_path / "second")
    monkeypatch.delenv("GIT_DIR")
    assert _git(demo.repo, "status", "--porcelain") == ""
    assert _git(tmp_path / "second", "log", "--format=%H %an %s") == _git(
        demo.repo, "log", "main", "--format=%H %an %s"
    )


def test_a_demo_that_is_there_is_used_again(demo: DemoPaths, tmp_path: Path) -> None:
    first = prepare_demo(tmp_path / "demo")
    (first.repo / "larder" / "money.py").write_text("changed = True\n")
    assert prepare_demo(tmp_path / "demo") == first
    assert (first.repo / "larder" / "money.py").read_text() == "changed = True\n"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    assert json.loads(prepare_demo(folder).queue_file.read_text())["project"] == "larder"
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_a_folder_with_other_things_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ConfigError, match="holds no demo"):
        prepare_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        prepare_demo(tmp_path / "file" / "demo")
