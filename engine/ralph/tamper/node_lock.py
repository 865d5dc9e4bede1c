"""Which tools a lock file resolves in another way."""

from __future__ import annotations

import re
from collections import defaultdict

from engine.ralph.tamper.node_names import is_tool

_NAME = r"(?P<{}>@[^\s\"'@/(]+/[^\s\"'@/(:,]+|[^\s\"'@/(:,]+)"
_ENTRY = re.compile(
    rf"""^\s*["']?(?:(?:[^\s"'(]*/)?node_modules/{_NAME.format("npm")}["']?\s*:"""
    rf"""|/?{_NAME.format("other")}@[^\n]*:\s*)"""
)


def changed_tools(before: bytes | None, after: bytes | None) -> list[str]:
    """Tools that were locked before and are locked to something else now, or no more, sorted.

    Lock files of npm, pnpm and Yarn are read by lines: an entry goes from the line with the name
    of its package to the next line that is no deeper.
    """
    old, new = _entries(before), _entries(after)
    return sorted(name for name in old if old[name] - new.get(name, set()))


def _entries(content: bytes | None) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    lines = (content or b"").decode("utf-8", "replace").splitlines()
    for position, line in enumerate(lines):
        named = _ENTRY.match(line)
        name = (named["npm"] or named["other"]) if named else ""
        if is_tool(name):
            found[name].add("\n".join(sorted(_block(lines, position))))
    return found


def _block(lines: list[str], start: int) -> list[str]:
    depth = _depth(lines[start])
    block: list[str] = []
    for line in lines[start + 1 :]:
        if not line.strip() or _depth(line) <= depth:
            break
        block.append(line.strip().rstrip(","))
    return block


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
