"""What the words of a command line expand to, as far as the line itself tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from engine.governance.shell_tree import shown, text_of
from engine.governance.shell_values import DECODED, INSIDE, QUOTED_BRACE, UNKNOWN

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_ALTERNATIVES = 48
MAX_READS = 2000
MAX_WORD_CHARS = 65_536
_BRACES = re.compile(r"\{([^{}]*)\}")
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))",
    re.DOTALL,
)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b"}
LAST_JOB = "%last"
"""Stands for the number of the last program that the line itself started, `$!`."""
_QUIET_SPECIALS = {"?", "$", "#", "RANDOM", "SECONDS", "LINENO", "UID", "EUID", "USER", "PPID"}
_CUT_SUFFIX = re.compile(r"\$\{\w+(%%?[^}]*|#\./|\^\^?|,,?|//?[^}/$`]*/[^}/.$`]*)\}")
"""What is left of a path below leads nowhere else: an end cut off, capitals changed, a part
replaced by a name.
"""
_CUT_FOLDERS = re.compile(r"\$\{\w+##\*/\}")
Substitution = Callable[["Node"], str]
"""Gives the text of a command substitution, with placeholders for what is not known."""


class Expander:
    """Expands words with what is known of variables; knows nothing of the world."""

    def __init__(self, substitution: Substitution) -> None:
        self._substitution = substitution
        self._assigned: dict[str, list[Node | str]] = {}
        self._being_read: set[str] = set()
        self._reads = 0

    def assign(self, name: str, value: Node | str) -> None:
        """Note one value that `name` may have somewhere in the line."""
        self._assigned.setdefault(name, []).append(value)

    def is_assigned(self, name: str) -> bool:
        """Whether the line sets `name` anywhere."""
        return name in self._assigned

    def words(self, node: Node) -> list[str]:
        """The words that `node` becomes: several by braces, by splitting or by alternatives."""
        texts = self.texts(node)
        if len(texts) > 1 and node.type == "command_name":
            return [UNKNOWN]
        if node.type == "command_name":
            return self.words(node.named_children[0])
        if node.type in ("simple_expansion", "expansion", "command_substitution"):
            spread = [word for text in texts for word in text.split()]
        else:
            spread = [word for text in texts for word in _spread_braces(text)]
        return [word.replace(QUOTED_BRACE, "{") for word in spread]

    def texts(self, node: Node) -> list[str]:
        """All texts that `node` may stand for; at most MAX_ALTERNATIVES, else one unknown."""
        reader = _READERS.get(node.type)
        return [UNKNOWN] if reader is None else reader(self, node)

    def value(self, name: str) -> list[str]:
        """All values of a variable."""
        if name in _QUIET_SPECIALS:
            return [INSIDE]
        if name == "!":
            return [LAST_JOB]
        if name not in self._assigned:
            return [{"HOME": "~", "TMPDIR": "/tmp"}.get(name, UNKNOWN)]  # noqa: S108 - judged only
        self._reads += 1
        if (
            name in self._being_read
            or self._reads > MAX_READS
            or (len(self._assigned[name]) > MAX_ALTERNATIVES)
        ):
            return [UNKNOWN]
        self._being_read.add(name)
        try:
            return _few(
                text
                for value in self._assigned[name]
                for text in ([value] if isinstance(value, str) else self.texts(value))
            )
        finally:
            self._being_read.discard(name)

    def word(self, node: Node) -> list[str]:
        """An unquoted word."""
        return [re.sub(r"\\(\n|.)", _unescaped, text_of(node), flags=re.DOTALL)]

    def raw(self, node: Node) -> list[str]:
        """A word in single quotes."""
        return [text_of(node)[1:-1].replace("{", QUOTED_BRACE)]

    def ansi(self, node: Node) -> list[str]:
        """A word in `$'...'`."""
        return [decode_escapes(text_of(node)[2:-1]).replace("{", QUOTED_BRACE)]

    def string(self, node: Node) -> list[str]:
        """A word in double quotes; text between the parser's pieces is taken from the source."""
        source = node.text or b""
        start, position = node.start_byte, 1
        pieces: list[list[str]] = []
        for child in node.named_children:
            gap = source[position : child.start_byte - start]
            pieces.append([_unquoted(shown(gap))])
            if child.type == "string_content":
                pieces.append([_unquoted(text_of(child))])
            else:
                pieces.append(self.texts(child))
            position = child.end_byte - start
        tail = source[position : len(source) - 1]
        pieces.append([_unquoted(shown(tail))])
        return _joined(pieces)

    def concatenation(self, node: Node) -> list[str]:
        """Pieces side by side."""
        return _joined([self.texts(child) for child in node.named_children])

    def variable(self, node: Node) -> list[str]:
        """`$name`."""
        return self.value(text_of(node).strip().lstrip("$"))

    def expansion(self, node: Node) -> list[str]:
        """`${name}` with or without an operator."""
        source = text_of(node)
        name = re.fullmatch(r"\$\{(\w+|[?$#!])\}", source)
        if name:
            return self.value(name.group(1))
        if source in ("${BASH_SOURCE[0]}", "${BASH_SOURCE}") and self.is_assigned("0"):
            return self.value("0")
        if source.startswith("${#") or _CUT_FOLDERS.fullmatch(source):
            return [INSIDE]
        if _CUT_SUFFIX.fullmatch(source):
            values = self.value(re.split(r"\W", source[2:])[0])
            is_inside = all(
                not value.startswith(("/", "~")) and ".." not in value and UNKNOWN not in value
                for value in values
            )
            return [INSIDE] if is_inside else [UNKNOWN]
        given = [child for child in node.named_children[1:] if child.type in _READERS]
        if node.named_children and re.match(r"\$\{\w+:?[-=+]", source):
            known = self.value(text_of(node.named_children[0]))
            return _few(text for texts in (known, *map(self.texts, given)) for text in texts)
        return [UNKNOWN]

    def substitution(self, node: Node) -> list[str]:
        """`$(...)`."""
        return [self._substitution(node)]

    def quiet(self, node: Node) -> list[str]:
        """A number or range."""
        del node
        return [INSIDE]

    def translated(self, node: Node) -> list[str]:
        """`$"..."`."""
        return _joined([self.texts(child) for child in node.named_children])

    def plain(self, node: Node) -> list[str]:
        """Text that stands for itself."""
        return [text_of(node)]


