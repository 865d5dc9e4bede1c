"""Builds simple commands from tree nodes, with all that the line tells of its variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.domain.values import dataclass
from engine.governance.shell_outputs import output_of
from engine.governance.shell_tree import descendants, text_of
from engine.governance.shell_values import UNKNOWN, Command, Redirect
from engine.governance.shell_words import Expander

if TYPE_CHECKING:
    from tree_sitter import Node

SECRET_NAME = re.compile(r"(?i)(secret|token|passw|api_?key|credential|private|_key$|_auth|cookie)")
_TEXT_NODES = ("word", "string_content", "regex")
_UNREAD = re.compile(r"(?<!\\)(`|\$\()")
_MOVES_ARGUMENTS = re.compile(r"\bshift\b|\bset\s+--|\bgetopts\b|\(\)\s*\{|\bfunction\b")
_PROCESS_FILE = "/dev/fd/63"
_ENTERED = re.compile(r"cd\s.*(&&|;)\s*pwd(\s+-[LP])?", re.DOTALL)
_SETTERS = frozenset({"read", "mapfile", "readarray", "getopts", "let"})


@dataclass(frozen=True, slots=True)
class Parts:
    """What redirects around a command add to it."""

    redirects: tuple[Redirect, ...] = ()
    fed: str | None = None
    piped: bool = False
    extra: tuple[str, ...] = ()
    """Words that stand behind the mark of a here-document."""
    expanding: tuple[str, ...] = ()
    """Bodies of here-documents in which the shell still expands."""


class Builder:
    """Knows the variables and functions of one command line."""

    def __init__(self, root: Node, top: str, given: tuple[str, ...] = ()) -> None:
        self._top = top
        self._expander = Expander(self._substituted)
        self._give(given, text_of(root) if given else "")
        self.functions: set[str] = set()
        self.here = "."
        """The present folder as a word; unknown where the line changes it."""
        self.calls_itself = False
        """A function of the line calls itself."""
        self.secrets: set[str] = set()
        """Variables that the line uses, does not set, and that by their names hold secrets."""
        self.has_unread_commands = False
        """The parser took a command substitution for plain text."""
        nodes = list(descendants(root))
        for node in nodes:
            self._note(node)
        for node in nodes:
            if node.type == "command":
                self._note_command(node)
        for node in nodes:
            if node.type in ("simple_expansion", "expansion"):
                self._note_use(node)
        self._expander.assign("PWD", self.here)

    def _give(self, given: tuple[str, ...], text: str) -> None:
        """A script's own name and arguments, unless it moves them."""
        if not given:
            return
        self._expander.assign("0", given[0])
        self._expander.assign("BASH_SOURCE", given[0])
        if not _MOVES_ARGUMENTS.search(text):
            for number in range(1, 10):
                self._expander.assign(str(number), given[number] if number < len(given) else "")
            for word in given[1:] or ("",):
                self._expander.assign("@", word)
                self._expander.assign("*", word)

    def command(self, node: Node, parts: Parts) -> Command:
        """The simple command of a `command` node."""
        words: list[str] = []
        assignments: list[tuple[str, str]] = []
        own = [child for child in node.named_children if child.type.endswith("_redirect")]
        for child in node.named_children:
            if child.type == "variable_assignment":
                assignments += self._assigned(child)
            elif child.type == "process_substitution":
                words.append(_PROCESS_FILE)
            elif not child.type.endswith("_redirect"):
                words += self._expander.words(child)
        parts = self.parts(own, parts)
        name, *arguments = [*words, *parts.extra] or [""]
        return Command(
            name=name,
            arguments=tuple(arguments),
            assignments=tuple(assignments),
            redirects=parts.redirects,
            fed=parts.fed,
            piped=parts.piped,
        )

    def assignments(self, node: Node) -> Command:
        """A nameless command for `X=1`, `export X=1`, `unset X`."""
        nodes = [node] if node.type == "variable_assignment" else node.named_children
        pairs: list[tuple[str, str]] = []
        for child in nodes:
            if child.type == "variable_assignment":
                pairs += self._assigned(child)
            elif child.type == "variable_name":
                pairs += [(text_of(child), "")] if node.type == "unset_command" else []
            else:
                pairs += [_split(word) for word in self._expander.words(child) if "=" in word]
        if node.type == "declaration_command" and not pairs:
            return _listing(node)
        return Command(name="", assignments=tuple(pairs))

    def parts(self, redirects: Sequence[Node], around: Parts) -> Parts:
        """`around` with what `redirects` add."""
        for node in redirects:
            if node.type == "file_redirect":
                around = replace(around, redirects=around.redirects + self._redirect(node))
            elif node.type == "herestring_redirect":
                words = [word for child in node.named_children for word in self._texts(child)]
                around = replace(around, fed="\n".join(words))
            elif node.type == "heredoc_redirect":
                around = self._heredoc(node, around)
        return around

    def _heredoc(self, node: Node, around: Parts) -> Parts:
        start = next(child for child in node.named_children if child.type == "heredoc_start")
        is_quoted = any(mark in text_of(start) for mark in "'\"\\")
        extra: list[str] = []
        for child in node.named_children:
            if child.type == "heredoc_body":
                body = text_of(child)
                around = replace(around, fed=body)
                if not is_quoted:
                    around = replace(around, expanding=(*around.expanding, body))
            elif child.type.endswith("_redirect"):
                around = self.parts([child], around)
            elif child.type in ("word", "string", "raw_string", "concatenation"):
                extra += self._expander.words(child)
        return replace(around, extra=(*around.extra, *extra))

    def _redirect(self, node: Node) -> tuple[Redirect, ...]:
        operator = next((text_of(c) for c in node.children if not c.is_named), "<")
        targets = [child for child in node.named_children if child.type != "file_descriptor"]
        found: list[Redirect] = []
        for child in targets:
            if child.type == "process_substitution":
                continue
            texts = self._texts(child)
            if operator in (">&", "<&") and all(text.strip("-").isdigit() for text in texts):
                continue
            found += [Redirect(operator, text) for text in texts]
        return tuple(found)

    def _texts(self, node: Node) -> list[str]:
        return self._expander.words(node) or [""]

    def _assigned(self, node: Node) -> list[tuple[str, str]]:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        key = text_of(name).partition("[")[0] if name else ""
        if value is None:
            return [(key, "")]
        if value.type == "array":
            return [(key, text) for item in value.named_children for text in self._texts(item)]
        return [(key, text) for text in self._expander.texts(value)]

    def _note(self, node: Node) -> None:
        if node.type == "variable_assignment":
            self._note_assignment(node)
        elif node.type == "for_statement":
            self._note_loop(node)
        elif node.type == "function_definition":
            self._note_function(node)
        elif node.type in _TEXT_NODES and _UNREAD.search(text_of(node)):
            self.has_unread_commands = True

    def _note_use(self, node: Node) -> None:
        names = [text_of(child) for child in node.named_children if child.type == "variable_name"]
        for name in names[:1]:
            if SECRET_NAME.search(name) and not self._expander.is_assigned(name):
                self.secrets.add(f"${name}")

    def _note_assignment(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        key = text_of(name).partition("[")[0] if name else ""
        is_added = any(child.type == "+=" for child in node.children)
        if is_added:
            self._expander.assign(key, UNKNOWN)
        elif value is None:
            self._expander.assign(key, "")
        else:
            for item in value.named_children if value.type == "array" else (value,):
                self._expander.assign(key, item)

    def _note_function(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        key = text_of(name) if name else ""
        self.functions.add(key)
        called = (child for child in descendants(node) if child.type == "command_name")
        self.calls_itself = self.calls_itself or any(text_of(call) == key for call in called)

    def _note_loop(self, node: Node) -> None:
        name = node.child_by_field_name("variable")
        key = text_of(name) if name else ""
        values = node.children_by_field_name("value")
        for value in values:
            self._expander.assign(key, value)
        if not values:
            self._expander.assign(key, UNKNOWN)

    def _note_command(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        first = text_of(name) if name else ""
        if first in ("cd", "pushd", "popd", "eval", "command", "builtin"):
            self.here = UNKNOWN
        if first in _SETTERS or (first == "printf" and " -v" in text_of(node)):
            values = self._fed_to(node).split() if first == "read" else [UNKNOWN]
            for child in node.named_children[1:]:
                for value in values:
                    self._expander.assign(text_of(child).partition("=")[0], value)

    def _fed_to(self, node: Node) -> str:
        """What a pipeline around `node`, such as one into a loop, is known to feed to it."""
        inner, outer = node, node.parent
        while outer is not None and outer.type != "pipeline":
            inner, outer = outer, outer.parent
        if outer is None:
            return UNKNOWN
        before = outer.named_children[: outer.named_children.index(inner)]
        return self._chain(before) or UNKNOWN

    def _substituted(self, node: Node) -> str:
        """The text that `$(...)` becomes."""
        inner = [child for child in node.named_children if child.type != "comment"]
        if len(inner) != 1:
            return UNKNOWN
        whole = inner[0]
        entered = _ENTERED.fullmatch(text_of(whole))
        if entered and whole.type == "list":
            return self._entered(whole)
        return self._chain(whole.named_children if whole.type == "pipeline" else [whole])

    def _entered(self, whole: Node) -> str:
        """`cd FOLDER && pwd` names the folder."""
        first = whole.named_children[0]
        words = self.command(first, Parts()).operands if first.type == "command" else ()
        return words[0] if len(words) == 1 else UNKNOWN

    def printed(self, command: Command, fed: str | None) -> str:
        """What `command` prints when `fed` flows into it."""
        return output_of(command, fed, here=self.here, top=self._top)

    def _chain(self, elements: Iterable[Node]) -> str:
        """What a pipeline prints."""
        printed: str | None = None
        for element in elements:
            around = Parts()
            body: Node | None = element
            if element.type == "redirected_statement":
                body = element.child_by_field_name("body")
                around = self.parts([c for c in element.named_children if c != body], around)
            if body is None or body.type != "command":
                return UNKNOWN
            command = self.command(body, around)
            printed = self.printed(command, command.fed or printed)
        return UNKNOWN if printed is None else printed.rstrip("\n")


def _listing(node: Node) -> Command:
    """`export -p` and its kin, which print variables where they name none."""
    name, *words = [text_of(child) for child in node.children]
    return Command(name=name, arguments=tuple(words))


def _split(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value
