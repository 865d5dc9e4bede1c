"""JSON that a tool wrote."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from engine.checks.tool import UnreadableError

T = TypeVar("T")


def decoded(raw: bytes, kind: type[T], *, what: str) -> T:
    """`raw` as a value of `kind`; `what` it is called in the error.

    Raises:
        UnreadableError: it is not JSON, not all of it, or of another shape.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"{what} cannot be read: {error}") from error
