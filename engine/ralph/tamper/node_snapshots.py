"""Files in which Vitest and Jest keep what they saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.domain.change import FileChange
from engine.ralph.tamper.typescript_source import parse, statements_of, string_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_SUFFIX = ".snap"


def only_adds_snapshots(change: FileChange) -> bool:
    """Whether the change is to a file of snapshots, keeps all of them, and adds others."""
    if not change.path.endswith(_SUFFIX) or change.is_cut or change.is_link:
        return False
    before, after = _entries(change.before), _entries(change.after)
    if not before or after is None:
        return False
    return before.items() <= after.items()


def _entries(content: bytes | None) -> dict[str, str] | None:
    """Snapshots by name; None: there is something else in the file, or a name twice."""
    root = parse("snapshots.js", content)
    if root is None or root.has_error:
        return None
    found: dict[str, str] = {}
    for statement in statements_of(root):
        name, value = _entry(statement)
        if name is None or value is None or name in found:
            return None
        found[name] = value
    return found


def _entry(statement: Node) -> tuple[str | None, str | None]:
    """Of ``exports[`name`] = `value`;``."""
    node = statement.named_children[0] if statement.named_children else statement
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if node.type != "assignment_expression" or left is None or right is None:
        return None, None
    if text_of(left.child_by_field_name("object")) != "exports" or right.type != "template_string":
        return None, None
    return string_of(left.child_by_field_name("index")), string_of(right)
