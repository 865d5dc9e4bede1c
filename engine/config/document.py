"""One parsed aio.toml that can say where a key stands and what is wrong with it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engine.config.schema import EXPECTED
from engine.domain.errors import ConfigError
from engine.domain.values import dataclass

T = TypeVar("T", bound=msgspec.Struct)

MAX_BYTES = 1_000_000
_HEADER = re.compile(r"\s*\[{1,2}\s*(?P<name>[^\]]+?)\s*\]{1,2}\s*(#.*)?")
_ERROR_PATH = re.compile(r" - at `\$(?:\.(?P<key>[A-Za-z_]+))?[^`]*`$")
_MISSING = re.compile(r"missing required field `(?P<key>\w+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A table of the file: `[name]`, `[name.part]`, or the `part`-th `[[name]]`."""

    name: str
    part: str | int | None = None

    def __str__(self) -> str:
        if isinstance(self.part, int):
            return f"[[{self.name}]] number {self.part + 1}"
        if self.part is None:
            return f"[{self.name}]"
        part = self.part if self.part.isidentifier() else json.dumps(self.part, ensure_ascii=False)
        return f"[{self.name}.{part}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The file's text and what it parsed to; both empty when there is no file."""

    path: Path
    text: str
    tables: dict[str, Any]

    def table(self, place: Place) -> dict[str, Any]:
        """The keys of a table; empty when it is absent.

        Raises:
            ConfigError: something else than a table stands there.
        """
        return self.as_table(place, self.tables.get(place.name, {}))

    def as_table(self, place: Place, raw: object) -> dict[str, Any]:
        """`raw`, which stands at `place`, if it is a table.

        Raises:
            ConfigError: it is not.
        """
        if not isinstance(raw, dict):
            raise self.problem(place, None, f"{place} is {_shown(raw)}", "make it a table")
        return raw

    def convert(self, place: Place, raw: dict[str, Any], kind: type[T]) -> T:
        """`raw`, which stands at `place`, as a struct.

        Raises:
            ConfigError: a key is unknown or missing, or its value is not acceptable.
        """
        self.refuse_unknown(place, raw, kind.__struct_fields__)
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            raise self._refused(place, raw, str(error)) from None

    def refuse_unknown(self, place: Place, keys: Iterable[str], known: Iterable[str]) -> None:
        """Raises: ConfigError: one of `keys` is not `known`; it names the nearest."""
        names = tuple(known)
        for key in keys:
            if key not in names:
                raise self.problem(place, key, f"{place} has no key {key!r}", nearest(key, names))

    def problem(self, place: Place, key: str | None, seen: str, hint: str) -> ConfigError:
        """An error about `key` of `place`, with the file and, where it is found, the line."""
        line = self.line_of(place, key)
        where = f"{self.path}, line {line}" if line else str(self.path)
        return ConfigError(f"{where}: {seen}", hint=hint)

    def line_of(self, place: Place, key: str | None) -> int | None:
        """Number of the line that holds the key, or else the table's header. None: not found."""
        index = -1
        header: int | None = None
        pattern = key and re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
        for number, line in enumerate(self.text.splitlines(), start=1):
            if match := _HEADER.fullmatch(line):
                is_same = _header_matches(match["name"], place)
                index += is_same
                is_here = is_same and (not isinstance(place.part, int) or index == place.part)
                header = number if is_here else header
            elif header and is_here and pattern and pattern.match(line):
                return number
        return header

    def _refused(self, place: Place, raw: dict[str, Any], message: str) -> ConfigError:
        if missing := _MISSING.search(message):
            key = missing["key"]
            return self.problem(place, None, f"{place} has no {key!r}", _use(place, key, message))
        found = _ERROR_PATH.search(message)
        key = found["key"] if found and found["key"] else None
        seen = f"{place} {key} is {_shown(raw.get(key))}" if key else f"{place}: {message}"
        return self.problem(place, key, seen, _use(place, key, message))


def read_document(path: Path) -> Document:
    """Parse the file.

    Raises:
        ConfigError: it cannot be read or is not TOML.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Document(path=path, text="", tables={})
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror})", hint="check the file and its permissions"
        ) from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{path}: has {len(raw)} bytes", hint=f"keep it below {MAX_BYTES}")
    return parse_document(path, raw)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the most similar known word, or all of them."""
    import difflib  # only a wrong file pays for it

    names = tuple(known)
    close = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"use one of: {', '.join(names)}"


def parse_document(path: Path, raw: bytes) -> Document:
    """As `read_document`, from the file's bytes; `path` is only named in errors."""
    try:
        text = raw.decode("utf-8-sig")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: byte {error.start} is not UTF-8", hint="save the file as UTF-8"
        ) from None
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}", hint="correct that line") from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply", hint="use plain tables") from None
    return Document(path=path, text=text, tables=tables)


def _header_matches(header: str, place: Place) -> bool:
    name = header.replace('"', "").replace("'", "").replace(" ", "")
    wanted = place.name if isinstance(place.part, int | None) else f"{place.name}.{place.part}"
    return name == wanted


def _use(place: Place, key: str | None, message: str) -> str:
    expected = EXPECTED.get(place.name, {}).get(key or "")
    return f"use {expected}" if expected else message


def _shown(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= 80 else f"{text[:77]}..."
