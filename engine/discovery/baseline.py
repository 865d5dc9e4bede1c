"""The findings that the operator knows of, in a file that is meant to be committed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from engine.domain.errors import ConfigError
from engine.files.replacing import mode_of, replace_file

FILE_NAME = "discovery-baseline.json"
_VERSION = 1


def read_baseline(path: Path) -> frozenset[str]:
    """Ids of known findings; empty if there is no file.

    Raises:
        ConfigError: the file cannot be read or is no baseline.
    """
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(path, str(error)) from error
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise _unusable(path, f"it has no 'version': {_VERSION}")
    known = document.get("findings")
    if not isinstance(known, list) or not all(isinstance(one, str) for one in known):
        raise _unusable(path, "'findings' is no list of texts")
    return frozenset(known)


def write_baseline(path: Path, known: Iterable[str]) -> None:
    """Replace the file as a whole: one id per line, sorted, so that git merges it well.

    Raises:
        ConfigError: it cannot be written; the old one is as it was.
    """
    document = {"version": _VERSION, "findings": sorted(known)}
    text = json.dumps(document, indent=1) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode(), mode=mode_of(path))
    except OSError as error:
        raise ConfigError(
            f"{str(path)!r} cannot be written ({error.strerror})",
            hint="check that the folder is writable; nothing was accepted",
        ) from error


def _unusable(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{str(path)!r} is no usable baseline: {why[:200]}",
        hint="restore it from git, or remove it and run 'aio-tui discover --accept'",
    )
