"""From what files say they import to files."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator

from engine.discovery.source.files import SourceFile
from engine.discovery.source.python import Import

_SCRIPT_ENDINGS = ("", ".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".cjs")
_INDEXES = ("/index", "/src/index")


class Links:
    """Collects files and their imports, and resolves them once all are known."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._packages: dict[str, str] = {}
        self._python: dict[str, list[Import]] = {}
        self._script: dict[str, list[str]] = {}

    def add_file(self, file: SourceFile) -> None:
        """A file of the tree; a package.json names the folder it stands in."""
        self._files.add(file.path)
        if posixpath.basename(file.path) == "package.json":
            name = _package_name(file.text)
            if name:
                self._packages[name] = posixpath.dirname(file.path)

    def add_python(self, path: str, imports: list[Import]) -> None:
        """What a Python file imports."""
        self._python[path] = imports

    def add_script(self, path: str, specifiers: list[str]) -> None:
        """What a JavaScript or TypeScript file imports."""
        self._script[path] = specifiers

    def resolved(self) -> dict[str, tuple[str, ...]]:
        """Imported files of the tree by importing file, sorted. What is not in it is left out."""
        modules = _modules(self._files)
        found = {
            path: {target for one in imports for target in _python_targets(path, one, modules)}
            for path, imports in self._python.items()
        }
        for path, specifiers in self._script.items():
            targets = (self._script_target(path, one) for one in specifiers)
            found[path] = {target for target in targets if target}
        return {
            path: tuple(sorted(targets - {path}))
            for path, targets in sorted(found.items())
            if targets - {path}
        }

    def _script_target(self, path: str, specifier: str) -> str:
        """The file; empty: it is none of the tree."""
        stems = list(self._stems(path, specifier))
        for stem in stems:
            for base in (stem, *(stem + index for index in _INDEXES)):
                for ending in _SCRIPT_ENDINGS:
                    if base + ending in self._files:
                        return base + ending
        return ""

    def _stems(self, path: str, specifier: str) -> Iterator[str]:
        if specifier.startswith("."):
            stem = posixpath.normpath(posixpath.join(posixpath.dirname(path), specifier))
            yield stem
            if stem.endswith((".js", ".jsx", ".mjs", ".cjs")):
                yield posixpath.splitext(stem)[0]
            return
        parts = specifier.split("/")
        size = 2 if specifier.startswith("@") else 1
        folder = self._packages.get("/".join(parts[:size]))
        if folder is not None:
            rest = "/".join(parts[size:])
            yield posixpath.normpath(posixpath.join(folder, rest))
            if rest:
                yield posixpath.normpath(posixpath.join(folder, "src", rest))


def _package_name(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    name = document.get("name") if isinstance(document, dict) else None
    return name if isinstance(name, str) else ""


def _modules(files: set[str]) -> dict[str, str]:
    """Files by dotted name: from the top of the tree, and from the top of their package."""
    modules: dict[str, str] = {}
    for path in sorted(files):
        if path.endswith(".py"):
            parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
            root = _package_root(path, files)
            for start in {0, root}:
                modules.setdefault(".".join(parts[start:]), path)
    return modules


def _package_root(path: str, files: set[str]) -> int:
    """How many folders stand above the package that holds the file."""
    depth = path.count("/")
    folders = path.split("/")[:depth]
    while depth and "/".join([*folders[:depth], "__init__.py"]) in files:
        depth -= 1
    return depth


def _python_targets(path: str, one: Import, modules: dict[str, str]) -> Iterable[str]:
    base = _absolute(path, one)
    found = [modules.get(f"{base}.{name}" if base else name) for name in one.names]
    found.append(modules.get(base))
    return [target for target in found if target]


def _absolute(path: str, one: Import) -> str:
    if not one.level:
        return one.module
    folders = path.split("/")[:-1]
    above = folders[: max(len(folders) - one.level + 1, 0)]
    return ".".join([*above, *([one.module] if one.module else [])])
