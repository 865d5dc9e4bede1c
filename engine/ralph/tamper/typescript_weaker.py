"""Tests that are gone, do not run, or demand less than they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from engine.domain.values import dataclass
from engine.ralph.tamper.typescript_expects import Strength, expectations
from engine.ralph.tamper.typescript_reached import is_reached
from engine.ralph.tamper.typescript_tests import ScriptTests, body_statements

if TYPE_CHECKING:
    from tree_sitter import Node

ENDS = frozenset({"return_statement", "throw_statement"})
_BRANCHES = frozenset({"if_statement", "try_statement", "catch_clause", "ternary_expression"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A rule that an edit breaks."""

    rule: str
    message: str
    line: int
    excerpt: str = ""


def lost_tests(before: ScriptTests, after: ScriptTests) -> Iterator[Edit]:
    """Tests that are gone, emptied or skipped, for whichever reason; and any new `only`."""
    for key, old in before.tests.items():
        new = after.tests.get(key)
        if new is None:
            message = f"test '{old.name}' was removed, renamed or commented out"
            yield Edit(rule="test-removed", message=message, line=old.line)
            continue
        marks = sorted(new.marks - old.marks)
        if marks or not set(new.guards) <= set(old.guards):
            how = ", ".join(marks) or "a condition around it"
            message = f"test '{old.name}' no longer runs as it did: {how}"
            yield Edit(rule="test-skipped", message=message, line=new.line)
        if body_statements(old) and not body_statements(new):
            message = f"test '{old.name}' was emptied"
            yield Edit(rule="test-emptied", message=message, line=new.line)
    for key, new in after.tests.items():
        if key not in before.tests and "only" in new.marks:
            message = f"because of 'only' at test '{new.name}' the others would not run"
            yield Edit(rule="test-skipped", message=message, line=new.line)


def weaker_tests(before: ScriptTests, after: ScriptTests) -> Iterator[Edit]:
    """Tests that demand less than they did."""
    for key, old in before.tests.items():
        new = after.tests.get(key)
        if new is None or not body_statements(new):
            continue
        was = _Demands.of(body_statements(old), old.body)
        is_now = _Demands.of(body_statements(new), new.body)
        what = was.lost_in(is_now)
        if what:
            message = f"test '{old.name}' demands less: {what[1]}"
            yield Edit(rule=what[0], message=message, line=new.line)
        if len(new.rows) < len(old.rows):
            message = f"{len(old.rows) - len(new.rows)} cases of test '{old.name}' are gone"
            yield Edit(rule="parameters-removed", message=message, line=new.line)
    was = _Demands.of([part.node for part in before.support])
    what = was.lost_in(_Demands.of([part.node for part in after.support]))
    if what:
        message = f"the code that tests share demands less: {what[1]}"
        yield Edit(rule=what[0], message=message, line=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demands:
    exact: int
    any: int
    nothing: int
    conditional: int
    early_ends: int
    written: int
    """Also what is never reached."""

    @classmethod
    def of(cls, statements: list[Node], test: Node | None = None) -> _Demands:
        """Of a test only what is reached in it counts."""
        written = [*chain.from_iterable(expectations(statement) for statement in statements)]
        found = [one for one in written if test is None or is_reached(one.node, test)]
        strengths = Counter(expectation.strength for expectation in found)
        ends = [position for position, node in enumerate(statements) if node.type in ENDS]
        return cls(
            exact=strengths[Strength.EXACT],
            any=strengths[Strength.EXACT] + strengths[Strength.VAGUE],
            nothing=strengths[Strength.NOTHING],
            conditional=sum(_is_conditional(expectation.node) for expectation in found),
            early_ends=sum(position < len(statements) - 1 for position in ends),
            written=len(written),
        )

    def lost_in(self, other: _Demands) -> tuple[str, str] | None:
        """The rule that `other` breaks, and what it lacks; None: nothing."""
        if other.early_ends > self.early_ends:
            return "test-skipped", "it ends before its assertions"
        if other.nothing > self.nothing:
            return "assertion-trivial", "an assertion holds whatever happens"
        if other.any < self.any and other.written >= self.written:
            return "assertion-weakened", "an assertion is not reached, or its failure is caught"
        if other.any < self.any:
            return "assertion-removed", f"{self.any - other.any} assertions are gone"
        if other.exact < self.exact:
            return "assertion-weakened", f"{self.exact - other.exact} assertions are vaguer"
        if other.conditional > self.conditional:
            return "assertion-weakened", "an assertion is reached only sometimes"
        return None


def _is_conditional(node: Node) -> bool:
    """Whether a branch or a `try` stands between the assertion and its test."""
    parent = node.parent
    while parent is not None and parent.type not in ("arguments", "program"):
        if parent.type in _BRANCHES:
            return True
        parent = parent.parent
    return False
