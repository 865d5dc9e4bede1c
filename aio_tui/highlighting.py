"""Syntax colours, found by a program of its own: a text that makes a lexer run for ever or take all
memory ends that program and nothing else, and the text is shown without colours.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence

from aio_tui.wording import Tone

Coloured = list[list[tuple[int, Tone]]]
"""For each line of a text: lengths of its pieces with their tones, from left to right."""

MAX_LINES = 3000
_MAX_CHARS = 150_000
_TIMEOUT_S = 10.0
_TONES = {
    "Keyword": Tone.CODE_WORD,
    "Name.Tag": Tone.CODE_WORD,
    "Operator.Word": Tone.CODE_WORD,
    "Generic.Heading": Tone.CODE_WORD,
    "Literal.String": Tone.CODE_TEXT,
    "Literal": Tone.CODE_NUMBER,
    "Comment": Tone.CODE_REMARK,
    "Name.Function": Tone.CODE_NAME,
    "Name.Class": Tone.CODE_NAME,
    "Name.Decorator": Tone.CODE_NAME,
    "Name.Builtin": Tone.CODE_NAME,
    "Name.Attribute": Tone.CODE_NAME,
}


async def highlighted(name: str, texts: Sequence[str]) -> list[Coloured] | None:
    """The colours of the lines of each text of a file called `name`; None: it is no known language,
    too long, or cannot be told in a few seconds.
    """
    if sum(map(len, texts)) > _MAX_CHARS or sum(text.count("\n") for text in texts) > MAX_LINES:
        return None
    question = json.dumps({"name": name, "texts": list(texts)}).encode()
    lexer = _lexer()
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            answer, _ = await asyncio.to_thread(lexer.communicate, question)
    except TimeoutError:
        return None
    finally:
        lexer.kill()  # the thread, which may still ask it, comes to its end with it
    told = json.loads(answer) if lexer.returncode == 0 else None
    return None if told is None else [_toned(lines) for lines in told]


def _lexer() -> subprocess.Popen[bytes]:
    """Not asyncio's: one that is cancelled while it starts keeps its pipes open."""
    return subprocess.Popen(
        (sys.executable, "-I", "-m", "aio_tui.lexing"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        start_new_session=True,
    )


def _toned(lines: list[list[tuple[int, str]]]) -> Coloured:
    """Tones in the place of kinds; neighbours of one tone are one piece."""
    toned: Coloured = []
    for line in lines:
        pieces: list[tuple[int, Tone]] = []
        for length, kind in line:
            tone = _tone_of(kind)
            if pieces and pieces[-1][1] is tone:
                pieces[-1] = pieces[-1][0] + length, tone
            else:
                pieces.append((length, tone))
        toned.append(pieces)
    return toned


def _tone_of(kind: str) -> Tone:
    while kind:
        if kind in _TONES:
            return _TONES[kind]
        kind = kind.rpartition(".")[0]
    return Tone.NORMAL
