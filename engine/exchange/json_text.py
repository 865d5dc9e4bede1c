"""JSON that came from outside: parsed strictly, with the place of every fault."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

from engine.domain.errors import ConfigError

MAX_BYTES = 256_000_000
MAX_DEPTH = 64
"""Levels of nesting; deeper values could be read but not written again."""


def read_json(path: Path) -> Any:
    """The value in the file.

    Raises:
        ConfigError: it cannot be read, or is not strict JSON in UTF-8 (NaN, a number beyond any
            range, a repeated key and half a character are refused); the message names the place.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"queue file {path}: cannot be read ({error.strerror})",
            hint="check its name and permissions",
        ) from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(
            f"queue file {path}: has {len(raw)} bytes", hint=f"split it below {MAX_BYTES} bytes"
        )
    return parse_json(path, raw)


def parse_json(path: Path, raw: bytes) -> Any:
    """As `read_json`, from the file's bytes; `path` is only named in errors."""
    try:
        text = raw.decode("utf-8-sig")
        return json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique
        )
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _problem(
            path, f"line {line}, byte {error.start} is not UTF-8", "save the file as UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _problem(path, f"{place}: is not JSON ({error.msg})", "correct it there") from None
    except ValueError as error:
        raise _problem(path, str(error), "correct it") from None
    except RecursionError:
        raise _problem(path, "is nested too deeply", f"use up to {MAX_DEPTH} levels") from None


def fault_in(value: object, depth: int = 0) -> str | None:
    """Why `value` could not be written as JSON and read again, in words. None: it could."""
    match value:
        case dict() | list() if depth >= MAX_DEPTH:
            return f"is nested more than {MAX_DEPTH} levels deep"
        case dict():
            parts = [*map(_key_of, value), *value.values()]
        case list():
            parts = value
        case _:
            return _fault_in_plain(value)
    return next((fault for part in parts if (fault := fault_in(part, depth + 1))), None)


def _fault_in_plain(value: object) -> str | None:
    match value:
        case str():
            return None if _is_text(value) else "holds half a character (a lone surrogate)"
        case float():
            return None if math.isfinite(value) else f"holds {value}, which is no JSON number"
        case None | bool() | int():
            return None
        case _:
            return f"holds a {type(value).__name__}, which JSON does not know"


def _key_of(key: object) -> object:
    """The key, if it is text; anything else is shown as what JSON does not know."""
    return key if isinstance(key, str) else (key,)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _problem(path: Path, seen: str, hint: str) -> ConfigError:
    return ConfigError(f"queue file {path}: {seen}", hint=hint)


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"number {text[:40]} is out of range")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        name, count = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"key {name[:80]!r} stands {count} times in one object")
    return found
