"""A decision as one line of a hash chain, and back.

A line is a JSON object that begins with `hash` and `prev`. `hash` is SHA-256 over the bytes of the
line that follow it, `prev` included; `prev` is the hash of the valid line before it in the same
file. So no byte of a line changes, and no line goes from the middle, unseen. Lines taken off the
end of a file leave no trace in it.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from datetime import UTC

import msgspec

from engine.domain.decision import Decision
from engine.domain.errors import InputError

GENESIS = "0" * 64
"""The `prev` of a file's first line."""

_HASH_OPENING, _HASH_CLOSING = b'{"hash":"', b'",'
_PREV_OPENING, _PREV_CLOSING = b'"prev":"', b'",'
_HASH_END = len(_HASH_OPENING) + 64
_REST = _HASH_END + len(_HASH_CLOSING)
_PREV_END = _REST + len(_PREV_OPENING) + 64
_CONTENT = _PREV_END + len(_PREV_CLOSING)


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


def decision_in(line: bytes) -> Decision | None:
    """The decision of an intact line; None: it is torn, altered or of an unknown shape."""
    if chain_of(line) is None:
        return None
    try:
        return msgspec.convert(json.loads(b"{" + line[_CONTENT:]), Decision)
    except (ValueError, RecursionError):
        return None
