"""The one gate between text from outside and the terminal.

Everything an agent, a file name or a commit message says passes `clean` before it is drawn. What a
terminal could take as an instruction, and what a reader could not see, comes out as visible signs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells, set_cell_size

if TYPE_CHECKING:
    from textual.content import Content

_ELLIPSIS = "…"
_TAB = 4
_LONG = 4000
"""Characters beyond which a line is cut without looking for spaces, which keeps it linear."""

# Printable by Python's word, yet invisible or able to change how their neighbours look: joiners,
# fillers that draw nothing, blank braille, variation selectors other than the two usual ones.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_LOOK_SELECTORS = "\ufe0e\ufe0f"


def clean(text: str, *, keep_newlines: bool = False) -> str:
    r"""`text` with everything that is not plainly printable made visible.

    C0 controls become control pictures (ESC is ␛), all else `<U+202E>`. Spaces of other widths
    become plain ones. With `keep_newlines`, line feeds and tabs stay and CRLF counts as one.

    >>> clean("a\x1b[31mb")
    'a␛[31mb'
    """
    if text.isprintable() and (text.isascii() or not _UNSEEN.search(text)):
        return text
    if keep_newlines:
        lines = text.replace("\r\n", "\n").split("\n")
        return "\n".join("\t".join(map(clean, line.split("\t"))) for line in lines)
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable() and not _UNSEEN.match(char):
        return char
    if char in _LOOK_SELECTORS:
        return ""
    if char.isspace() and ord(char) > 0xFF and char not in "\u2028\u2029":
        return "  " if char == "\u3000" else " "
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return " " if code == 0xA0 else f"<U+{code:04X}>"


def content(text: str) -> Content:
    """`text` for a Textual widget: cleaned, and no markup in it has a meaning."""
    from textual.content import Content

    return Content(clean(text, keep_newlines=True))


def fit(text: str, width: int) -> str:
    """`text`, cleaned and exactly `width` cells wide: padded, or cut with an ellipsis."""
    shown = clean(text)
    if cell_len(shown) <= width:
        return set_cell_size(shown, width)
    if width <= 0:
        return ""
    return set_cell_size(set_cell_size(shown, width - 1).rstrip() + _ELLIPSIS, width)


def wrap(text: str, width: int, *, hangs: bool = False) -> list[str]:
    """`text`, cleaned, in lines of at most `width` cells; breaks after spaces where it can.

    Leading blanks of a line are kept, so code and diffs keep their shape; `hangs`: also where the
    line goes on. At least one line.
    """
    if len(text) <= width and text.isascii() and text.isprintable():
        return [text]
    lines: list[str] = []
    for line in clean(text, keep_newlines=True).split("\n"):
        whole = line.expandtabs(_TAB)
        blanks = min(len(whole) - len(whole.lstrip(" ")), width // 2) if hangs else 0
        rows = _wrap_line(whole[blanks:], max(width - blanks, 2))
        lines.extend(" " * blanks + row for row in rows) if blanks else lines.extend(rows)
    return lines


def _wrap_line(line: str, width: int) -> list[str]:
    if len(line) > _LONG:
        return chop_cells(line, width)
    lines: list[str] = []
    rest = line
    while cell_len(rest) > width:
        head = chop_cells(rest, width)[0]
        space = head.rfind(" ")
        if rest[len(head)] != " " and space > len(head) // 2:
            head = head[: space + 1]
        lines.append(head.rstrip() or " ")
        rest = rest[len(head) :].removeprefix(" ")
    return [*lines, rest]
