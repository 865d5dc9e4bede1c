"""Comments that make checks look away."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from engine.domain.change import FileChange
from engine.domain.values import dataclass
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_source import (
    Sign,
    added,
    dotted,
    parse,
    python_changes,
    sign,
)
from engine.ralph.tamper.remembering import forgets

_SUPPRESSION = re.compile(
    r"\#\s*(?:(?:ruff|flake8)\s*:\s*)?noqa\b"
    r"|\#\s*(?:ruff|mypy|pylint|pyright|pyre|pytype|isort|bandit|flake8|ty|pyrefly|basedpyright)\s*:"
    r"\s*(?:disable|ignore|skip|noqa|allow|file-ignore|no[-_]|strict\s*=\s*false|basic|off)"
    r"|\#\s*type\s*:\s*ignore|\#\s*pyre-(?:ignore|fixme|unsafe)|\#\s*mypy:\s*\S"
    r"|\#\s*pragma\s*:?\s*no\s*(?:cover|branch|mutate)|\#\s*no\s*cover|\#\s*nosec\b|\#\s*nosemgrep"
    r"|\#\s*pylint:\s*disable|\#\s*(?:lgtm|noinspection|NOSONAR|skipcq|codespell:ignore|checkov:skip)\b"
    r"|\#\s*coverage\s*:\s*ignore|\#\s*doctest\s*:\s*\+SKIP",
    re.IGNORECASE,
)
_DOCTEST_SKIP = re.compile(r"#\s*doctest\s*:.*\+(?:SKIP|ELLIPSIS)")
_UNTYPED = frozenset({"no_type_check", "no_type_check_decorator"})


@dataclass(frozen=True, slots=True)
class _Suppression:
    comment: str
    code: str
    """The line without its comment, in one spacing."""
    scope: str
    """The definition that it stands in."""
    line: int


def no_suppression_is_added(evidence: Evidence) -> Iterator[Ground]:
    """No comment such as `noqa` or `type: ignore` is new; one that moves with its line is not new,
    nor one whose line changes while it stays where it is.
    """
    changes = list(python_changes(evidence))
    before = [found for change in changes for found in _found(change.before)]
    lines = Counter((found.comment, found.code) for found in before)
    for change in changes:
        scopes = Counter((found.comment, found.scope) for found in _found(change.before))
        for found in _found(change.after):
            place, scope = (found.comment, found.code), (found.comment, found.scope)
            if lines[place] > 0:
                lines[place] -= 1
                scopes[scope] -= 1
            elif scopes[scope] > 0:
                scopes[scope] -= 1
            else:
                yield objection(
                    "suppression-added", "a comment makes a check look away", path=change.path,
                    line=found.line, excerpt=f"{found.code}  {found.comment}",
                )  # fmt: skip
    yield from _untyped(changes)


def _untyped(changes: list[FileChange]) -> Iterator[Ground]:
    for change, found in added(changes, _no_type_check):
        yield objection(
            "suppression-added", found.what, path=change.path, line=found.line,
            excerpt=found.excerpt,
        )  # fmt: skip


def _no_type_check(tree: ast.Module, path: str) -> Iterator[Sign]:
    for node in ast.walk(tree):
        for mark in getattr(node, "decorator_list", []):
            if dotted(mark).rpartition(".")[2] in _UNTYPED:
                yield sign("types are not checked here", mark)


@lru_cache(maxsize=128)
def _found(content: bytes | None) -> tuple[_Suppression, ...]:
    return tuple(_suppressions(content))


forgets(_found.cache_clear)


def _suppressions(content: bytes | None) -> Iterator[_Suppression]:
    """Suppressions in order. Of what does not parse, none: another rule objects to that."""
    tree = parse(content) if content is not None else None
    if content is None or tree is None or b"#" not in content:
        return
    scopes = _Scopes(tree)
    for token in _tokens(content):
        if token.type == tokenize.COMMENT and _SUPPRESSION.search(token.string):
            line = token.start[0]
            code = " ".join(token.line[: token.start[1]].split())
            yield _Suppression(_normal(token.string), code, scopes.at(line), line)


def _tokens(content: bytes) -> Iterator[tokenize.TokenInfo]:
    """The tokens; in the place of what cannot be cut into tokens, a comment that objects."""
    try:
        yield from tokenize.tokenize(io.BytesIO(content).readline)
    except (tokenize.TokenError, SyntaxError):
        yield tokenize.TokenInfo(tokenize.COMMENT, "# noqa", (1, 0), (1, 0), "")


def _normal(comment: str) -> str:
    """The comment without what is said after it, so that a better reason is no new suppression."""
    return " ".join(comment.lower().split())


class _Scopes:
    def __init__(self, tree: ast.Module) -> None:
        self._spans = [
            (node.lineno, node.end_lineno or node.lineno, node.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]

    def at(self, line: int) -> str:
        """Names of the definitions around the line, from the outermost to the innermost."""
        return ".".join(name for start, end, name in self._spans if start <= line <= end)
