"""Which checks a JavaScript repository has: one per package and tool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from engine.checks.node.packages import Package, find_packages
from engine.domain.settings import CheckSettings
from engine.domain.values import dataclass

_SOURCE = re.compile(r".+\.[cm]?[jt]sx?")
_TEST = re.compile(r".+\.(test|spec)\.[cm]?[jt]sx?")
_CONFIG = re.compile(r".+\.config\.[cm]?[jt]s|\.eslintrc.*")
_ESLINT = re.compile(r"eslint\.config\.[cm]?[jt]s|\.eslintrc(\.(c?js|json|ya?ml))?")
_VITEST = re.compile(r"(vitest\.(config|workspace))\.([cm]?[jt]s|json)")
_NAMES_PROJECTS = re.compile(r"\b(projects|workspace)\b\s*:")
_NO_FILES = re.compile(r'"files"\s*:\s*\[\s*\]')
_REFERENCE = re.compile(r'"path"\s*:\s*"([^"\\]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """A package with the files that belong to it and to no package inside it."""

    package: Package
    root: Package
    inner: tuple[str, ...]
    """Folders of packages inside, relative to it."""
    files: tuple[PurePosixPath, ...]
    """Relative to it."""

    @property
    def is_root(self) -> bool:
        return self.package is self.root

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether a file lies directly in it that has such a name."""
        return any(len(file.parts) == 1 and pattern.fullmatch(file.name) for file in self.files)

    @property
    def has_sources(self) -> bool:
        """Whether there is code beside configuration."""
        return any(_SOURCE.fullmatch(f.name) and not _CONFIG.fullmatch(f.name) for f in self.files)

    @property
    def has_tests(self) -> bool:
        return any(_TEST.fullmatch(file.name) for file in self.files)


def detect_node(tree: Path, files: Sequence[PurePosixPath]) -> tuple[CheckSettings, ...]:
    """Checks of the packages in `tree`, whose own files are `files` (relative to it)."""
    if not any(file.name == "package.json" for file in files):
        return ()
    members = _members(find_packages(tree), files)
    return (
        *_vitest(tree, members),
        *_eslint(members),
        *(check for member in members for check in _tsc(tree, member)),
    )


def _members(packages: Sequence[Package], files: Sequence[PurePosixPath]) -> list[_Member]:
    by_folder = {package.folder: package for package in packages}
    owned: dict[str, list[PurePosixPath]] = {folder: [] for folder in by_folder}
    for file in files:
        for parent in file.parents:
            folder = parent.as_posix() if parent.parts else ""
            if folder in owned:
                owned[folder].append(file.relative_to(parent))
                break
    return [
        _Member(
            package=package,
            root=by_folder[package.root],
            inner=tuple(_inside(package.folder, by_folder)),
            files=tuple(owned[package.folder]),
        )
        for package in packages
    ]


def _inside(folder: str, folders: Iterable[str]) -> Iterator[str]:
    start = PurePosixPath(folder)
    for other in folders:
        path = PurePosixPath(other)
        if other != folder and path.is_relative_to(start):
            yield path.relative_to(start).as_posix()


def _vitest(tree: Path, members: Sequence[_Member]) -> Iterator[CheckSettings]:
    covered = {one.root.folder for one in members if one.is_root and _runs_all_projects(tree, one)}
    for member in members:
        if member.root.folder in covered:
            if member.is_root:
                yield _check("vitest", member)
        elif member.has_tests and _has_vitest(member):
            excluded = [word for inner in member.inner for word in ("--exclude", f"{inner}/**")]
            yield _check("vitest", member, *excluded)


def _has_vitest(member: _Member) -> bool:
    is_needed = member.package.manifest.needs("vitest") or member.root.manifest.needs("vitest")
    return is_needed or member.has(_VITEST)


def _runs_all_projects(tree: Path, root: _Member) -> bool:
    """Whether Vitest, started in the root, runs the tests of its workspaces too."""
    names = [f.name for f in root.files if len(f.parts) == 1 and _VITEST.fullmatch(f.name)]
    for name in names:
        is_list = name.startswith("vitest.workspace.")
        if is_list or _NAMES_PROJECTS.search(_text(root.package.path(tree) / name)):
            return True
    return False


def _eslint(members: Sequence[_Member]) -> Iterator[CheckSettings]:
    configured = {one.package.folder for one in members if one.has(_ESLINT)}
    for member in members:
        is_configured = bool(configured & {member.package.folder, member.root.folder})
        if is_configured and member.has_sources:
            ignored = [word for inner in member.inner for word in ("--ignore-pattern", f"{inner}/")]
            yield _check("eslint", member, *ignored)


def _tsc(tree: Path, member: _Member) -> Iterator[CheckSettings]:
    folder = member.package.path(tree)
    if not member.has_sources or not (folder / "tsconfig.json").is_file():
        return
    text = _text(folder / "tsconfig.json")
    if not _NO_FILES.search(text):
        yield _check("tsc", member)
        return
    for reference in _REFERENCE.findall(text):
        path = (folder / reference).resolve()
        if path.is_file() and path.parent == folder.resolve():
            check = _check("tsc", member, "-p", path.name)
            yield CheckSettings(
                name=f"{check.name}{':' if ':' not in check.name else '/'}{path.stem}",
                kind=check.kind,
                command=check.command,
                folder=check.folder,
            )


def _check(kind: str, member: _Member, *arguments: str) -> CheckSettings:
    folder = member.package.folder
    name = f"{kind}:{folder}" if folder else kind
    return CheckSettings(name=name, kind=kind, command=arguments, folder=folder)


def _text(path: Path) -> str:
    """The file's text; empty if there is none that can be read."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
