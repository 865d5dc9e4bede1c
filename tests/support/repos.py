"""Builders of small real git repositories; the same files give the same commit everywhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_GIT_ENV = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Olive Operator",
    "GIT_AUTHOR_EMAIL": "olive@example.org",
    "GIT_AUTHOR_DATE": "2026-01-05T10:00:00+0000",
    "GIT_COMMITTER_NAME": "Olive Operator",
    "GIT_COMMITTER_EMAIL": "olive@example.org",
    "GIT_COMMITTER_DATE": "2026-01-05T10:00:00+0000",
}


def git(folder: Path, *arguments: str) -> str:
    """Standard output of git in `folder`, as the operator would run it."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **_GIT_ENV},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr.decode()}"
    return done.stdout.decode()


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write text files by relative path."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def commit_files(folder: Path, files: Mapping[str, str], message: str = "change") -> str:
    """Write, add and commit; the new commit."""
    write_files(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD").strip()


def make_repo(folder: Path, files: Mapping[str, str]) -> Path:
    """A repository with one commit of `files` on branch `main`; its resolved path."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    commit_files(folder, files, "begin")
    return folder.resolve()
