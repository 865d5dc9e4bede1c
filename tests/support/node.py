"""A small real Turborepo with its tools installed by npm, once for all tests."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.repos import git

SAMPLE = Path(__file__).parent.parent / "samples" / "turborepo"
CACHE_VARIABLE = "AIO_TUI_NODE_CACHE"
"""Names the folder that keeps installed packages; default: one below the system's temporary one."""

RED_TEST = "packages/core/src/share.test.ts::share > gives the odd cents to the first ones"
"""Red for the defect in `packages/core/src/share.ts`."""
RED_TEST_OF_WEB = "packages/web/src/summary.test.ts::summary > loses no cent on the way"
"""Red for the same defect, which package `web` imports from package `core`."""
GREEN_TEST = "packages/core/src/share.test.ts::share > splits evenly where that is possible"

DEFECT = "() => each"
CURE = "(_, index) => each + (index < cents % people ? 1 : 0)"
"""What to write for `DEFECT` in `packages/core/src/share.ts`."""


def make_turborepo(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """A repository `folder/turborepo` with one commit of the sample on `main`, and its
    `node_modules` in place; its resolved path. `files` are written over the sample's before.

    Where npm is missing, the test is skipped; with `CI` set it fails.
    """
    installed = _installed()
    repo = folder / "turborepo"
    shutil.copytree(SAMPLE, repo)
    for name, text in (files or {}).items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text, encoding="utf-8")
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "begin")
    shutil.copytree(
        installed / "node_modules", repo / "node_modules", symlinks=True, copy_function=_link
    )
    return repo.resolve()


def require_node() -> None:
    """Skip the test where npm is missing; with `CI` set it fails."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{' and '.join(missing)} must be installed where CI runs")
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")


def _installed() -> Path:
    """A folder with the sample's packages, installed by whoever comes first."""
    require_node()
    lock_file = (SAMPLE / "package-lock.json").read_bytes()
    node = subprocess.run(["node", "--version"], capture_output=True, check=True).stdout
    name = hashlib.sha256(lock_file + node).hexdigest()[:16]
    default = Path(tempfile.gettempdir(), f"aio-tui-node-{os.getuid()}")
    cache = Path(os.environ.get(CACHE_VARIABLE) or default)
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    ready = cache / name
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.is_dir():
            _install(ready)
    return ready


def _install(ready: Path) -> None:
    unfinished = ready.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(SAMPLE, unfinished)
    quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts")
    done = subprocess.run(
        ["npm", "ci", "--prefer-offline", *quiet],
        cwd=unfinished,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, f"npm ci: {done.stderr.decode('utf-8', 'replace')}"
    unfinished.rename(ready)


def _link(source: str, target: str) -> None:
    """A second name for the file where that is possible, else a copy."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copy2(source, target)
