"""Names that stand for modules of the runtime and of test runners, or for parts of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from engine.domain.values import dataclass
from engine.ralph.tamper.typescript_source import (
    descendants,
    string_of,
    text_of,
    unwrapped,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_OF_RUNTIME = re.compile(
    r"(?:node:|bun:).+|assert(?:/strict)?|child_process|chai|events|expect|fs(?:/promises)?|module|"
    r"os|path|perf_hooks|process|timers(?:/promises)?|url|util|v8|vm|vitest|worker_threads|"
    r"@jest/globals|@vitest/.+"
)
_REQUIRED = re.compile(r"""require\(\s*['"`]([^'"`]+)['"`]\s*\)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """What a module has taken from the runtime."""

    modules: Mapping[str, str]
    """From a name to the module that it stands for, without `node:`."""
    parts: Mapping[str, tuple[str, str]]
    """From a name to the module and the name there."""

    def is_of_runtime(self, path: str) -> bool:
        """Whether a property with that path, `a.b.c`, belongs to such a module."""
        first = path.split(".")[0]
        required = _REQUIRED.match(path)
        if required:
            return bool(_OF_RUNTIME.fullmatch(required[1]))
        return "." in path and (first in self.modules or self._is_class(first))

    def _is_class(self, name: str) -> bool:
        return name in self.parts and self.parts[name][1][:1].isupper()

    def resolved(self, owner: str, name: str) -> tuple[str, str]:
        """The module and the name there that a call of `name` on `owner` goes to; as given if
        that is not known.
        """
        if not owner and name in self.parts:
            return self.parts[name]
        required = _REQUIRED.fullmatch(owner)
        if required:
            return required[1].removeprefix("node:"), name
        return self.modules.get(owner, owner), name


def borrowed_names(root: Node) -> Borrowed:
    """All of them in the module with that root, however they were imported."""
    modules: dict[str, str] = {}
    parts: dict[str, tuple[str, str]] = {}
    for node in descendants(root):
        if node.type == "import_statement":
            found = _imported(node)
        elif node.type == "variable_declarator":
            found = _declared(node, modules)
        else:
            continue
        for bound, module, name in found:
            if name:
                parts[bound] = (module, name)
            else:
                modules[bound] = module
    return Borrowed(modules=modules, parts=parts)


def _imported(statement: Node) -> Iterator[tuple[str, str, str]]:
    module = string_of(statement.child_by_field_name("source")) or ""
    if not _OF_RUNTIME.fullmatch(module):
        return
    for node in descendants(statement):
        if node.type == "import_specifier":
            name = text_of(node.child_by_field_name("name"))
            bound = text_of(node.child_by_field_name("alias")) or name
            yield bound, module.removeprefix("node:"), "" if name == "default" else name
        elif node.type == "identifier" and _is_whole(node):
            yield text_of(node), module.removeprefix("node:"), ""


def _is_whole(node: Node) -> bool:
    return node.parent is not None and node.parent.type in ("import_clause", "namespace_import")


def _declared(node: Node, modules: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is None or value is None:
        return
    said = text_of(unwrapped(value)).removeprefix("globalThis.")
    required = _REQUIRED.fullmatch(said)
    if required and _OF_RUNTIME.fullmatch(required[1]):
        module = required[1].removeprefix("node:")
    elif said == "process" or said in modules:
        module = modules.get(said, said)
    else:
        return
    if name.type == "identifier":
        yield text_of(name), module, ""
    for part in name.named_children if name.type == "object_pattern" else ():
        key, bound = part.child_by_field_name("key"), part.child_by_field_name("value")
        yield text_of(bound) or text_of(part), module, text_of(key) or text_of(part)
