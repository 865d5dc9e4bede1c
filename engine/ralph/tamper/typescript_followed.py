"""Tests that follow names and modules of the product to where the same change put them.

What the old names still give is shown by the run with the tests of the base commit.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from engine.domain.change import FileChange
from engine.ralph.tamper.typescript_source import (
    descendants,
    is_script,
    parse,
    string_of,
    text_of,
)
from engine.ralph.tamper.typescript_tests import read_tests

if TYPE_CHECKING:
    from tree_sitter import Node

_ENDING = re.compile(r"(?:\.d)?\.[cm]?[jt]sx?$")
_NAMES = frozenset({"identifier", "type_identifier"})
_Modules = Mapping[str, FileChange]


def followed(change: FileChange, changes: tuple[FileChange, ...]) -> bytes | None:
    """The test file as it was before, with names and modules of the product as they are called
    after, where the changed product says that they are the same.
    """
    before, after = parse(change.path, change.before), parse(change.path, change.after)
    if before is None or after is None:
        return change.before
    modules = {_ENDING.sub("", one.path): one for one in changes if is_script(one.path)}
    folder = posixpath.dirname(change.path)
    old, new = read_tests(before).imports, read_tests(after).imports
    names: dict[str, str] = {}
    places: dict[str, str] = {}
    for bound, origin in old.items():
        now = _successor(bound, origin, old, new, _Product(folder, modules))
        if now is not None:
            names[bound] = now
            places[origin[0]] = new[now][0]
    return _rewritten(before, names, places) if names else change.before


class _Product:
    def __init__(self, folder: str, modules: _Modules) -> None:
        self._folder = folder
        self._modules = modules

    def is_same(self, was: tuple[str, str], now: tuple[str, str]) -> bool:
        """Whether the changed module hands on what it exported under the other name or place."""
        changed = self._modules.get(self._path(was[0]))
        if changed is None or changed.after is None or not was[0].startswith("."):
            return False
        if was[0] == now[0]:
            words = set(re.findall(r"[\w$]+", changed.after.decode("utf-8", "replace")))
            return {was[1], now[1]} <= words
        root = parse(changed.path, changed.after)
        folder = posixpath.dirname(changed.path)
        handed_on = {_path(folder, module) for module in _modules_named(root)}
        return was[1] == now[1] and self._path(now[0]) in handed_on

    def _path(self, module: str) -> str:
        return _path(self._folder, module)


def _successor(
    bound: str,
    origin: tuple[str, str],
    old: Mapping[str, tuple[str, str]],
    new: Mapping[str, tuple[str, str]],
    product: _Product,
) -> str | None:
    """The name that stands now for what `bound` stood for; None: it has not changed, or is gone."""
    if new.get(bound) == origin:
        return None
    if bound in new:
        return bound if product.is_same(origin, new[bound]) else None
    found = [name for name in new if name not in old and product.is_same(origin, new[name])]
    return found[0] if len(found) == 1 else None


def _modules_named(root: Node | None) -> Iterator[str]:
    for node in descendants(root) if root else ():
        if node.type in ("import_statement", "export_statement"):
            module = string_of(node.child_by_field_name("source"))
            if module:
                yield module


def _path(folder: str, module: str) -> str:
    return _ENDING.sub("", posixpath.normpath(posixpath.join(folder, module)))


def _rewritten(root: Node, names: Mapping[str, str], places: Mapping[str, str]) -> bytes:
    content = bytearray(root.text or b"")
    start = root.start_byte
    for node in reversed(list(descendants(root))):
        said = text_of(node)
        if node.type in _NAMES and said in names:
            text = names[said]
        elif node.type == "string_fragment" and said in places and _is_source(node):
            text = places[said]
        else:
            continue
        content[node.start_byte - start : node.end_byte - start] = text.encode()
    return bytes(content)


def _is_source(node: Node) -> bool:
    outer = node.parent.parent if node.parent is not None else None
    return outer is not None and outer.type == "import_statement"
