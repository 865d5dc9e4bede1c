"""Comments and casts that make a tool look away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from engine.domain.change import FileChange
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.typescript_source import (
    descendants,
    is_installed,
    is_script,
    line_of,
    parse,
    string_of,
    text_of,
    tokens,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_DIRECTIVE = re.compile(
    r"""
    (?: eslint-(?:disable|enable|env)\b
      | eslint\s+[\w@"'/-]+\s*:
      | @ts-(?:ignore|expect-error|nocheck)\b
      | (?:istanbul|c8|v8|vitest)\s+ignore\b
      | node:coverage\s+(?:ignore|disable)\b
      | biome-ignore | rome-ignore | oxlint-disable | deno-lint-ignore | tslint:disable
      | stylelint-disable | jshint\s+ignore | jscs:disable | @vitest-ignore | stryker\s+disable
      | \$Flow(?:FixMe|Ignore|ExpectedError) | NOSONAR\b | @jest-ignore | type-coverage:ignore
    ) .*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DECLARES_NAMES = re.compile(r"/\*\s*(?:globals?|exported)\s")
"""Only so: not in a line comment, nor in one that begins with two stars."""
_WORDS = re.compile(
    rb"eslint|globals?\s|exported\s|@ts-|ignore|disable|coverage|flow|nosonar", re.IGNORECASE
)
"""Without one of them nothing is worth being parsed."""
_EMBEDDING = (".vue", ".svelte", ".astro", ".mdx", ".html", ".css", ".scss", ".less")
_IN_TEXT = re.compile(r"(?:<!--|/\*|//|\{/\*)[\s*]*(.*)")
_EDGES = re.compile(r"^[\s/*!#@]*(?=[@$]?\w)|[\s*/>-]*$")
_DECLARING = (".d.ts", ".d.mts", ".d.cts")
_FORGETS_TYPES = "JSON.parse(JSON.stringify("
_TYPE_ERROR = re.compile(r"\bTS\d+\b")


class _Sign(NamedTuple):
    text: str
    path: str
    line: int


def scripts_suppress_nothing_new(evidence: Evidence) -> Iterator[Ground]:
    """No comment is added that makes ESLint, tsc or coverage look away. One may move."""
    known: Counter[str] = Counter()
    signs: list[_Sign] = []
    for change in evidence.changes:
        if is_installed(change.path):
            continue
        known.update(sign.text for sign in _signs(change.path, change.before))
        signs.extend(_signs(change.path, change.after))
    for sign in signs:
        known[sign.text] -= 1
        if known[sign.text] < 0:
            message = "a comment makes a tool look away"
            yield objection(
                "suppression-added", message, path=sign.path, line=sign.line, excerpt=sign.text
            )


def _signs(path: str, content: bytes | None) -> Iterator[_Sign]:
    if content is None or not _WORDS.search(content):
        return
    if is_script(path):
        root = parse(path, content)
        for node in descendants(root) if root else ():
            if node.type in ("comment", "html_comment"):
                yield from _of_comment(path, text_of(node), line_of(node))
    elif path.lower().endswith(_EMBEDDING):
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            for found in _IN_TEXT.finditer(line):
                yield from _of_comment(path, found.group(1), number)


def _of_comment(path: str, comment: str, first_line: int) -> Iterator[_Sign]:
    if _DECLARES_NAMES.match(comment):
        yield _Sign(" ".join(comment.split()), path, first_line)
    for offset, line in enumerate(comment.splitlines()):
        said = _EDGES.sub("", line).strip()
        found = _DIRECTIVE.match(said) or _DIRECTIVE.match("@" + said)
        if found and not said.lower().startswith("eslint-enable"):
            yield _Sign(" ".join(said.split()), path, first_line + offset)


def type_errors_are_not_cast_away(evidence: Evidence) -> Iterator[Ground]:
    """A file that loses a type error of the base commit gains no `any`, cast or `!` for it."""
    cured = _files_with_cured_type_errors(evidence)
    borrowed = _modules_named_in(evidence, cured)
    for change in evidence.changes:
        if not is_script(change.path) or is_test_file(change.path):
            continue
        stem = _stem(change.path)
        if change.path in cured or change.path.endswith(_DECLARING) or stem in borrowed:
            yield from _casts_added(change)
        if change.path in cured and change.after is None and _left_behind(change, evidence):
            message = "a module with a type error went where tsc does not look"
            yield objection("type-error-cast-away", message, path=change.path)


def _files_with_cured_type_errors(evidence: Evidence) -> set[str]:
    left = {failure for report in evidence.reports for failure in report.result.failures}
    known = {failure for check in evidence.baseline.checks.values() for failure in check.failures}
    cured = [failure for failure in known - left if _TYPE_ERROR.search(failure)]
    return {
        change.path
        for change in evidence.changes
        if any(failure.startswith(f"{change.path}:") for failure in cured)
    }


def _modules_named_in(evidence: Evidence, paths: set[str]) -> set[str]:
    """Stems of modules that the files import."""
    return {
        _stem(string_of(node.child_by_field_name("source")) or "")
        for change in evidence.changes
        if change.path in paths
        for node in _imports(parse(change.path, change.after))
    }


def _imports(root: Node | None) -> Iterator[Node]:
    for node in descendants(root) if root else ():
        if node.type in ("import_statement", "export_statement"):
            yield node


def _left_behind(change: FileChange, evidence: Evidence) -> bool:
    """Whether it became JavaScript."""
    return any(
        other.before is None
        and other.path.endswith((".js", ".jsx", ".mjs", ".cjs"))
        and _stem(other.path) == _stem(change.path)
        for other in evidence.changes
    )


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].split(".")[0]


def _casts_added(change: FileChange) -> Iterator[Ground]:
    known = Counter(text for text, _ in _casts(parse(change.path, change.before)))
    for text, node in _casts(parse(change.path, change.after)):
        known[text] -= 1
        if known[text] < 0:
            message = "a type error went away by a cast and not by right types"
            yield objection(
                "type-error-cast-away",
                message,
                path=change.path,
                line=line_of(node),
                excerpt=text_of(node),
            )


def _casts(root: Node | None) -> Iterator[tuple[str, Node]]:
    for node in descendants(root) if root else ():
        is_any = node.type == "predefined_type" and text_of(node) in ("any", "unknown", "never")
        if is_any and node.parent is not None:
            yield f"{node.parent.type} {text_of(node)}", node
        elif node.type == "call_expression" and text_of(node).startswith(_FORGETS_TYPES):
            yield "JSON", node
        elif node.type == "non_null_expression":
            yield f"! {tokens(node)}", node
        elif node.type in ("as_expression", "type_assertion") and "const" not in text_of(node)[-6:]:
            yield f"as {text_of(node.named_children[-1])}", node
