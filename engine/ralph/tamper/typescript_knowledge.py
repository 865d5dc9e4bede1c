"""Signs that code of the product knows of tests, or hides what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from engine.ralph.tamper.typescript_folding import Constants, constants_of, folded
from engine.ralph.tamper.typescript_reach import arguments_of, callee_of
from engine.ralph.tamper.typescript_source import (
    descendants,
    string_of,
    text_of,
    tokens,
    without_escapes,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_TEST_WORD = re.compile(
    r"vitest|\bjest\b|JEST_WORKER_ID|asymmetricMatch|TINYPOOL|\bmocha\b|AIO_VITEST|"
    r"NODE_TEST_CONTEXT",
    re.IGNORECASE,
)
_TEST_PATH = re.compile(
    r"\.(?:test|spec)\.[cm]?[jt]sx?\b|__tests__|__snapshots__|node_modules/vitest", re.IGNORECASE
)
_STACK_PATH = re.compile(r"\.(?:test|spec)\b", re.IGNORECASE)
_TEST_MODULES = re.compile(
    r"chai|expect|sinon|tinyspy|node:test(?:/.*)?|bun:test|mocha|ava|tap|@jest/.*|@vitest/.*|"
    r"@testing-library/.*"
)
_TEST_MODE = re.compile(r"NODE_ENV|\bMODE\b")
_TEST_QUOTED = re.compile(r"""(['"`])test(ing)?\1""")
_IS_CHECKED = re.compile(
    r"(?:process\.)?env\.(?:CI|NODE_TEST_CONTEXT)\b|import\.meta\.env\.TEST\b|process\.(?:ppid|execArgv)\b"
)
_STAGE = re.compile(
    r"import\.meta\.env(?:\.|\[['\"`])(?:DEV|PROD|SSR|MODE)\b|(?:process\.)?env(?:\.|\[['\"`])NODE_ENV\b"
)
_STAGE_OR_THREAD = re.compile(_STAGE.pattern + r"|\b(?:isMainThread|threadId)\b")
"""The stage of development, and the thread that a test runner gives to a file."""
_IS_WORKER_CODE = re.compile(r"\bnew\s+(?:\w+\.)?Worker\b|\bparentPort\b|\bworkerData\b")
_OF_PROCESS = re.compile(r"/proc/.*(?:cmdline|environ|status)")
_DECIDING = frozenset(
    {"binary_expression", "switch_statement", "call_expression", "subscript_expression"}
)
_TEXTS = frozenset(
    {
        "identifier", "property_identifier", "shorthand_property_identifier",
        "shorthand_property_identifier_pattern", "string", "template_string", "regex",
    }
)  # fmt: skip
_COMPOSED = frozenset({"template_string", "binary_expression", "call_expression"})
_HIDDEN_CODE = frozenset(
    {"eval", "globalThis.eval", "Function", "runInThisContext", "runInNewContext", "runInContext",
     "compileFunction"}
)  # fmt: skip
_CODE_AS_DATA = re.compile(r"data:(?:text|application)/(?:java|ecma)script", re.IGNORECASE)
_STACKS = re.compile(r"\.stack\b|captureStackTrace|prepareStackTrace|\bstack\b[^;]*=\s*new\s")
_TEST_GLOBALS = ("expect", "it", "test", "describe", "vi", "jest", "beforeEach", "afterEach")
_LOADS = re.compile(r"require$|import$|(?:\w+\.)?createRequire\(")
_LOOKS_THROUGH = frozenset({"some", "find", "findIndex", "includes", "every", "findLast"})
_LISTS_NAMES = re.compile(
    r"(?:Object\.(?:keys|entries|getOwnPropertyNames)|Reflect\.ownKeys)\(\s*"
    r"(?:(?P<env>(?:globalThis\.)?process\.env)|globalThis|global)\s*\)"
)


_ASKS_IF_TEST = "product code asks whether it is tested"


class Sign(NamedTuple):
    """What was seen, where, and in words."""

    text: str
    """Equal for what is the same in another place."""
    node: Node
    what: str


def knowledge_of_tests(root: Node) -> Iterator[Sign]:
    """Signs in the product's module with that root."""
    sees_stack = bool(_STACKS.search(text_of(root)))
    constants = constants_of(root)
    knows_mode = bool(_TEST_MODE.search(text_of(root)))
    decides = _STAGE if _IS_WORKER_CODE.search(text_of(root)) else _STAGE_OR_THREAD
    for node in descendants(root):
        said = folded(node, constants) if node.type in (*_COMPOSED, "string") else None
        text = said if said is not None else without_escapes(text_of(node))
        is_text = node.type in _TEXTS or said is not None
        what = _told_by_text(text, sees_stack=sees_stack) if is_text else ""
        what = what or _told_by_use(node, constants, decides)
        if not what and knows_mode and node.type == "binary_expression":
            what = _ASKS_IF_TEST if _is_compared_with_test(node) else ""
        if what:
            yield Sign(text if is_text else " ".join(tokens(node)), node, what)


def _is_compared_with_test(node: Node) -> bool:
    sides = (text_of(node.child_by_field_name(name)) for name in ("left", "right"))
    is_equality = text_of(node.child_by_field_name("operator")) in ("===", "==", "!==", "!=")
    return is_equality and any(_TEST_QUOTED.fullmatch(side) for side in sides)


def _told_by_text(text: str, *, sees_stack: bool) -> str:
    if _TEST_WORD.search(text):
        return "product code names the test runner"
    if _TEST_PATH.search(text) or (sees_stack and _STACK_PATH.search(text)):
        return "product code names files of tests"
    if _CODE_AS_DATA.match(text):
        return "product code runs text as code"
    return "product code looks at the process that runs it" if _OF_PROCESS.search(text) else ""


def _told_by_use(node: Node, constants: Constants, decides: re.Pattern[str]) -> str:
    if node.type in _DECIDING and _asks_for_mode(node):
        return _ASKS_IF_TEST
    match node.type:
        case "if_statement" | "ternary_expression" if _depends_on(decides, node):
            return _ASKS_IF_TEST
        case "unary_expression" if _asks_for_global(node):
            return "product code looks for the test runner"
        case "member_expression" if _IS_CHECKED.fullmatch(text_of(node)):
            return "product code asks whether it is being checked"
        case "subscript_expression":
            return _told_by_subscript(node, constants)
        case "shorthand_property_identifier_pattern" if text_of(node) == "CI":
            return "product code asks whether it is being checked"
        case "import_statement":
            module = string_of(node.child_by_field_name("source")) or ""
            return "product code uses the test runner" if _TEST_MODULES.fullmatch(module) else ""
        case "call_expression" | "new_expression":
            return _told_by_call(node, constants)
        case _:
            return ""


def _told_by_subscript(node: Node, constants: Constants) -> str:
    """The name of a variable that is put together is looked up to hide it."""
    owner, index = node.child_by_field_name("object"), node.child_by_field_name("index")
    if index is None or not text_of(owner).endswith("process.env"):
        return ""
    said = folded(index, constants)
    if said is not None:
        is_asked = bool(_IS_CHECKED.fullmatch(f"process.env.{said}"))
        return "product code asks whether it is being checked" if is_asked else ""
    return ""


def _told_by_call(node: Node, constants: Constants) -> str:
    callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    owner, name = callee_of(node)
    if text_of(callee) in _HIDDEN_CODE or name in _HIDDEN_CODE:
        return "product code runs text as code"
    listed = _LISTS_NAMES.search(owner)
    if listed and (name in _LOOKS_THROUGH or not listed["env"]):
        return "product code looks through what is set around it"
    if _LOADS.match(text_of(callee)):
        given = arguments_of(node)
        module = folded(given[0], constants) if given else None
        return "product code uses the test runner" if _TEST_MODULES.fullmatch(module or "") else ""
    return ""


def _asks_for_mode(node: Node) -> bool:
    text = text_of(node)
    if node.type != "switch_statement" and len(text) >= 300:
        return False
    return bool(_TEST_MODE.search(text) and _TEST_QUOTED.search(text))


def _depends_on(asked: re.Pattern[str], node: Node) -> bool:
    """Whether what comes out depends on what is another in tests; a message may depend on it."""
    if not asked.search(text_of(node.child_by_field_name("condition"))):
        return False
    if node.type == "ternary_expression":
        return True
    return any(
        inner.type == "throw_statement"
        or (inner.type == "return_statement" and inner.named_children)
        for inner in descendants(node)
    )


def _asks_for_global(node: Node) -> bool:
    operator, _, name = text_of(node).partition(" ")
    return operator == "typeof" and name.strip("() ").split(".")[-1] in _TEST_GLOBALS
