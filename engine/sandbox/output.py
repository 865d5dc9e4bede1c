"""What of a program's output goes back to a model."""

from __future__ import annotations

import codecs
from collections.abc import Callable

OUTPUT_CAP = 30_000
"""Characters; the beginning and the end are kept."""
_BINARY_SHARE = 0.1


class Decoder:
    """Passes chunks of bytes on as text, counting them; a character cut in two is kept whole."""

    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._on_text = on_text
        self.total_bytes = 0

    def feed(self, chunk: bytes) -> None:
        self.total_bytes += len(chunk)
        self._pass_on(self._decoder.decode(chunk))

    def end(self) -> None:
        self._pass_on(self._decoder.decode(b"", final=True))

    def _pass_on(self, text: str) -> None:
        if text and self._on_text is not None:
            self._on_text(text)


def for_model(kept: bytes, total_bytes: int, cap: int = OUTPUT_CAP) -> str:
    """The output as text; what is too long keeps both ends, what is binary is described.

    `kept` is what the runner held of `total_bytes`.
    """
    if is_binary(kept):
        return f"(binary output of {total_bytes} bytes, beginning with {kept[:16].hex(' ')})"
    text = kept.decode(errors="replace")
    if len(text) <= cap:
        return text
    half = cap // 2
    return (
        f"{text[:half]}\n[... cut here: the whole output has {total_bytes} bytes; "
        f"write it to a file and look at parts ...]\n{text[-half:]}"
    )


def is_binary(raw: bytes) -> bool:
    """Whether it holds NUL bytes or is for a good part not UTF-8."""
    if b"\0" in raw:
        return True
    text = raw.decode(errors="replace")
    return text.count("\ufffd") > max(8, _BINARY_SHARE * len(text))


def shorten(text: str, cap: int = OUTPUT_CAP) -> str:
    """The beginning of text that can be asked for in parts."""
    if len(text) <= cap:
        return text
    return f"{text[:cap]}\n[... {len(text) - cap} more characters; ask for a view_range ...]"


def printable(text: str) -> str:
    """The text without lone surrogates (file names that are no UTF-8), which no JSON may hold."""
    return text.encode(errors="replace").decode()
