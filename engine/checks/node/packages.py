"""The packages of a JavaScript repository: single ones, workspaces, monorepos."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec

from engine.domain.values import dataclass

PRUNED = frozenset({"venv", "node_modules", "site-packages", "build", "dist", "coverage"})
LOCK_FILES = (
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
)
_ROOT_DEPTH = 2
"""A project that has no package at the top may keep one in `frontend` or `apps/web`."""


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """What is of interest of a package.json."""

    dependencies: dict[str, str] = {}
    dev_dependencies: dict[str, str] = {}
    peer_dependencies: dict[str, str] = {}
    optional_dependencies: dict[str, str] = {}
    overrides: msgspec.Raw = msgspec.Raw(b"null")
    resolutions: msgspec.Raw = msgspec.Raw(b"null")
    workspaces: list[str] | dict[str, list[str]] = []
    scripts: dict[str, str] = {}

    def needs(self, name: str) -> bool:
        """Whether it depends on the package `name`."""
        return name in self.dependencies or name in self.dev_dependencies


class _PnpmWorkspace(msgspec.Struct, frozen=True):
    packages: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A folder with a package.json."""

    folder: str
    """Relative to the tree, with `/`; empty: its top."""
    root: str
    """Folder of the package whose install serves this one too; its own if it stands alone."""
    manifest: Manifest

    def path(self, tree: Path) -> Path:
        """Where it lies."""
        return tree / self.folder


def find_packages(tree: Path) -> tuple[Package, ...]:
    """The packages that the project installs: its top one, or those one or two folders below with
    a lock file, each with its workspaces. Other package.json files (examples, test data) are
    nobody's. A manifest that cannot be read is taken for an empty one; its tools will complain.
    """
    folders = sorted(_folders_with_manifest(tree), key=lambda folder: folder.parts)
    roots: list[PurePosixPath] = []
    for folder in folders:
        is_inside = any(folder.is_relative_to(root) for root in roots)
        if not is_inside and _is_root(tree, folder):
            roots.append(folder)
    return tuple(package for root in roots for package in _packages_of(tree, root, folders))


def read_manifest(folder: Path) -> Manifest:
    """The package.json of `folder`; an empty one if it cannot be read."""
    try:
        return msgspec.json.decode((folder / "package.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Manifest()


def _folders_with_manifest(tree: Path) -> Iterator[PurePosixPath]:
    for where, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if name[0] != "." and name not in PRUNED]
        if "package.json" in files:
            yield PurePosixPath(Path(where).relative_to(tree).as_posix())


def _is_root(tree: Path, folder: PurePosixPath) -> bool:
    if not folder.parts:
        return True
    has_lock = any((tree / folder / name).is_file() for name in LOCK_FILES)
    return len(folder.parts) <= _ROOT_DEPTH and has_lock


def _packages_of(
    tree: Path, root: PurePosixPath, folders: list[PurePosixPath]
) -> Iterator[Package]:
    manifest = read_manifest(tree / root)
    root_name = _name(root)
    yield Package(folder=root_name, root=root_name, manifest=manifest)
    patterns = _workspace_patterns(tree / root, manifest)
    for folder in folders:
        if folder != root and folder.is_relative_to(root):
            inside = folder.relative_to(root).as_posix()
            if _is_member(inside, patterns):
                member = read_manifest(tree / folder)
                yield Package(folder=_name(folder), root=root_name, manifest=member)


def _name(folder: PurePosixPath) -> str:
    return folder.as_posix() if folder.parts else ""


def _workspace_patterns(root: Path, manifest: Manifest) -> list[str]:
    found = manifest.workspaces
    patterns = found.get("packages", []) if isinstance(found, Mapping) else found
    return [*patterns, *_pnpm_patterns(root / "pnpm-workspace.yaml")]


def _pnpm_patterns(path: Path) -> list[str]:
    if not path.is_file():
        return []
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=_PnpmWorkspace).packages
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []


def _is_member(folder: str, patterns: list[str]) -> bool:
    wanted = [one for one in patterns if not one.startswith("!")]
    unwanted = [one[1:] for one in patterns if one.startswith("!")]
    return _matches(folder, wanted) and not _matches(folder, unwanted)


def _matches(folder: str, patterns: list[str]) -> bool:
    return any(_as_regex(pattern).fullmatch(folder) for pattern in patterns)


def _as_regex(pattern: str) -> re.Pattern[str]:
    """`*` stays within one folder name, `**` does not."""
    plain = pattern.removeprefix("./").rstrip("/")
    words = {"**/": "(?:.+/)?", "**": ".+", "*": "[^/]+"}
    parts = re.split(r"(\*\*/|\*\*|\*)", plain)
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts))
