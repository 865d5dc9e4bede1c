"""File tools: where a path leads decides, links and dots included."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.action import Action, ActionKind, Outcome
from engine.domain.work import AgentRole
from engine.governance.contract import AutonomyLevel, Contract
from engine.governance.judge import judge

CONTRACT = Contract(role=AgentRole.BUG_FIX, protected=("migrations/*", "*.lock"))
READ, WRITE, RUN = ActionKind.READ_FILE, ActionKind.WRITE_FILE, ActionKind.RUN_COMMAND


@pytest.fixture
def worktree(tmp_path: Path) -> Path:
    root = tmp_path / "repository" / ".aibrain" / "state" / "worktrees" / "t-1"
    (root / "src").mkdir(parents=True)
    (root / "src" / "here").symlink_to(root / "src")
    (root / "away").symlink_to(tmp_path)
    (root / "twice").symlink_to(root / "away")
    (root / "hooks").symlink_to(root / ".git" / "hooks")
    return root


def rule(kind: ActionKind, target: str, worktree: Path, contract: Contract = CONTRACT) -> str:
    """The rule that stops the action; empty if it is allowed."""
    seen = judge(Action(kind=kind, target=target), contract=contract, worktree=worktree)
    return "" if seen.outcome is Outcome.ALLOW else seen.rule


@pytest.mark.parametrize("kind", [READ, WRITE])
@pytest.mark.parametrize(
    "path", ["src/a.py", "./new/b.txt", "src/here/here/c", "src/../d", "~", "*"]
)
def test_paths_inside_are_allowed(kind: ActionKind, path: str, worktree: Path) -> None:
    assert rule(kind, path, worktree) == ""


def test_an_absolute_path_into_the_worktree_is_inside(worktree: Path) -> None:
    assert rule(WRITE, str(worktree / "src" / "a.py"), worktree) == ""


@pytest.mark.parametrize(
    "path", ["../x", "/etc/hosts", "src/../../x", "away/x", "twice/x", "/usr/include/stdio.h"]
)
def test_paths_that_leave_are_asked_about(path: str, worktree: Path) -> None:
    assert rule(READ, path, worktree) == "read-outside"
    assert rule(WRITE, path, worktree) == "write-outside"


def test_the_operators_checkout_is_outside(worktree: Path) -> None:
    checkout = worktree.parents[3]

    assert rule(READ, str(checkout / "src" / "a.py"), worktree) == "read-outside"
    assert rule(RUN, f"echo x > {checkout}/src/a.py", worktree) == "write-outside"
    assert rule(RUN, "rm -rf ../../../../src", worktree) == "delete-outside"


@pytest.mark.parametrize("path", [".git/config", "sub/.git/hooks/pre-commit", "hooks/post-commit"])
def test_gits_own_files_are_asked_about(path: str, worktree: Path) -> None:
    assert rule(READ, path, worktree) == "protected-path"
    assert rule(WRITE, path, worktree) == "protected-path"


def test_the_engines_own_files_are_readable_but_not_writable(worktree: Path) -> None:
    assert rule(READ, ".aibrain/contracts/BugFix.yaml", worktree) == ""
    assert rule(WRITE, ".aibrain/contracts/BugFix.yaml", worktree) == "protected-path"


@pytest.mark.parametrize("path", ["migrations/0001.py", "poetry.lock", "src/../uv.lock"])
def test_paths_that_the_contract_protects_are_asked_about(path: str, worktree: Path) -> None:
    assert rule(WRITE, path, worktree) == "protected-path"
    assert rule(RUN, f"echo x > {path}", worktree) == "protected-path"


@pytest.mark.parametrize("path", ["", "  ", "a\nb", "a\x00b", "x" * 10_000])
def test_an_unusable_path_is_not_understood(path: str, worktree: Path) -> None:
    assert rule(WRITE, path, worktree) == "not-understood"


def test_a_loop_of_links_is_not_understood(worktree: Path) -> None:
    (worktree / "loop").symlink_to(worktree / "pool")
    (worktree / "pool").symlink_to(worktree / "loop")

    assert rule(READ, "loop/x", worktree) == "not-understood"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("cat away/notes.txt", "read-outside"),
        ("echo x > away/x", "write-outside"),
        ("echo x > src/here/x", ""),
        ("rm -rf twice/*", "delete-outside"),
        ("cd away && rm -rf x", "delete-outside"),
        ("cp x hooks/pre-commit", "protected-path"),
        ("sed -i s/a/b/ away/f", "write-outside"),
        ("python away/x.py", "run-outside"),
        ("find away/ -delete", "delete-outside"),
    ],
)
def test_commands_follow_links_too(command: str, expected: str, worktree: Path) -> None:
    assert rule(RUN, command, worktree) == expected


def test_the_lowest_level_asks_about_every_write_and_no_read(worktree: Path) -> None:
    careful = Contract(role=AgentRole.BUG_FIX, autonomy=AutonomyLevel.L0_5)

    assert rule(WRITE, "src/a.py", worktree, careful) == "autonomy"
    assert rule(RUN, "echo x > a", worktree, careful) == "autonomy"
    assert rule(RUN, "pytest", worktree, careful) == "autonomy"
    assert rule(RUN, "git push", worktree, careful) == "git-push"
    assert rule(READ, "src/a.py", worktree, careful) == ""
    assert rule(RUN, "grep -rn x src | head", worktree, careful) == ""
