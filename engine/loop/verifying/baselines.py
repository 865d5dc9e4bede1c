"""What the checks say before a task begins."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from engine.domain.errors import GateError
from engine.domain.transcript import EntryKind
from engine.domain.verdict import CheckReport
from engine.loop.scribes import Notes
from engine.loop.verifying.case import Case
from engine.loop.verifying.kept import keep, keep_newest, read_kept
from engine.loop.verifying.runs import CheckRuns, Tree
from engine.loop.verifying.seal import Seal
from engine.ralph.evidence import BaselineResult

_KEPT = 200
_KEPT_UNSOUND = 20


class Baselines:
    """Baselines by tree and signature, in a folder; commits with one tree share one. Of those that
    nobody has needed for long the oldest go; they are taken again where they are wanted.

    One in which a check timed out is kept only as long as this process; one in which a check was
    broken is not kept, for somebody may mend what it needs.
    """

    def __init__(self, folder: Path, runs: CheckRuns, seal: Seal) -> None:
        self._folder = folder
        self._seal = seal
        self._runs = runs
        self._one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Kept only as long as somebody holds one or waits for it."""
        self._unsound: dict[str, BaselineResult] = {}

    async def of(self, commit: str, tree_hash: str, signature: str, notes: Notes) -> BaselineResult:
        """The baseline of `commit`: known, or found out by running the checks there once."""
        name = _name(tree_hash, signature)
        async with self._one_at_a_time.setdefault(name, asyncio.Lock()):
            kept = self._folder / name
            known = self._unsound.get(name) or await asyncio.to_thread(_read, kept, self._seal)
            if known is not None:
                return replace(known, base_commit=commit)
            taken = await self._take(commit, tree_hash, notes)
            await self._keep(name, taken)
            return taken

    async def know(
        self, case: Case, reports: Iterable[CheckReport], rewritten: Iterable[str]
    ) -> None:
        """All checks have just been run in the head of `case`, with nothing left out: what is put
        on top of it needs no run for its baseline.
        """
        name = _name(case.head_tree, case.signature)
        taken = BaselineResult.from_reports(
            reports,
            base_commit=case.question.head,
            tree_hash=case.head_tree,
            rewritten=rewritten,
        )
        async with self._one_at_a_time.setdefault(name, asyncio.Lock()):
            if taken.is_sound and not await asyncio.to_thread((self._folder / name).exists):
                await self._keep(name, taken)

    async def _keep(self, name: str, taken: BaselineResult) -> None:
        if taken.is_sound:
            await asyncio.to_thread(self._write, name, taken.to_json())
        elif not taken.is_broken:
            self._unsound[name] = taken
            if len(self._unsound) > _KEPT_UNSOUND:
                del self._unsound[next(iter(self._unsound))]

    def _write(self, name: str, text: str) -> None:
        keep(self._folder / name, text, self._seal)
        keep_newest(self._folder, _KEPT)

    async def _take(self, commit: str, tree_hash: str, notes: Notes) -> BaselineResult:
        notes.append(EntryKind.ENGINE, f"the checks at the base commit {commit[:12]}, once")
        async with self._runs.checkout(Tree(commit=commit)) as folder:
            reports = await self._runs.run(folder, notes)
            rewritten = await self._runs.rewritten(folder)
        return BaselineResult.from_reports(
            reports, base_commit=commit, tree_hash=tree_hash, rewritten=rewritten
        )


def _name(tree_hash: str, signature: str) -> str:
    return f"{tree_hash}-{signature[:12]}.json"


def _read(path: Path, seal: Seal) -> BaselineResult | None:
    text = read_kept(path, seal)
    if text is None:
        return None
    try:
        return BaselineResult.from_json(text)
    except GateError:
        return None
