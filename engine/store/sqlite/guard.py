"""What of a row may hold anything, and what it goes through on its way into the file and back."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from engine.domain.values import dataclass
from engine.ports.secrecy import PLAIN, SEALED_MARK, Codec
from engine.store import codec

_MARK_BYTES = SEALED_MARK.encode()


class Prose(str):
    """Text that was written by a human, a model or a program."""

    __slots__ = ()


class Document(str):
    """JSON whose texts were."""

    __slots__ = ()


class Exact(str):
    """Text that is compared with others of its kind, so that nothing may be taken out of it."""

    __slots__ = ()


class Packed(bytes):
    """Compressed text from which nothing is to be taken out any more."""

    __slots__ = ()


_GUARDED = frozenset({Prose, Document, Exact, Packed})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextGuard:
    """Takes out what may not be written, then seals."""

    redact: Callable[[str], str] = str
    codec: Codec = PLAIN

    def kept(self, value: Any) -> Any:
        """The value as the file may hold it; what is not marked stays as it is."""
        match value:
            case Prose():
                return self.codec.seal(self.redact(codec.storable(value)))
            case Document():
                return self.codec.seal(self._redacted(codec.storable(value)))
            case Exact():
                return self.codec.seal(codec.storable(value))
            case Packed():
                return self._packed(value)
            case _:
                return value

    def shown(self, value: Any) -> Any:
        """What `kept` was given."""
        if isinstance(value, str):
            return self.codec.open(value) if value.startswith(SEALED_MARK) else value
        if isinstance(value, bytes) and value.startswith(_MARK_BYTES):
            return base64.b64decode(self.codec.open(value.decode()))
        return value

    def _packed(self, value: bytes) -> bytes:
        if self.codec.is_plain:
            return bytes(value)
        return self.codec.seal(base64.b64encode(value).decode()).encode()

    def _redacted(self, text: str) -> str:
        """Looks at the JSON as it is; only if something is to be taken out, text by text."""
        plain = text.replace("\\n", "\n").replace('\\"', '"') if "\\" in text else text
        if self.redact(plain) == plain:
            return str(text)
        return codec.to_json(_leaves(msgspec.json.decode(text), self.redact))


def _leaves(value: Any, redact: Callable[[str], str]) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: _leaves(inner, redact) for key, inner in value.items()}
        case list():
            return [_leaves(inner, redact) for inner in value]
        case _:
            return value


class GuardedConnection(sqlite3.Connection):
    """A connection whose marked values go through its guard, and come back out of it."""

    guard = TextGuard()

    def guarded_by(self, guard: TextGuard) -> None:
        """Use this guard from now on."""
        self.guard = guard
        if not guard.codec.is_plain:
            self.row_factory = lambda _, row: tuple(map(guard.shown, row))
            self.create_function("folded", 1, lambda text: guard.shown(text).casefold())

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        if any(type(value) in _GUARDED for value in values):
            values = tuple(map(self.guard.kept, values))
        return super().execute(sql, values)
