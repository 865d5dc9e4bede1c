"""What an edit does to a test that was there before."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from engine.domain.values import dataclass
from engine.ralph.tamper.python_hollow import hollow, says_less_than_equal
from engine.ralph.tamper.python_mocks import mocks
from engine.ralph.tamper.python_skips import early_returns, parameter_sets, skips
from engine.ralph.tamper.python_source import called, excerpt, is_function, shape, without_docstring
from engine.ralph.tamper.python_stricter import is_stricter
from engine.ralph.tamper.python_triviality import does_nothing, examinations, trivial_assertions

_TAKES_FAILURES = re.compile(
    r"raises\(.*\b(Exception|BaseException|AssertionError)\b", re.IGNORECASE
)
_CATCHING = (ast.Try, ast.TryStar)


@dataclass(frozen=True, slots=True)
class Edit:
    """A rule that an edit breaks."""

    rule: str
    message: str
    line: int
    excerpt: str = ""


def weakenings(before: ast.stmt, after: ast.stmt) -> Iterator[Edit]:
    """How the edit makes a test say less, whatever the task; nothing if that cannot be seen."""
    checks = (_emptied, _skipped, _trivial, _swallowed, _renamed_inside, _hollowed, _made_vague)
    for check in checks:
        edit = check(before, after)
        if edit:
            yield edit


def objection_to(before: ast.stmt, after: ast.stmt) -> Edit | None:
    """Why the edit is none that leaves an existing test at least as strict as it was.

    None: the two say the same, or the new one demands all that the old one did.
    """
    if is_stricter(before, after):
        return None
    for edit in weakenings(before, after):
        return edit
    checks = (_fewer_parameters, _mocked, _fewer_assertions, _other_value, _weaker_demand)
    for check in checks:
        found = check(before, after)
        if found:
            return found
    return Edit("test-edited", "existing test code was changed", after.lineno, excerpt(after))


def _no_helper(_: str) -> bool:
    return False


def _emptied(before: ast.stmt, after: ast.stmt) -> Edit | None:
    had = any(examinations(before, is_helper=_no_helper))
    body = getattr(after, "body", None)
    is_empty = isinstance(body, list) and does_nothing(body)
    was_empty = does_nothing(getattr(before, "body", []))
    if (is_empty and not was_empty) or (had and not any(examinations(after, is_helper=_no_helper))):
        return Edit("test-emptied", "nothing is demanded any more", after.lineno, excerpt(after))
    return None


def _skipped(before: ast.stmt, after: ast.stmt) -> Edit | None:
    known = Counter(sign.key for sign in skips(before))
    for sign in skips(after):
        if known[sign.key] == 0:
            return Edit("test-skipped", sign.what, sign.line, sign.excerpt)
        known[sign.key] -= 1
    earlier = {shape(node) for node in early_returns(_body(before))}
    for node in early_returns(_body(after)):
        if shape(node) not in earlier:
            message = "the test ends before its last line"
            return Edit("test-skipped", message, node.lineno, excerpt(node))
    return None


def _body(node: ast.stmt) -> list[ast.stmt]:
    body = getattr(node, "body", [])
    return without_docstring(body) if isinstance(body, list) else []


def _trivial(before: ast.stmt, after: ast.stmt) -> Edit | None:
    known = {shape(node) for node in trivial_assertions(before)}
    for node in trivial_assertions(after):
        if shape(node) not in known:
            message = "an assertion that cannot fail"
            return Edit("assertion-trivial", message, _line(node), excerpt(node))
    return None


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def _swallowed(before: ast.stmt, after: ast.stmt) -> Edit | None:
    known = Counter(type(node).__name__ for node in ast.walk(before) if _catches(node))
    for node in ast.walk(after):
        if not _catches(node):
            continue
        if known[type(node).__name__] == 0:
            message = "errors of the test are caught"
            return Edit("assertion-weakened", message, _line(node), excerpt(node))
        known[type(node).__name__] -= 1
    return None


def _renamed_inside(before: ast.stmt, after: ast.stmt) -> Edit | None:
    """Something that assertions call is now made by the test itself."""
    own = {part.id for part in ast.walk(before) if _is_bound(part) and isinstance(part, ast.Name)}
    asked = {
        called(part)
        for demand in ast.walk(before)
        if isinstance(demand, ast.Assert)
        for part in ast.walk(demand)
    }
    for node in ast.walk(after):
        name = node.id if isinstance(node, ast.Name) else getattr(node, "name", "")
        is_new = _is_bound(node) or (node is not after and is_function(node))
        if is_new and name in asked - own:
            message = f"{name} is what the test is about, and is replaced"
            return Edit("mock-of-subject", message, _line(node), excerpt(node))
    return None


def _hollowed(before: ast.stmt, after: ast.stmt) -> Edit | None:
    known = Counter(shape(node) for node, _ in hollow(before))
    for node, what in hollow(after):
        if known[shape(node)] == 0:
            return Edit("assertion-weakened", what, _line(node), excerpt(node))
        known[shape(node)] -= 1
    return None


def _made_vague(before: ast.stmt, after: ast.stmt) -> Edit | None:
    node = says_less_than_equal(before, after)
    message = "equality was demanded, and now only a kind or one of several values"
    return Edit("assertion-weakened", message, _line(node), excerpt(node)) if node else None


def _is_bound(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _catches(node: ast.AST) -> bool:
    if isinstance(node, _CATCHING):
        return bool(node.handlers)
    if not isinstance(node, ast.With):
        return False
    contexts = " ".join(ast.unparse(item.context_expr) for item in node.items)
    holds_demand = any(isinstance(part, ast.Assert) for part in ast.walk(node))
    return "suppress" in contexts or (holds_demand and bool(_TAKES_FAILURES.search(contexts)))


def _fewer_parameters(before: ast.stmt, after: ast.stmt) -> Edit | None:
    old, new = parameter_sets(before), parameter_sets(after)
    if old is not None and (new is None or Counter(old) - Counter(new)):
        message = "cases of a parametrized test were removed or changed"
        return Edit("parameters-removed", message, after.lineno, excerpt(after))
    return None


def _mocked(before: ast.stmt, after: ast.stmt) -> Edit | None:
    known = {sign.key for sign in mocks(before)}
    for sign in mocks(after):
        if sign.key not in known:
            return Edit("mock-added", f"{sign.what} in an existing test", sign.line, sign.excerpt)
    return None


def _fewer_assertions(before: ast.stmt, after: ast.stmt) -> Edit | None:
    old = list(examinations(before, is_helper=_no_helper))
    new = list(examinations(after, is_helper=_no_helper))
    if len(new) >= len(old):
        return None
    kept = {shape(node) for node in new}
    gone = next((node for node in old if shape(node) not in kept), old[-1])
    return Edit("assertion-removed", "an assertion is gone", after.lineno, excerpt(gone))


def _other_value(before: ast.stmt, after: ast.stmt) -> Edit | None:
    if _without_values(before) != _without_values(after):
        return None
    old = [node for node in ast.walk(before) if isinstance(node, ast.Constant)]
    new = [node for node in ast.walk(after) if isinstance(node, ast.Constant)]
    for was, now in zip(old, new, strict=False):
        if shape(was) != shape(now):
            message = f"{ast.unparse(was)} became {ast.unparse(now)}"
            return Edit("expected-value-changed", message, now.lineno, excerpt(after))
    return None


def _without_values(node: ast.stmt) -> list[str]:
    return [type(part).__name__ for part in ast.walk(node)]


def _weaker_demand(before: ast.stmt, after: ast.stmt) -> Edit | None:
    old = Counter(shape(node) for node in examinations(before, is_helper=_no_helper))
    for node in examinations(after, is_helper=_no_helper):
        if old[shape(node)] == 0:
            message = "an existing assertion demands something else"
            return Edit("assertion-weakened", message, _line(node), excerpt(node))
        old[shape(node)] -= 1
    return None
