"""Knowledge objects as guests see them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from engine.domain.values import dataclass


class Shelf(StrEnum):
    """How far a knowledge object has come; each is a folder below `.aibrain/knowledge`."""

    APPROVED = "approved"
    DRAFTS = "drafts"
    QUARANTINE = "quarantine"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeFile:
    """One knowledge object as its file has it; its texts may hold anything."""

    ko_id: str
    title: str
    shelf: Shelf
    file: str
    """Below `.aibrain/knowledge`."""
    tags: tuple[str, ...]
    consulted: int
    """How often agents were given it, as its front matter says."""
    changed_at: datetime
    text: str
    """The whole file, up to 256 KiB."""
