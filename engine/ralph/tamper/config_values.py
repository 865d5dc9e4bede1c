"""Configuration files as values by their full names."""

from __future__ import annotations

import configparser
import json
import tomllib
from collections.abc import Iterator, Mapping

Values = Mapping[tuple[str, ...], object]
"""By path, such as `("tool", "coverage", "report", "fail_under")`. Lists are one value; lines of an
INI value are a list.
"""

_TOML = (".toml",)
_INI_NAMES = frozenset({".coveragerc", ".flake8", ".pylintrc", "pylintrc", ".bandit",
                        ".importlinter"})  # fmt: skip


def values_of(path: str, content: bytes | None) -> Values | None:
    """What the file says; nothing for no content; None: it cannot be read as what it is."""
    if content is None:
        return {}
    try:
        return dict(_flat((), _read(path.rsplit("/", 1)[-1], content.decode())))
    except (ValueError, configparser.Error, RecursionError):
        return None


def is_same_yaml(before: bytes | None, after: bytes | None) -> bool:
    """Whether two texts are YAML of the same words in the same order, so that they differ in
    comments and spacing at most.
    """
    if before is None or after is None:
        return False
    words = _words(before)
    return words is not None and words == _words(after)


def _words(content: bytes) -> list[tuple[str, object, object]] | None:
    """Kinds and texts of what stands there; None: it is not YAML."""
    import yaml  # type: ignore[import-untyped]  # late: few changes need it

    try:
        return [
            (type(token).__name__, getattr(token, "value", None), getattr(token, "plain", None))
            for token in yaml.scan(content.decode(), Loader=yaml.SafeLoader)
        ]
    except (yaml.YAMLError, UnicodeDecodeError):
        return None


def _read(name: str, text: str) -> object:
    if name.endswith(_TOML):
        return tomllib.loads(text)
    if name.endswith(".json"):
        return json.loads(text)
    if name.endswith((".ini", ".cfg")) or name in _INI_NAMES:
        parser = configparser.RawConfigParser(strict=True)
        parser.read_string(text)
        return {section: dict(_lines(parser[section])) for section in parser.sections()}
    raise ValueError(name)


def _lines(section: Mapping[str, str | None]) -> Iterator[tuple[str, object]]:
    for key, value in section.items():
        text = (value or "").strip()
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        yield key, lines if len(lines) > 1 else _scalar(text)


def _scalar(text: str) -> object:
    if text.lower() in ("true", "yes", "on"):
        return True
    if text.lower() in ("false", "no", "off"):
        return False
    try:
        return float(text)
    except ValueError:
        return text


def _flat(prefix: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat((*prefix, str(key)), inner)
    else:
        yield prefix, value


def differing(before: Values, after: Values) -> Iterator[tuple[tuple[str, ...], object, object]]:
    """Paths with other values than before; None for what is not there."""
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        if type(was) is not type(now) or was != now:
            yield path, was, now
