"""`aio-tui search`: words in tasks, decisions, knowledge and transcripts."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, warn
from aio_tui.cli.session import engine_of
from engine.ports.search import SearchGroup, SearchHit


async def search(args: argparse.Namespace) -> Exit:
    """Print what has all words, by kind; as it is found, without --json. Exit code 1: nothing."""
    text = " ".join(args.words)
    found: list[SearchHit] = []
    notes: dict[SearchGroup, str] = {}
    async with engine_of(args) as engine:
        async for part in engine.search(text, limit=args.limit, within_s=args.seconds):
            if not args.json:
                _tell(part.hits, is_first=not any(hit.group is part.group for hit in found))
            found.extend(part.hits)
            if part.note:
                notes[part.group] = part.note
    if args.json:
        print_json({"text": text, "hits": [asdict(hit) for hit in found], "cut": notes})
    for group, note in notes.items():
        warn(f"{group.value}: {note}")
    if not found and not args.json:
        warn(f"nothing was found for {text!r}")
    return Exit.DONE if found else Exit.FAILED


def _tell(hits: tuple[SearchHit, ...], *, is_first: bool) -> None:
    if hits and is_first:
        print_lines([f"{hits[0].group.value}:"])
    for hit in hits:
        more = f" (and {hit.more} more)" if hit.more else ""
        print_lines([f"  {hit.where}{more}", f"      {hit.excerpt}"])
