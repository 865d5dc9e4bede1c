"""TypeScript and JavaScript as a syntax tree, and its tokens without what means nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.domain.change import FileChange
from engine.ralph.tamper.remembering import forgets

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

Tokens = tuple[str, ...]
"""What a piece of code says, without comments, types, formatting and kinds of quotes."""

_STEPS_FOR_ALL = 2_000
_BYTES_PER_STEP = 10
_SCRIPT = re.compile(r".*\.[cm]?[jt]sx?", re.IGNORECASE)
_PLAIN_TYPESCRIPT = (".ts", ".mts", ".cts")
_TYPES = frozenset(
    {
        "type_annotation",
        "asserts_annotation",
        "type_predicate_annotation",
        "type_arguments",
        "type_parameters",
        "interface_declaration",
        "type_alias_declaration",
        "ambient_declaration",
    }
)
_CASTS = frozenset({"as_expression", "satisfies_expression", "non_null_expression"})
WRAPPERS = _CASTS | {"parenthesized_expression"}
"""What may stand around an expression and changes nothing in it."""
_SILENT = ("comment", "hash_bang_line", "empty_statement")
_DECLARING = frozenset({"const", "let", "var"})


def is_script(path: str) -> bool:
    """Whether the path is a module that the grammar reads."""
    return bool(_SCRIPT.fullmatch(path.rsplit("/", 1)[-1]))


def is_installed(path: str) -> bool:
    """Whether the path is in a folder of installed packages, which a rule of its own objects to."""
    return "node_modules" in path.split("/")


def script_changes(changes: Iterable[FileChange]) -> Iterator[FileChange]:
    """Those that are about modules which can be read whole, without installed packages."""
    for change in changes:
        is_whole = not (change.is_cut or change.is_link or change.is_submodule)
        if is_whole and is_script(change.path) and not is_installed(change.path):
            yield change


def parse(path: str, content: bytes | None) -> Node | None:
    """The root of the tree; broken syntax shows in `has_error`.

    None: there is no content, or the grammar does not come to an end with it. JavaScript is read by
    the grammar that knows JSX, as its tools do.
    """
    if content is None:
        return None
    return _parse(path.lower().endswith(_PLAIN_TYPESCRIPT), content)


@lru_cache(maxsize=64)
def _parse(is_plain: bool, content: bytes) -> Node | None:
    import tree_sitter
    import tree_sitter_typescript

    if is_plain:
        language = tree_sitter.Language(tree_sitter_typescript.language_typescript())
    else:
        language = tree_sitter.Language(tree_sitter_typescript.language_tsx())
    if not _comes_to_an_end(tree_sitter.Parser(language), content):
        return None
    return tree_sitter.Parser(language).parse(content).root_node


forgets(_parse.cache_clear)


def _comes_to_an_end(parser: Parser, content: bytes) -> bool:
    """Whether reading takes as many steps as content of that length may.

    On broken code the grammar was seen to go round for ever, taking more and more memory. Dense
    tests take 0.03 steps for each byte. Only this way of parsing can be ended, and its tree is slow
    to get text from, so what ends is read again.
    """
    left = _STEPS_FOR_ALL + len(content) // _BYTES_PER_STEP

    def is_enough(_offset: int, _has_error: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    try:
        parser.parse(
            lambda offset, _: content[offset : offset + 65_536], progress_callback=is_enough
        )
    except ValueError:
        return False
    return True


def text_of(node: Node | None) -> str:
    """The source of `node`; empty without one."""
    return (node.text or b"").decode("utf-8", "replace") if node else ""


def line_of(node: Node) -> int:
    """Where it begins, from 1."""
    return node.start_point.row + 1


def descendants(node: Node) -> Iterator[Node]:
    """`node` and all below it, in order of the source, however deep."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def statements_of(block: Node) -> list[Node]:
    """What a block or a module consists of, without comments."""
    return [
        child for child in block.named_children if child.type not in ("comment", "hash_bang_line")
    ]


def unwrapped(node: Node) -> Node:
    """The expression without parentheses, casts and `await` around it."""
    while node.type in _CASTS or node.type in ("parenthesized_expression", "await_expression"):
        inner = [child for child in node.named_children if child.type != "comment"]
        if not inner:
            break
        node = inner[0]
    return node


_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{0*([0-9a-fA-F]{1,6})\})")


def without_escapes(text: str) -> str:
    r"""The text with `\x41`, `\u0041` and `\u{41}` as the characters that they stand for."""

    def character(found: re.Match[str]) -> str:
        code = int(next(filter(None, found.groups())), 16)
        return chr(code) if code < 0x110000 else found.group()

    return _ESCAPE.sub(character, text)


def string_of(node: Node | None) -> str | None:
    """What a literal string says, also one joined with `+`; None: it is something else."""
    if node is None:
        return None
    node = unwrapped(node)
    if node.type == "string":
        return without_escapes(text_of(node)[1:-1])
    if node.type == "template_string" and not _holds(node, "template_substitution"):
        return text_of(node)[1:-1]
    if node.type == "binary_expression" and text_of(node.child_by_field_name("operator")) == "+":
        left = string_of(node.child_by_field_name("left"))
        right = string_of(node.child_by_field_name("right"))
        return None if left is None or right is None else left + right
    return None


def _holds(node: Node, kind: str) -> bool:
    return any(child.type == kind for child in node.children)


def tokens(node: Node | None, *, without: frozenset[int] = frozenset()) -> Tokens:
    """What `node` says; the nodes with an id in `without` are left out."""
    if node is None:
        return ()
    found = list(_leaves(node, without))
    return tuple(
        text
        for position, text in enumerate(found)
        if text != "," or found[position + 1 : position + 2] not in ([")"], ["]"], ["}"])
    )


def _leaves(root: Node, without: frozenset[int]) -> Iterator[str]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.id in without or node.type in _TYPES or node.type in ("comment", ";"):
            continue
        inner = _meaning(node)
        if isinstance(inner, str):
            yield inner
        else:
            waiting.extend(reversed(inner))


def _meaning(node: Node) -> str | list[Node]:
    """A token, or the nodes that say what `node` says."""
    if node.type in _CASTS:
        return node.named_children[:1]
    if node.type in ("string", "template_string") and not _holds(node, "template_substitution"):
        return f'"{text_of(node)[1:-1]}"'
    if node.type == "type_assertion":
        return node.named_children[-1:]
    if node.type in _DECLARING:
        return "let"
    if node.type == "formal_parameters" and len(node.named_children) == 1:
        return list(node.named_children)
    if node.type == "arrow_function" and _is_handed_to_expect(node):
        return list(node.children[:-1]) + _only_statement(node.children[-1])
    return node.children or text_of(node)


def _is_handed_to_expect(node: Node) -> bool:
    call = node.parent.parent if node.parent is not None else None
    return call is not None and text_of(call.child_by_field_name("function")) == "expect"


def _only_statement(body: Node) -> list[Node]:
    """What a function does for which it makes no difference whether it gives it back."""
    inner = statements_of(body) if body.type == "statement_block" else []
    if len(inner) == 1 and inner[0].type == "expression_statement":
        return [inner[0]]
    return [body]
