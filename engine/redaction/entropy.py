"""Tells what a random generator made from what a human or a compiler wrote.

A random string of letters and digits changes between small, capital and digit at two of three
steps; a name in camel case at one of four. So counting these changes separates keys from
identifiers, paths and words, and hexadecimal digests, which hold one case only, are no keys.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

_SMALL, _CAPITAL, _DIGIT, _OTHER = range(4)
_LEAST_CHANGES = 0.42
_LEAST_BITS = 3.7
_DIGEST_BEFORE = re.compile(
    r"(?:sha\d{1,3}[-:=]|base64,|ssh-[a-z0-9-]+ |integrity[\"']?: ?[\"']?)\Z", re.IGNORECASE
)
_LOOK_BACK = 24
_REF = "refs/"
"""How git begins the names that it has for commits; the end of one is often part of a digest."""
_LEAST_LENGTH = 32
_LINE = re.compile(r"[A-Za-z0-9+/=_-]{40,}")


def bits_per_character(text: str) -> float:
    """Shannon entropy of the characters.

    >>> bits_per_character("aaaa"), bits_per_character("abcd")
    (0.0, 2.0)
    """
    size = len(text)
    shares = (count / size for count in Counter(text).values())
    return -sum(share * math.log2(share) for share in shares) + 0.0


def is_random(token: str) -> bool:
    """Whether small letters, capitals and digits alternate as only chance makes them."""
    classes = [_class_of(character) for character in token]
    if not {_SMALL, _CAPITAL, _DIGIT} <= set(classes):
        return False
    changes = sum(one != other for one, other in pairwise(classes))
    is_mixed = changes >= _LEAST_CHANGES * (len(token) - 1)
    return is_mixed and bits_per_character(token) >= _LEAST_BITS


def is_lone_key(found: re.Match[str]) -> bool:
    """Whether the matched token stands for itself and looks random: no digest that says so, no
    line of an encoded file, no name of git's without a random part.
    """
    token, text = found["secret"], found.string
    parts = token.split("/") if token.startswith(_REF) else [token]
    if not any(len(part) >= _LEAST_LENGTH and is_random(part) for part in parts):
        return False
    before = text[max(0, found.start("secret") - _LOOK_BACK) : found.start("secret")]
    return _DIGEST_BEFORE.search(before) is None and not _is_line_of_block(found)


def _is_line_of_block(found: re.Match[str]) -> bool:
    """Whether it fills its line and so does what stands in the line before or after."""
    text, (start, end) = found.string, found.span("secret")
    if text[start - 1 : start] not in ("", "\n") or text[end : end + 1] not in ("", "\n"):
        return False
    above = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)]
    below = text[end + 1 :].partition("\n")[0] if end < len(text) else ""
    return any(_LINE.fullmatch(line) for line in (above, below))


def _class_of(character: str) -> int:
    if "a" <= character <= "z":
        return _SMALL
    if "A" <= character <= "Z":
        return _CAPITAL
    return _DIGIT if "0" <= character <= "9" else _OTHER
