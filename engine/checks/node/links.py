"""The operator's installed packages, lent to a checkout.

A checkout gets `node_modules` folders made of links to the operator's entries. Links that lead into
the repository's own packages lead to the checkout's packages instead: what is tested is the commit.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.checks.node.installed import stale_package
from engine.checks.node.packages import LOCK_FILES, Package, find_packages
from engine.domain.errors import GateError

_MODULES = "node_modules"
_MARK = ".lent-by-aio-tui"
_IGNORES_ALL = re.compile(r"(\*\*/)?node_modules/?")
_TOKEN = secrets.token_hex(16).encode()
"""Of this process: a mark that came with the commit cannot hold it."""


def prepare_node(tree: Path, repo: Path) -> None:
    """Make the `node_modules` of the checkout `tree` from those of the operator's checkout `repo`.

    Nothing happens in `repo` itself, in a tree without packages, and the second time; who comes
    while another one is at it, in this process or another, waits. Both paths are resolved.

    Raises:
        GateError: the commit needs other packages than are installed, or brings its own
            `node_modules`; what is in the tree stays as it was.
    """
    if tree == repo:
        return
    with _alone(tree):
        if not _is_done(tree):
            _prepare(tree, repo)


@contextmanager
def _alone(tree: Path) -> Iterator[None]:
    descriptor = os.open(tree, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _prepare(tree: Path, repo: Path) -> None:
    packages = find_packages(tree)
    if not packages:
        return
    for package in packages:
        if os.path.lexists(package.path(tree) / _MODULES):
            where = f"{package.folder}/{_MODULES}".lstrip("/")
            raise GateError(
                f"the commit brings its own {where}",
                hint="take it out of git and let it be installed",
            )
    lent = [one for one in packages if (repo / one.folder / _MODULES).is_dir()]
    if lent:
        _require_same_dependencies(tree, repo, packages)
    try:
        _lend(tree, repo, lent)
    except OSError as error:
        raise GateError(
            f"{error.filename2 or error.filename or tree}: {error.strerror}",
            hint=f"check the permissions of your {_MODULES} folders",
        ) from error


def prepare_worktree(tree: Path, repo: Path) -> None:
    """As `prepare_node`, for a worktree in which an agent works and commits: only where git ignores
    every `node_modules`, and as it pleases if the agent has made one or needs other packages.
    """
    if os.path.lexists(tree / _MODULES) or not _is_ignored(tree):
        return
    with suppress(GateError):
        prepare_node(tree, repo)


def _is_ignored(tree: Path) -> bool:
    try:
        lines = (tree / ".gitignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return any(_IGNORES_ALL.fullmatch(line.strip()) for line in lines)


def _lend(tree: Path, repo: Path, packages: list[Package]) -> None:
    for package in packages:
        _Lender(tree, repo).lend(repo / package.folder / _MODULES, package.path(tree) / _MODULES)
    (tree / _MODULES).mkdir(exist_ok=True)
    (tree / _MODULES / _MARK).write_bytes(_TOKEN)


def _is_done(tree: Path) -> bool:
    try:
        return (tree / _MODULES / _MARK).read_bytes() == _TOKEN
    except OSError:
        return False


def _require_same_dependencies(tree: Path, repo: Path, packages: tuple[Package, ...]) -> None:
    installed = {one.folder: one for one in find_packages(repo)}
    for package in packages:
        known = installed.get(package.folder)
        if known is None or _dependencies(known) != _dependencies(package):
            raise _other_dependencies(f"{package.folder}/package.json".lstrip("/"))
    for root in sorted({package.root for package in packages}):
        for name in LOCK_FILES:
            if _content(tree / root / name) != _content(repo / root / name):
                raise _other_dependencies(f"{root}/{name}".lstrip("/"))
        stale = stale_package(repo / root)
        if stale:
            raise GateError(
                f"your node_modules is older than package-lock.json: {stale} is another one",
                hint="run npm ci in your checkout",
            )


def _dependencies(package: Package) -> tuple[object, ...]:
    found = package.manifest
    return (
        found.dependencies,
        found.dev_dependencies,
        found.peer_dependencies,
        found.optional_dependencies,
        bytes(found.overrides),
        bytes(found.resolutions),
    )


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _other_dependencies(name: str) -> GateError:
    return GateError(
        f"{name} asks for other packages than your checkout has installed",
        hint="look at the change; if it is wanted, merge it and run your package manager's install",
    )


class _Lender:
    """Makes links in `tree` to what is installed in `repo`."""

    def __init__(self, tree: Path, repo: Path) -> None:
        self._tree = tree
        self._repo = repo

    def lend(self, source: Path, target: Path) -> None:
        target.mkdir()
        for entry in _entries(source):
            if entry.name == ".bin":
                self._lend_programs(entry, target / entry.name)
            elif entry.name.startswith("@") and not entry.is_symlink():
                (target / entry.name).mkdir()
                for scoped in _entries(entry):
                    self._link(scoped, target / entry.name / scoped.name)
            elif not entry.name.startswith("."):
                self._link(entry, target / entry.name)

    def _link(self, entry: Path, target: Path) -> None:
        target.symlink_to(self._own(entry) or entry)

    def _own(self, entry: Path) -> Path | None:
        """The checkout's package, if `entry` is a link to one of the repository's own."""
        if not entry.is_symlink():
            return None
        real = entry.resolve()
        if not real.is_relative_to(self._repo):
            return None
        inside = real.relative_to(self._repo)
        return None if _MODULES in inside.parts else self._tree / inside

    def _lend_programs(self, source: Path, target: Path) -> None:
        """Relative links stay as they are, so that they lead through the links made here."""
        target.mkdir()
        for program in _entries(source):
            written = program.readlink() if program.is_symlink() else program
            (target / program.name).symlink_to(written)


def _entries(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.iterdir())
