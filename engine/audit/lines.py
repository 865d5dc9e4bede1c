"""A decision as one line of two hash chains, and back.

A line is a JSON object that begins with `hash`, `prev`, `seq` and `before`. `hash` is SHA-256 over
the bytes of the line that follow it; `prev` is the hash of the line before it in the same file;
`seq` counts the decisions of the whole log from 1, and `before` is the hash of the decision that
has the number before, in whatever file it stands. So no byte of a line changes, and no line or file
goes, unseen. A copy of a decision in a second file bears the same `seq` and `before`.

Lines of an older form lack `seq` and `before`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import replace
from datetime import UTC

import msgspec

from engine.domain.decision import Decision
from engine.domain.errors import InputError
from engine.domain.values import dataclass

GENESIS = "0" * 64
"""The `prev` of a file's first line, and the `before` of the log's first decision."""

_HASH_OPENING, _HASH_CLOSING = b'{"hash":"', b'",'
_PREV_OPENING, _PREV_CLOSING = b'"prev":"', b'",'
_HASH_END = len(_HASH_OPENING) + 64
_REST = _HASH_END + len(_HASH_CLOSING)
_PREV_END = _REST + len(_PREV_OPENING) + 64
_CONTENT = _PREV_END + len(_PREV_CLOSING)
_PLACE = re.compile(rb'"seq":([1-9][0-9]{0,17}),"before":"([0-9a-f]{64})",')


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An intact line."""

    digest: str
    prev: str
    seq: int
    """0: it is of the older form and has no number."""
    before: str
    content: bytes
    """What follows `prev`; equal in a decision and its copy."""


def content_of(decision: Decision) -> bytes:
    """The decision as a JSON object, without its place in a chain; its time in UTC. Lone
    surrogates of its texts become JSON escapes.

    Raises:
        InputError: its time bears no zone, or its confidence is no number.
    """
    if decision.at.tzinfo is None:
        raise InputError(
            f"a decision of {decision.at.isoformat()} bears no time zone", hint="use aware UTC time"
        )
    if not math.isfinite(decision.confidence):
        raise InputError(
            f"decision {decision.decision!r:.80} has confidence {decision.confidence}",
            hint="use a number from 0 to 1",
        )
    if decision.at.tzinfo is not UTC:
        decision = replace(decision, at=decision.at.astimezone(UTC))
    try:
        return msgspec.json.encode(decision)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(decision)).encode()


def numbered(content: bytes, seq: int, before: str) -> bytes:
    """`content` with its place among all decisions."""
    return b'{"seq":%d,"before":"%b",%b' % (seq, before.encode(), content[1:])


def chained(content: bytes, prev: str) -> tuple[bytes, str]:
    """The line for `content` after the line with hash `prev`, newline included, and its hash."""
    rest = _PREV_OPENING + prev.encode() + _PREV_CLOSING + content[1:]
    digest = hashlib.sha256(rest).hexdigest()
    return _HASH_OPENING + digest.encode() + _HASH_CLOSING + rest + b"\n", digest


def chain_of(line: bytes) -> tuple[str, str] | None:
    """`(hash, prev)` of an intact line, given without its newline; None: it is torn or altered."""
    digest = line[len(_HASH_OPENING) : _HASH_END].decode("ascii", "replace")
    prev = line[_PREV_END - 64 : _PREV_END].decode("ascii", "replace")
    is_in_form = (
        line.startswith(_HASH_OPENING)
        and line[_HASH_END:_REST] == _HASH_CLOSING
        and line[_REST:].startswith(_PREV_OPENING)
        and line[_PREV_END:_CONTENT] == _PREV_CLOSING
    )
    if is_in_form and hashlib.sha256(line[_REST:]).hexdigest() == digest:
        return digest, prev
    return None


def line_in(raw: bytes) -> Line | None:
    """The intact line; None: it is torn or altered."""
    chain = chain_of(raw)
    if chain is None:
        return None
    content = raw[_CONTENT:]
    place = _PLACE.match(content)
    return Line(
        digest=chain[0],
        prev=chain[1],
        seq=int(place[1]) if place else 0,
        before=place[2].decode() if place else "",
        content=content,
    )


def decision_in(line: bytes) -> Decision | None:
    """The decision of an intact line; None: it is torn, altered or of an unknown shape."""
    return decision_of(line[_CONTENT:]) if chain_of(line) is not None else None


def decision_of(content: bytes) -> Decision | None:
    """The decision of a line's content; None: it is of an unknown shape."""
    try:
        return msgspec.convert(json.loads(b"{" + content), Decision)
    except (ValueError, RecursionError):
        return None
