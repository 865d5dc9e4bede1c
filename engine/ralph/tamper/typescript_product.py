"""Code that knows it is being tested, or that changes what tests are judged by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.node_names import is_tool_config
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.typescript_expects import BUILTIN_MATCHERS
from engine.ralph.tamper.typescript_knowledge import Sign, knowledge_of_tests
from engine.ralph.tamper.typescript_modules import Borrowed, borrowed_names
from engine.ralph.tamper.typescript_reach import (
    arguments_of,
    callee_of,
    calls_in,
    declared_names,
    written_members,
)
from engine.ralph.tamper.typescript_source import (
    WRAPPERS,
    descendants,
    line_of,
    parse,
    script_changes,
    string_of,
    text_of,
    tokens,
    unwrapped,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_BUILTINS = frozenset(
    {
        "Object", "Array", "String", "Number", "Boolean", "Function", "Promise", "Map", "Set",
        "Symbol", "Math", "JSON", "Date", "RegExp", "Error", "Reflect", "Proxy", "BigInt",
        "expect", "it", "test", "describe", "vi", "vitest", "jest", "assert", "chai",
    }
)  # fmt: skip
_GLOBALS = frozenset({"globalThis", "global", "window", "self"})
_PROCESS = frozenset({"process", "Deno", "globalThis.process"})
_STARTED = re.compile(r"import\.meta\.(?:url|main|filename)|require\.main|process\.argv\[1\]")
_OUTPUTS = frozenset(
    {"process.exit", "process.stdout", "process.stderr", "process.on", "process.emit"}
)
_OVERRIDES = frozenset({"addEqualityTesters", "addSnapshotSerializer", "setState"})
_OVERWRITES = frozenset({"overwriteMethod", "overwriteProperty", "overwriteChainableMethod"})
_LATER = frozenset(
    {"setTimeout", "setImmediate", "setInterval", "queueMicrotask", "nextTick", "then", "catch",
     "finally"}
)  # fmt: skip
_FUNCTIONS = frozenset(
    {
        "function_declaration", "function_expression", "arrow_function", "method_definition",
        "generator_function", "generator_function_declaration",
    }
)  # fmt: skip


_Look = Callable[["Node"], Iterator[Sign]]


def product_scripts_know_no_tests(evidence: Evidence) -> Iterator[Ground]:
    """TypeScript and JavaScript of the product does not look whether it is being tested."""
    yield from _added(evidence, "test-aware-code", knowledge_of_tests, in_tests=False)


def scripts_leave_the_runtime_alone(evidence: Evidence) -> Iterator[Ground]:
    """No module changes built-in objects, matchers or the runner, or ends the process."""
    yield from _added(evidence, "runtime-patched", _patches, in_tests=True)


def _added(evidence: Evidence, rule: str, look: _Look, *, in_tests: bool) -> Iterator[Ground]:
    """What the change adds over all files; what moved from one to another is not new."""
    known: Counter[str] = Counter()
    found: list[tuple[str, Sign]] = []
    for change in script_changes(evidence.changes):
        if is_tool_config(change.path) or (is_test_file(change.path) and not in_tests):
            continue
        before, after = parse(change.path, change.before), parse(change.path, change.after)
        known.update(sign.text for sign in (look(before) if before else ()))
        found.extend((change.path, sign) for sign in (look(after) if after else ()))
    for path, sign in found:
        known[sign.text] -= 1
        if known[sign.text] < 0:
            line, excerpt = line_of(sign.node), text_of(sign.node)
            yield objection(rule, sign.what, path=path, line=line, excerpt=excerpt)


def _patches(root: Node) -> Iterator[Sign]:
    declared, borrowed = declared_names(root), borrowed_names(root)
    for node, path in written_members(root):
        is_foreign = borrowed.is_of_runtime(path) or _belongs_to_runtime(path.split("."), declared)
        if is_foreign and not _is_clock_in_test(node, path):
            yield Sign(" ".join(tokens(node)), node, "what belongs to the runtime is changed")
    for node in descendants(root):
        value = node.child_by_field_name("value") if node.type == "variable_declarator" else None
        owner, _, name = text_of(value).rpartition(".")
        if name == "prototype" and owner in _BUILTINS and owner not in declared:
            yield Sign(" ".join(tokens(node)), node, "what belongs to the runtime is changed")
    for call in calls_in(root):
        what = _override(call, borrowed)
        if what:
            yield Sign(" ".join(tokens(call)), call, what)


def _belongs_to_runtime(parts: list[str], declared: set[str]) -> bool:
    if parts[0] in declared:
        return False
    while parts[0] in _GLOBALS and len(parts) > 1:
        parts = parts[1:]
        if len(parts) == 1:
            return parts[0] in _BUILTINS
    is_of_class = "prototype" in parts[:-1] or "__proto__" in parts
    return parts[0] in _BUILTINS or ".".join(parts[:2]) in _OUTPUTS or is_of_class


def _is_clock_in_test(node: Node, path: str) -> bool:
    """Whether a function replaces the clock or the dice, as tests do to be repeatable."""
    return path.removeprefix("globalThis.") in ("Date.now", "Math.random") and _is_in_function(node)


def _override(call: Node, borrowed: Borrowed) -> str:
    owner, name = _called(call, borrowed)
    given = arguments_of(call)
    if owner == "expect" and (name in _OVERRIDES or (name == "extend" and _is_builtin(given))):
        return "a matcher of the test runner is replaced"
    if name in _OVERWRITES:
        return "a matcher of the test runner is replaced"
    if owner == "module" and name in ("register", "registerHooks"):
        return "what modules are loaded is changed"
    if owner in _PROCESS and not _is_in_function(call) and not _is_only_if_started(call):
        if name in ("exit", "reallyExit", "abort", "kill"):
            return "loading the module ends the process"
        if name in ("on", "once", "addListener", "prependListener") and given:
            event = string_of(given[0])
            if event in ("exit", "beforeExit", "uncaughtException", "unhandledRejection", None):
                return "the module hooks the end of the process"
    return ""


def _called(call: Node, borrowed: Borrowed) -> tuple[str, str]:
    """Owner and name of what is called, also where another call does it."""
    owner, name = callee_of(call)
    given = arguments_of(call)
    if (owner, name) == ("Reflect", "apply") and given:
        owner, _, name = text_of(unwrapped(given[0])).rpartition(".")
    elif name in ("call", "apply", "bind") and "." in owner:
        owner, _, name = owner.rpartition(".")
    return borrowed.resolved(owner, name)


def _is_only_if_started(node: Node) -> bool:
    """Whether the module is the one that was started: a condition asks for it, or its first line
    says that it is a program.
    """
    parent = node.parent
    while parent is not None:
        condition = parent.child_by_field_name("condition")
        if parent.type == "if_statement" and _STARTED.search(text_of(condition)):
            return True
        if parent.type == "program":
            return any(child.type == "hash_bang_line" for child in parent.children)
        parent = parent.parent
    return False


def _is_builtin(given: list[Node]) -> bool:
    """Whether `expect.extend` is told to replace a matcher that exists, or one that is not seen."""
    if not given or given[0].type != "object":
        return True
    for field in given[0].named_children:
        key = field.child_by_field_name("key") or field.child_by_field_name("name") or field
        name = text_of(key).strip("'\"")
        if name in BUILTIN_MATCHERS or field.type == "spread_element":
            return True
    return False


def _is_in_function(node: Node) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.type in _FUNCTIONS and not _is_run_by_itself(parent):
            return True
        parent = parent.parent
    return False


def _is_run_by_itself(function: Node) -> bool:
    """Whether it is called where it stands, or handed to what calls it a moment later."""
    outer = function.parent
    while outer is not None and outer.type in WRAPPERS:
        outer = outer.parent
    if outer is None:
        return False
    if outer.type == "call_expression":
        return True
    call = outer.parent if outer.type == "arguments" else None
    return call is not None and callee_of(call)[1] in _LATER
