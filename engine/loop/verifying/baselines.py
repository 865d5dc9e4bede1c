"""What the checks say before a task begins."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from engine.domain.errors import GateError
from engine.domain.transcript import EntryKind
from engine.loop.scribes import Notes
from engine.loop.verifying.kept import keep, read_kept
from engine.loop.verifying.runs import CheckRuns, Tree
from engine.loop.verifying.seal import Seal
from engine.ralph.evidence import BaselineResult


class Baselines:
    """Baselines by tree and signature, in a folder; commits with one tree share one.

    One in which a check timed out is kept only as long as this process; one in which a check was
    broken is not kept, for somebody may mend what it needs.
    """

    def __init__(self, folder: Path, runs: CheckRuns, seal: Seal) -> None:
        self._folder = folder
        self._seal = seal
        self._runs = runs
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._unsound: dict[str, BaselineResult] = {}

    async def of(self, commit: str, tree_hash: str, signature: str, notes: Notes) -> BaselineResult:
        """The baseline of `commit`: known, or found out by running the checks there once."""
        name = f"{tree_hash}-{signature[:12]}"
        async with self._one_at_a_time[name]:
            kept = self._folder / f"{name}.json"
            known = self._unsound.get(name) or await asyncio.to_thread(_read, kept, self._seal)
            if known is not None:
                return replace(known, base_commit=commit)
            taken = await self._take(commit, tree_hash, notes)
            if taken.is_sound:
                await asyncio.to_thread(keep, kept, taken.to_json(), self._seal)
            elif not taken.is_broken:
                self._unsound[name] = taken
            return taken

    async def _take(self, commit: str, tree_hash: str, notes: Notes) -> BaselineResult:
        notes.append(EntryKind.ENGINE, f"the checks at the base commit {commit[:12]}, once")
        async with self._runs.checkout(Tree(commit=commit)) as folder:
            reports = await self._runs.run(folder, notes)
            rewritten = await self._runs.rewritten(folder)
        return BaselineResult.from_reports(
            reports, base_commit=commit, tree_hash=tree_hash, rewritten=rewritten
        )


def _read(path: Path, seal: Seal) -> BaselineResult | None:
    text = read_kept(path, seal)
    if text is None:
        return None
    try:
        return BaselineResult.from_json(text)
    except GateError:
        return None
