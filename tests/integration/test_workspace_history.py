"""When files were last touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.errors import WorkspaceError
from engine.sandbox.runner import SubprocessRunner
from engine.workspace.gitcall import GitCall
from engine.workspace.history import recent_history
from tests.support.repos import commit_files, git, make_repo

FIRST = datetime(2026, 1, 5, 10, tzinfo=UTC)
LATER = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def calls(tmp_path: Path) -> GitCall:
    return GitCall(SubprocessRunner(tmp_path / "box/home", tmp_path / "box/tmp"))


def commit_later(repo: Path, files: Mapping[str, str]) -> str:
    """A commit of another day."""
    commit_files(repo, files)
    who = {"GIT_COMMITTER_NAME": "Olive", "GIT_COMMITTER_EMAIL": "olive@example.org"}
    when = {"GIT_COMMITTER_DATE": f"{LATER.timestamp():.0f} +0000"}
    subprocess.run(
        ["git", "commit", "-q", "--amend", "--no-edit"],
        cwd=repo,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", **who, **when},
        check=True,
    )
    return git(repo, "rev-parse", "HEAD").strip()


async def test_each_file_has_the_time_of_its_last_commit(tmp_path: Path, calls: GitCall) -> None:
    odd = os.fsdecode(b'odd \xff\n"name')
    repo = make_repo(tmp_path / "repo", {"a.py": "1", "b.py": "1", odd: "1"})
    commit = commit_later(repo, {"a.py": "2"})
    history = await recent_history(calls, repo, commit)
    assert history.committed_at == LATER
    assert history.changed_at == {"a.py": LATER, "b.py": FIRST, 'odd \\xff\n"name': FIRST}


async def test_a_commit_that_is_not_there_is_an_error(tmp_path: Path, calls: GitCall) -> None:
    repo = make_repo(tmp_path / "repo", {"a.py": "1"})
    with pytest.raises(WorkspaceError, match="read when files were changed"):
        await recent_history(calls, repo, "f" * 40)
