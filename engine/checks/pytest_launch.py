"""How pytest is started so that it keeps an account that its tests do not write."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from engine.checks.environment import tree_environment
from engine.domain.values import dataclass

_PROBE = Path(__file__).parent / "probe"
_LAUNCHER = str(_PROBE / "aio_pytest_launch.py")
_MARKER = "aio_pytest_mark"
_SHELL = ("/bin/sh", "-c", '"$@"; exit "$?"', "aio-check")
"""A parent that tests may kill: theirs would otherwise be the engine. It also stays the leader of
the group when pytest is killed.
"""
_RUNNERS_OWN = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging")


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A program and what it is told."""

    argv: tuple[str, ...]
    stdin: bytes
    variables: Mapping[str, str]
    log_file: Path
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """Starts of pytest in one tree."""

    python: str
    repo: Path
    tree: Path
    scratch: Path
    """An empty folder for logs and caches."""

    def launch(
        self, arguments: Iterable[str], *, done: Iterable[str], only: tuple[str, ...], is_part: bool
    ) -> Launch:
        """The next start; creates its log.

        Args:
            arguments: of pytest.
            done: ids of tests that are not to be run again.
            only: what is asked for; empty: everything.
            is_part: whether thresholds for the whole suite make no sense.
        """
        variables = dict(tree_environment(self.python, self.tree))
        folders = variables.pop("PYTHONPATH")
        key = secrets.token_hex(16)
        log_file = self.scratch / f"{secrets.token_hex(16)}.jsonl"
        log_file.touch(mode=0o600)
        order = {
            "log": str(log_file),
            "key": key,
            "args": ["-p", _MARKER, "-o", f"cache_dir={self.scratch}/cache", *arguments],
            "path": [str(self.tree), *folders.split(os.pathsep)],
            "variables": {"PYTHONPATH": os.pathsep.join((str(_PROBE), folders))},
            "is_tree_first": _is_part_of_pytest(self.repo),
            "plan": {
                "done": list(done),
                "only": list(only),
                "is_part": is_part,
                "repo": str(self.repo),
                "tree": str(self.tree),
            },
        }
        return Launch(
            argv=(*_SHELL, self.python, _LAUNCHER),
            stdin=msgspec.json.encode(order),
            variables=variables,
            log_file=log_file,
            key=key,
        )


def _is_part_of_pytest(repo: Path) -> bool:
    """Whether the operator's own checkout holds something that pytest consists of."""
    return any(
        (folder / name).exists()
        for folder in (repo, repo / "src")
        for own in _RUNNERS_OWN
        for name in (own, f"{own}.py")
    )