_READERS: dict[str, Callable[[Expander, Node], list[str]]] = {
    "word": Expander.word,
    "string": Expander.string,
    "raw_string": Expander.raw,
    "ansi_c_string": Expander.ansi,
    "concatenation": Expander.concatenation,
    "simple_expansion": Expander.variable,
    "expansion": Expander.expansion,
    "command_substitution": Expander.substitution,
    "arithmetic_expansion": Expander.quiet,
    "translated_string": Expander.translated,
    "brace_expression": Expander.plain,
    "number": Expander.plain,
    "test_operator": Expander.plain,
    "variable_name": Expander.plain,
    "regex": Expander.plain,
    "file_descriptor": Expander.plain,
    "command_name": Expander.concatenation,
}


def decode_escapes(text: str) -> str:
    """What `$'...'` and `echo -e` make of backslashes."""
    return _ESCAPE.sub(_decoded, text)


def is_hidden(word: str) -> bool:
    """Whether a part of it cannot be foreseen."""
    return UNKNOWN in word or DECODED in word


def _decoded(match: re.Match[str]) -> str:
    short, four, eight, octal, control, other = match.groups()
    code = short or four or eight
    if code or octal:
        number = int(code, 16) if code else int(octal, 8)
        return chr(number) if 3 < number < 0x110000 else UNKNOWN
    if control:
        return chr(ord(control) & 0x1F | 0x20)
    return _SIMPLE_ESCAPES.get(other, other if other in "\\'\"?" else f"\\{other}")


def _unescaped(match: re.Match[str]) -> str:
    char = match.group(1)
    return {"\n": "", "{": QUOTED_BRACE}.get(char, char)


def _unquoted(text: str) -> str:
    return re.sub(r'\\([$`"\\])', r"\1", text.replace("\\\n", "")).replace("{", QUOTED_BRACE)


def _joined(pieces: Iterable[list[str]]) -> list[str]:
    whole = [""]
    for alternatives in pieces:
        whole = [head + tail for head in whole for tail in alternatives]
        if len(whole) > MAX_ALTERNATIVES or sum(map(len, whole)) > MAX_WORD_CHARS:
            return [UNKNOWN]
    return whole


def _few(texts: Iterator[str]) -> list[str]:
    listed = list(dict.fromkeys(texts))
    return listed if len(listed) <= MAX_ALTERNATIVES else [UNKNOWN]


def _spread_braces(text: str) -> list[str]:
    found = _BRACES.search(text)
    if found is None or "," not in found.group(1):
        return [text]
    head, tail = text[: found.start()], text[found.end() :]
    parts = found.group(1).split(",")
    words = [word for part in parts for word in _spread_braces(head + part + tail)]
    return words if len(words) <= MAX_ALTERNATIVES else [UNKNOWN]
