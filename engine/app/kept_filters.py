"""The filters that operators gave a name, by operator and by list; a file of the state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.domain.errors import InputError, StoreError
from engine.files.replacing import replace_file
from engine.ports.secrecy import Secrecy

FILTERS_NAME = "filters.json"
MOST = 20
"""Of one list of one operator."""
MOST_NAME, MOST_WORDS = 40, 1000
"""Characters."""
_ByOperator = dict[str, dict[str, dict[str, str]]]


def kept_filters(state: Path, operator: str, place: str, secrecy: Secrecy) -> Mapping[str, str]:
    """Name to words, in the order in which they were kept. Empty where nothing can be read:
    nothing depends on it.
    """
    return _read(state, secrecy).get(operator, {}).get(place, {})


def keep_filter(
    state: Path, operator: str, place: str, name: str, words: str, secrecy: Secrecy
) -> None:
    """Keep `words` under `name`, in the place of what it stood for; empty `words`: forget it.

    Raises:
        InputError: there are too many, or one is too long; nothing was kept.
        StoreError: it cannot be written; what was kept before still is.
    """
    everything = _read(state, secrecy)
    mine = everything.setdefault(operator, {}).setdefault(place, {})
    if not words:
        mine.pop(name, None)
    else:
        _check(mine, name, words)
        mine[secrecy.redact(name)] = secrecy.redact(words)
    sealed = secrecy.codec.seal(msgspec.json.encode(everything).decode())
    try:
        replace_file(state / FILTERS_NAME, sealed.encode())
    except OSError as error:
        raise StoreError(
            f"the view {name!r} cannot be kept: {error.strerror}",
            hint="free disk space, or give write access to the folder .aibrain/state",
        ) from error


def _check(mine: Mapping[str, str], name: str, words: str) -> None:
    if not name or len(name) > MOST_NAME or len(words) > MOST_WORDS:
        raise InputError(
            f"view {name[:MOST_NAME]!r} is too long to be kept",
            hint=f"use a name of 1 to {MOST_NAME} and words of up to {MOST_WORDS} characters",
        )
    if name not in mine and len(mine) >= MOST:
        raise InputError(f"there are {MOST} views of this list already", hint="forget one first")


def _read(state: Path, secrecy: Secrecy) -> _ByOperator:
    try:
        text = secrecy.codec.open((state / FILTERS_NAME).read_text("utf-8"))
        return msgspec.json.decode(text, type=_ByOperator)
    except (OSError, ValueError, StoreError):
        return {}
