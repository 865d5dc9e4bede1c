"""Makes a real git repository of the files below `sample`.

In the package a leading dot of a name is written `dot-`, so that no tool takes the sample's
settings for those of the package itself.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from engine.domain.errors import ConfigError, WorkspaceError
from engine.domain.values import dataclass

_QUEUE = "tasks/work_queue_larder.json"
_SCRIPT = ".aibrain/script.json"
_GIT_TIMEOUT_S = 60.0
_GIT_ENVIRONMENT: Mapping[str, str] = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "larder",
    "GIT_AUTHOR_EMAIL": "larder@example.org",
    "GIT_AUTHOR_DATE": "2026-05-01T08:00:00+00:00",
    "GIT_COMMITTER_NAME": "larder",
    "GIT_COMMITTER_EMAIL": "larder@example.org",
    "GIT_COMMITTER_DATE": "2026-05-01T08:00:00+00:00",
    "LC_ALL": "C",
}
"""Nothing of the user's git takes part, and every build gives the same commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPaths:
    """Where a demo lies."""

    repo: Path
    queue_file: Path
    """The tasks, in the format of `aio-tui task import`."""
    script: Path
    """The conversation; the repository's configuration names it already."""


def prepare_demo(folder: Path) -> DemoPaths:
    """The demo in `folder`: the one that is there, or a new one. Blocks for about 0.1 s.

    A new one appears whole or not at all.

    Raises:
        ConfigError: the folder holds something else, or cannot be written.
        WorkspaceError: git is missing or refuses.
    """
    root = folder.expanduser().resolve()
    paths = DemoPaths(repo=root, queue_file=root / _QUEUE, script=root / _SCRIPT)
    if (root / ".git").is_dir() and paths.queue_file.is_file() and paths.script.is_file():
        return paths
    try:
        _refuse_foreign(root)
        root.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{root.name}-", dir=root.parent) as workshop:
            built = Path(workshop) / "sample"
            build_sample(built)
            built.replace(root)
    except OSError as error:
        raise ConfigError(
            f"the demo cannot be written to {str(root)!r} ({error.strerror})",
            hint="name another folder",
        ) from error
    return paths


def build_sample(folder: Path) -> None:
    """Write the sample into `folder`, which must be absent or empty, and commit it as `main`.

    Raises:
        WorkspaceError: git is missing or refuses.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _copy(files("aio_tui.demo") / "sample", folder)
    _git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--no-verify", "--message=Stock, orders and bills")


def _refuse_foreign(root: Path) -> None:
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise ConfigError(
            f"{str(root)!r} is not empty and holds no demo",
            hint="name a new or an empty folder; nothing in it was changed",
        )


def _copy(source: Traversable, target: Path) -> None:
    for entry in source.iterdir():
        name = entry.name
        if name == "__pycache__":
            continue
        place = target / (f".{name.removeprefix('dot-')}" if name.startswith("dot-") else name)
        if entry.is_dir():
            place.mkdir()
            _copy(entry, place)
        else:
            place.write_bytes(entry.read_bytes())


def _git(folder: Path, *arguments: str) -> None:
    git = shutil.which("git")
    if git is None:
        raise WorkspaceError("git was not found", hint="install git and start again")
    environment = {**_GIT_ENVIRONMENT, "HOME": str(folder), "PATH": str(Path(git).parent)}
    command = [git, "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            timeout=_GIT_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise WorkspaceError(
            f"git {arguments[0]} took longer than {_GIT_TIMEOUT_S:g} s", hint="try again"
        ) from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().replace("\n", " ")
        raise WorkspaceError(f"git {arguments[0]} failed: {said}", hint="try another folder")
