"""Data beside the product that TypeScript and JavaScript tests compare with."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from engine.domain.work import TaskType
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.node_names import folder_of, is_settings, name_of
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.typescript_source import (
    descendants,
    is_installed,
    is_script,
    parse,
    string_of,
)

_MAY_EDIT_TESTS = frozenset({TaskType.TEST_FIX, TaskType.TEST})
_OF_PRODUCT = frozenset(
    {"locales", "locale", "i18n", "lang", "messages", "translations", "public", "assets", "schemas",
     "schema", "config", "styles"}
)  # fmt: skip
"""Folders of data that the product itself reads, and that tests may read beside it."""
_STYLES = (".css", ".scss", ".sass", ".less", ".svg", ".png", ".md", ".mdx", ".html")


def script_test_data_stays(evidence: Evidence) -> Iterator[Ground]:
    """Data that existing TypeScript and JavaScript tests read by its name stays as it was."""
    if evidence.task_type in _MAY_EDIT_TESTS:
        return
    for change in evidence.changes:
        if change.before is not None and _might_be_data(change.path):
            reader = _reader(change.path, evidence)
            if reader:
                message = f"data that {reader} compares with was changed"
                yield objection("test-data-changed", message, path=change.path)


def _might_be_data(path: str) -> bool:
    is_code = is_script(path) or path.endswith(_STYLES) or is_settings(path) or is_installed(path)
    return not (is_code or is_test_file(path) or _OF_PRODUCT.intersection(path.split("/")))


def _reader(path: str, evidence: Evidence) -> str:
    """An existing test that names the file; empty: none does."""
    name = name_of(path).encode()
    for test, content in sorted(evidence.test_sources.items()):
        if is_script(test) and name in content and path in _files_named(test, content):
            return test
    return ""


def _files_named(test: str, content: bytes) -> set[str]:
    root = parse(test, content)
    texts = (string_of(node) for node in descendants(root) if node.type == "string") if root else ()
    return {posixpath.normpath(posixpath.join(folder_of(test), text)) for text in texts if text}
