"""One way to find one kind of text that may not be written down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engine.domain.values import dataclass

PLACEHOLDER = re.compile(r"\[redacted[: ][A-Za-z0-9_.-]{1,64}\]")
"""What stands where something was taken out."""

_BORDER = re.compile(r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrt]))")
"""No name goes on here; a line end that is written as an escape is no name."""


def placeholder(kind: str) -> str:
    """What stands for a text of this kind.

    >>> placeholder("ssn")
    '[redacted:ssn]'
    """
    return f"[redacted:{kind}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Finds one kind; a group named `secret` is what is replaced, without one the whole match."""

    kind: str
    regex: re.Pattern[str]
    anchors: tuple[str, ...] = ()
    """In lower case: a match begins where one of them stands, which is found far faster than a
    match. Empty: it may begin anywhere.
    """
    left: re.Pattern[str] | None = None
    """What belongs to the match before its anchor; None: nothing."""
    has_border: bool = True
    """Whether a match may only begin where no name goes on."""
    accepts: Callable[[re.Match[str]], bool] | None = None
    """Has the last word on a match; None: every match counts."""

    def spans(self, text: str, lowered: str) -> Iterator[tuple[int, int]]:
        """Where something is to be taken out, from left to right, none in another.

        `lowered` is the text in lower case, character by character.
        """
        end = 0
        for found in self._candidates(text, lowered):
            start, stop = self._span_of(found)
            if start >= end and self._counts(found, text):
                yield start, stop
                end = stop

    def _candidates(self, text: str, lowered: str) -> Iterator[re.Match[str]]:
        if not self.anchors:
            yield from self.regex.finditer(text)
            return
        for at in _places(self.anchors, lowered):
            found = self.regex.match(text, at)
            if found is not None:
                yield found

    def _span_of(self, found: re.Match[str]) -> tuple[int, int]:
        if "secret" in self.regex.groupindex:
            return found.span("secret")
        start, stop = found.span()
        if self.left is not None:
            before = self.left.search(found.string, max(0, start - 64), start)
            start = start if before is None else before.start()
        return start, stop

    def _counts(self, found: re.Match[str], text: str) -> bool:
        if self.has_border and _BORDER.match(text, self._first(found)) is None:
            return False
        return self.accepts is None or self.accepts(found)

    def _first(self, found: re.Match[str]) -> int:
        return found.start() if self.left is None else self._span_of(found)[0]


def _places(anchors: tuple[str, ...], lowered: str) -> list[int]:
    """Where any of them stands, from left to right."""
    places = []
    for anchor in anchors:
        at = lowered.find(anchor)
        while at >= 0:
            places.append(at)
            at = lowered.find(anchor, at + 1)
    places.sort()
    return places
