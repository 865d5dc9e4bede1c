"""Finds every simple command of a command line, wherever it hides, and the folder it runs in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING

from engine.governance.shell_build import Builder, Parts
from engine.governance.shell_tree import has_unread_text, parse, swallowed_newline, text_of
from engine.governance.shell_values import INSIDE, UNKNOWN, Command, Step

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_FOLDERS = 4
_BACKTICKS = re.compile(r"(?<!\\)`([^`]*)`")
_EVALUATES = re.compile(r"\(\(|\blet\b|\b(declare|typeset|local)\s+-\w*i|\bprintf\s+-v|-v\b|\[\[")
_HIDDEN_INDEX = re.compile(r"\w\[\\?(\$\(|`)")
"""An index of an array that is a command; arithmetic runs it even out of quotes."""
_EXPANDS_AS_PROMPT = re.compile(r"\$\{\w+@P\}")
_KEEPS_ALL = re.compile(r">|\b(tee|dd|split|csplit|sponge|xargs|parallel|(ba|z|da)?sh)\b")
"""What may write down all that flows in."""
_APART = frozenset({"subshell", "command_substitution", "process_substitution"})
_BRANCHES = frozenset({"if_statement", "case_statement"})
_LOOPS = frozenset({"for_statement", "while_statement", "c_style_for_statement"})
_PLAIN = frozenset({"variable_assignment", "declaration_command", "unset_command"})
_MOVERS = frozenset({"cd", "pushd", "popd"})


class Walk:
    """One reading of one command line.

    Attributes:
        given: a script's own name and arguments, where the text is one.
        steps: every simple command in the order of the source.
        functions: names that the line defines.
        split_at: where the parser ran two lines together; the parts are to be read apart.
        secrets: variables with secret names that it uses.
        doubts: why the line as a whole is not understood; empty if it is.
        embedded: further shell text that the parser gave as text only.
    """

    def __init__(
        self, text: str, folders: tuple[Path, ...], top: Path, given: tuple[str, ...] = ()
    ) -> None:
        root = parse(text)
        self.split_at = swallowed_newline(root)
        self.steps: list[Step] = []
        self.doubts: list[str] = []
        self.embedded: list[str] = []
        self._folders = folders
        self._builder = Builder(root, str(top), given)
        self.functions = self._builder.functions
        self.secrets = sorted(self._builder.secrets)
        if root.has_error:
            self.doubts.append("its syntax cannot be parsed")
        elif has_unread_text(root):
            self.doubts.append("the parser passed over a part of it")
        if self._builder.has_unread_commands:
            self.doubts.append("a command inside an expansion was not read")
        if _EVALUATES.search(text) and _HIDDEN_INDEX.search(text):
            self.doubts.append("arithmetic may run a command that stands in quotes")
        if _EXPANDS_AS_PROMPT.search(text):
            self.doubts.append("a variable is expanded like a prompt")
        if self._builder.calls_itself:
            self.doubts.append("a function calls itself")
        self._visit(root)

    def _visit(self, node: Node, parts: Parts | None = None) -> None:
        """`parts`: what stands around `node`, its redirects and what is fed to it."""
        kind, around = node.type, parts or Parts()
        if kind == "command":
            self._command(node, around)
        elif kind == "redirected_statement":
            self._redirected(node, around)
        elif kind == "pipeline":
            self._pipeline(node.named_children, around)
        elif kind in _APART:
            self._apart(node, around)
        elif kind == "list":
            self._list(node, around)
        elif kind in _LOOPS or kind == "function_definition":
            self._repeated(node, around)
        elif kind in _PLAIN:
            self._plain(node)
        elif kind == "file_redirect":
            self._emit(Command(name="", redirects=self._builder.parts([node], Parts()).redirects))
        else:
            self._inside(node, around)

    def _inside(self, node: Node, parts: Parts) -> None:
        before = self._folders
        for child in node.named_children:
            self._visit(child, parts)
        if node.type in _BRANCHES:
            self._either(before)

    def _command(self, node: Node, parts: Parts) -> None:
        self._substitutions(node)
        command = self._builder.command(node, parts)
        self._emit(command)
        self._follow(command)

    def _plain(self, node: Node) -> None:
        self._substitutions(node)
        self._emit(self._builder.assignments(node))

    def _redirected(self, node: Node, parts: Parts) -> None:
        body = node.child_by_field_name("body")
        redirects = [child for child in node.named_children if child != body]
        for redirect in redirects:
            self._substitutions(redirect)
        inner = self._builder.parts(redirects, parts)
        self.embedded += [
            text for code in inner.expanding for text in _BACKTICKS.findall(code) if text.strip()
        ]
        if body is None or body.type != "command":
            self._emit(Command(name="", redirects=inner.redirects))
            inner = Parts(fed=inner.fed)
        if body is not None:
            self._visit(body, inner)
        self._after_heredoc(redirects)

    def _after_heredoc(self, redirects: list[Node]) -> None:
        """The parser hangs what follows `<<EOF` on the same line below the redirect."""
        before = self._printed()
        for redirect in redirects:
            for child in redirect.named_children if redirect.type == "heredoc_redirect" else ():
                if child.type == "pipeline":
                    self._pipeline(child.named_children, Parts(fed=before))
                elif child.type in ("command", "list", "redirected_statement", "subshell"):
                    self._visit(child)

    def _pipeline(self, elements: list[Node], parts: Parts) -> None:
        before, fed = self._folders, parts.fed
        for number, element in enumerate(elements, start=1):
            self._folders = before
            count = len(self.steps)
            rest = " ".join(text_of(later) for later in elements[number:])
            is_taken = bool(rest) and not _KEEPS_ALL.search(rest + _around(element))
            self._visit(element, Parts(fed=fed, piped=is_taken))
            is_simple = element.type in ("command", "redirected_statement", "pipeline")
            fed = self._printed() if is_simple and len(self.steps) > count else UNKNOWN
        self._folders = before

    def _printed(self) -> str:
        """What the last command is known to print."""
        if not self.steps:
            return UNKNOWN
        command = self.steps[-1].command
        if any(redirect.operator in (">", ">>", "&>") for redirect in command.redirects):
            return UNKNOWN
        return self._builder.printed(command, command.fed)

    def _apart(self, node: Node, parts: Parts) -> None:
        before = self._folders
        self._inside(node, parts)
        self._folders = before

    def _list(self, node: Node, parts: Parts) -> None:
        """After `a && b` the folder is that of b, or the one before if a failed; unless the list
        begins with the only change of folder, or gives up where that fails.
        """
        before = self._folders
        elements = list(_chain(node))
        is_certain = _name_of(elements[0][1]) in _MOVERS
        for number, (operator, element) in enumerate(elements):
            current = self._folders
            gives_up = operator == "||" and _name_of(element) in ("exit", "return")
            if operator == "||" and not gives_up:
                self._either(before)
            self._visit(element, parts)
            is_certain = gives_up or (is_certain and (number == 0 or self._folders == current))
        if not is_certain and self._folders != before:
            self._either(before)

    def _repeated(self, node: Node, parts: Parts) -> None:
        before = self._folders
        self._inside(node, parts)
        if self._folders != before:
            self._folders = ()

    def _either(self, before: tuple[Path, ...]) -> None:
        if self._folders and before:
            both = tuple(dict.fromkeys((*before, *self._folders)))
            self._folders = both if len(both) <= MAX_FOLDERS else ()
        else:
            self._folders = ()

    def _substitutions(self, node: Node) -> None:
        """Commands inside the words of `node`, but not commands beside them."""
        for child in node.named_children:
            if child.type in ("command_substitution", "process_substitution"):
                self._apart(child, Parts())
            elif child.type not in ("command", "pipeline", "list", "redirected_statement"):
                self._substitutions(child)

    def _emit(self, command: Command) -> None:
        self.steps.append(Step(command, self._folders))

    def _follow(self, command: Command) -> None:
        """Track the present folder."""
        words = [word for word in command.words if word not in ("command", "builtin")]
        mover = words[0] if words else ""
        if mover == "eval" and any(name in command.text for name in _MOVERS):
            self._folders = ()
        if mover not in _MOVERS:
            return
        targets = [word for word in words[1:] if word == "-" or not word.startswith(("-", "+"))]
        target = targets[0] if targets else ("~" if mover == "cd" else "-")
        is_known = not target.startswith(("~", "-")) and UNKNOWN not in target
        moved = [Path(normpath(folder / target.replace(INSIDE, "x"))) for folder in self._folders]
        self._folders = tuple(dict.fromkeys(moved)) if is_known else ()


def _around(element: Node) -> str:
    """Text of the statement whose redirects hold for a whole pipeline."""
    whole = element.parent.parent if element.parent else None
    is_redirected = whole is not None and whole.type == "redirected_statement"
    return text_of(whole) if whole is not None and is_redirected else ""


def _chain(node: Node) -> Iterator[tuple[str, Node]]:
    """The elements of a list, nested to the left by the parser, each with what joins it."""
    first, *rest = node.named_children
    if first.type == "list":
        yield from _chain(first)
    else:
        yield "", first
    joint = next((child.type for child in node.children if child.type in ("&&", "||")), "")
    for element in rest:
        yield joint, element


def _name_of(node: Node) -> str:
    """Name of the program of a plain command; empty for anything else."""
    name = node.child_by_field_name("name") if node.type == "command" else None
    return "" if name is None else text_of(name)
