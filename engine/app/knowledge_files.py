"""The knowledge objects of a repository as files: markdown with front matter, on four shelves."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from engine.app.plain_files import blocks_of
from engine.domain.errors import StoreError
from engine.ports.knowledge import KnowledgeFile, Shelf
from engine.ports.secrecy import Codec

_MOST_BYTES = 256 * 1024
_MOST_FILES = 100_000
_FRONT = re.compile(r"\A(?:---|;;;)[^\n]*\n(.*?)^(?:---|;;;)\s*$\n?", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^([A-Za-z_]+)\s*:\s*(.*)$", re.MULTILINE)
_HEADING = re.compile(r"^#+\s+(.+)$", re.MULTILINE)


def knowledge_files(brain: Path, codec: Codec) -> Iterator[KnowledgeFile]:
    """Shelf by shelf, by name. What cannot be read is left out."""
    for shelf in Shelf:
        folder = brain / "knowledge" / shelf.value
        try:
            names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(".md"))
        except OSError:
            continue
        for name in names[:_MOST_FILES]:
            found = _read(folder / name, shelf, codec)
            if found is not None:
                yield found


def _read(path: Path, shelf: Shelf, codec: Codec) -> KnowledgeFile | None:
    try:
        info = path.lstat()
        if not stat.S_ISREG(info.st_mode):
            return None
        raw = next(blocks_of(path, _MOST_BYTES), b"")
        text = codec.open(raw.decode("utf-8", "replace"))
    except (OSError, StoreError):
        return None
    front, body = _parted(text)
    heading = _HEADING.search(body)
    title = _text(front.get("title")) or (heading[1].strip() if heading else "") or path.stem
    return KnowledgeFile(
        ko_id=_text(front.get("id")) or path.stem,
        title=title,
        shelf=shelf,
        file=f"{shelf.value}/{path.name}",
        tags=_list(front.get("tags")),
        consulted=_count(front.get("consultation_count")),
        changed_at=datetime.fromtimestamp(info.st_mtime, UTC),
        text=text,
    )


def _parted(text: str) -> tuple[Mapping[str, object], str]:
    """Front matter, as JSON or as `key: value` lines, and what follows it."""
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    try:
        front = json.loads(found[1])
    except (ValueError, RecursionError):
        front = {name.lower(): value for name, value in _FIELD.findall(found[1])}
    return (front if isinstance(front, dict) else {}), text[found.end() :]


def _text(value: object) -> str:
    return " ".join(str(value).strip("\"' ").split()) if value is not None else ""


def _list(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else str(value or "").strip("[] ").split(",")
    return tuple(text for text in map(_text, parts) if text)


def _count(value: object) -> int:
    told = _text(value)
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0
