"""Stand-ins for the very module that is tested."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from engine.ralph.tamper.typescript_reach import mocked_modules, stand_ins
from engine.ralph.tamper.typescript_source import line_of, text_of
from engine.ralph.tamper.typescript_tests import ScriptTests
from engine.ralph.tamper.typescript_weaker import Edit

if TYPE_CHECKING:
    from tree_sitter import Node

_OWN = ("./", "../", "/", "@/", "~/", "#")


def added_mocks(before: Node | None, after: Node) -> Iterator[tuple[Node, str]]:
    """Calls that replace a module and were not there before."""
    known = {module for _, module in mocked_modules(before)} if before else set()
    for call, module in mocked_modules(after):
        if module not in known:
            yield call, module


def mocks_in_existing(before: Node, after: Node, tests: ScriptTests) -> Iterator[Edit]:
    """In a file that had tests none of what it imports, and nothing of the product, is replaced."""
    imported = {module for module, _ in tests.imports.values()}
    for call, module in added_mocks(before, after):
        if not module or module in imported or module.startswith(_OWN):
            yield _edit(call, f"'{module or 'a module'}' is replaced for the existing tests")


def mocks_in_new(path: str, after: Node, tests: ScriptTests) -> Iterator[Edit]:
    """In a new file the module it is named after is not replaced, nor is all that it imports."""
    own = {module for module, _ in tests.imports.values() if module.startswith(_OWN)}
    mocked = {module for _, module in mocked_modules(after)}
    subject = PurePosixPath(path).name.split(".")[0]
    for call, module in mocked_modules(after):
        stem = posixpath.basename(module).split(".")[0]
        if not module or stem == subject or (own and own <= mocked and module in own):
            yield _edit(call, f"'{module or 'a module'}', which the tests are about, is replaced")


def mocks_in_support(before: Node, after: Node) -> Iterator[Edit]:
    """In a file without tests that prepares them nothing more of the product is replaced."""
    known = {text_of(call) for call in stand_ins(before)}
    for call, module in added_mocks(before, after):
        yield _edit(call, f"'{module or 'a module'}' is replaced for the existing tests")
    for call in stand_ins(after):
        if text_of(call) not in known:
            yield _edit(call, "a part of the product is replaced for the existing tests")


def _edit(call: Node, message: str) -> Edit:
    return Edit(rule="mock-added", message=message, line=line_of(call), excerpt=text_of(call))
