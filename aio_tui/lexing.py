"""A program: the kinds of words in texts, as JSON; asked by `aio_tui.highlighting`.

In: `{"name": file name, "texts": [...]}`. Out: null if the language is not known, else for each
text for each line a list of (length, kind), kinds as Pygments names them.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence

Kinds = list[list[tuple[int, str]]]
_CPU_S, _MEMORY_BYTES = 3, 1_000_000_000


def kinds(name: str, texts: Sequence[str]) -> list[Kinds] | None:
    """What the program prints."""
    from pygments.lexers import get_lexer_for_filename  # type: ignore[import-untyped]  # has none
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]  # has none

    try:
        lexer = get_lexer_for_filename(name)
    except ClassNotFound:
        return None
    found: list[Kinds] = []
    for text in texts:
        lines: Kinds = [[]]
        # `get_tokens` would change line ends before it looks, so that lines could not be counted.
        for _, kind, value in lexer.get_tokens_unprocessed(text):
            told = str(kind).removeprefix("Token.")
            for number, part in enumerate(value.split("\n")):
                if number:
                    lines.append([])
                if part:
                    lines[-1].append((len(part), told))
        found.append(lines)
    return found


def main() -> None:
    """Answer the question on standard input, within limits of time and memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    asked = json.load(sys.stdin)
    json.dump(kinds(asked["name"], asked["texts"]), sys.stdout)


if __name__ == "__main__":
    main()
