"""A search through tasks, decisions, knowledge and transcripts, off the event loop, in slices.

Nothing is indexed: descriptions and answers of agents are sealed in HIPAA mode, and an index would
hold them in plain text. A scan of 100,000 tasks takes a fraction of a second; of the transcripts,
the newest come first and the search ends when its time is over.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

from engine.app.knowledge_files import knowledge_files
from engine.app.parts import Parts
from engine.app.search_words import Words
from engine.audit.lines import decision_of, line_in
from engine.audit.places import all_files, is_copy, segments_of
from engine.domain.decision import Decision
from engine.domain.errors import StoreError
from engine.domain.ids import TaskId
from engine.domain.words import decision_words
from engine.domain.work import WorkItem
from engine.ports.search import SearchGroup, SearchHit, SearchPart
from engine.ports.store import Reader, TaskSlice
from engine.session.transcript_lines import decoded

_ROWS_AT_ONCE = 10_000
_SLICE_S = 0.1
_HITS_PER_TRANSCRIPT = 3
_FOLDERS_AT_ONCE = 500
_Hits = Iterator["SearchHit | None"]
"""None now and then: time to look whether to go on."""


async def search(
    parts: Parts, text: str, *, limit: int, within_s: float
) -> AsyncIterator[SearchPart]:
    """Parts as they are found, group after group; each group ends with one that `is_over`.

    Args:
        parts: of the engine.
        text: what is looked for; see `Words`.
        limit: most hits of a group.
        within_s: how long files of one group are looked through.

    Raises:
        InputError: there is nothing to look for, or too much.
        StoreError: the database cannot be read.
    """
    words = Words(text)
    async for part in _tasks(parts, words, limit):
        yield part
    files = {
        SearchGroup.DECISIONS: _decisions(parts, words, limit),
        SearchGroup.KNOWLEDGE: _knowledge(parts, words),
        SearchGroup.TRANSCRIPTS: _transcripts(parts, words),
    }
    for group, hits in files.items():
        async for part in _in_slices(parts, group, hits, limit, within_s):
            yield part


async def _tasks(parts: Parts, words: Words, limit: int) -> AsyncIterator[SearchPart]:
    count, before = 0, None
    while True:
        found = await parts.store.read(
            partial(_slice, parts=parts, words=words, before=before, limit=limit - count)
        )
        count, before = count + len(found.items), found.before
        is_cut = count >= limit and before is not None
        yield SearchPart(
            group=SearchGroup.TASKS,
            hits=tuple(_task_hit(item, words) for item in found.items),
            is_over=before is None or is_cut,
            note=f"the newest {limit}" if is_cut else "",
        )
        if before is None or is_cut:
            return


def _slice(
    reader: Reader, *, parts: Parts, words: Words, before: int | None, limit: int
) -> TaskSlice:
    return reader.find_tasks(
        words.words,
        project=parts.settings.project,
        before=before,
        look_at=_ROWS_AT_ONCE,
        limit=limit,
    )


def _task_hit(item: WorkItem, words: Words) -> SearchHit:
    return SearchHit(
        group=SearchGroup.TASKS,
        where=f"{item.task_id}, {item.word}",
        excerpt=words.excerpt(f"{item.description} {item.error_log}"),
        task_id=item.task_id,
        at=item.updated_at.isoformat(),
    )


async def _in_slices(
    parts: Parts, group: SearchGroup, hits: _Hits, limit: int, within_s: float
) -> AsyncIterator[SearchPart]:
    """What the iterator gives, taken from it in a thread, a tenth of a second at a time."""
    clock, count = parts.clock, 0
    ends_at = clock.monotonic_s() + within_s

    def some() -> tuple[list[SearchHit], bool]:
        found: list[SearchHit] = []
        until = min(clock.monotonic_s() + _SLICE_S, ends_at)
        for hit in hits:
            if hit is not None:
                found.append(hit)
            if len(found) + count >= limit or clock.monotonic_s() >= until:
                return found, False
        return found, True

    while True:
        found, is_over = await asyncio.to_thread(some)
        count += len(found)
        note = ""
        if not is_over and count >= limit:
            note, is_over = f"the first {limit}", True
        elif not is_over and clock.monotonic_s() >= ends_at:
            note, is_over = f"stopped after {within_s:g} s: not all files were looked through", True
        if found or is_over:
            yield SearchPart(group=group, hits=tuple(found), is_over=is_over, note=note)
        if is_over:
            return


def _decisions(parts: Parts, words: Words, limit: int) -> _Hits:
    folder = parts.settings.brain / "decisions"
    names = [name for name in all_files(folder) if not name.startswith("guardrails/")]
    paths = [(path, name) for name in names for path in segments_of(folder, name)]
    is_sealed = not parts.secrecy.codec.is_plain
    for path, name in sorted(paths, key=lambda each: -_changed_ns(each[0])):
        newest: deque[SearchHit] = deque(maxlen=limit)
        for raw in words.json_lines(path, is_sealed=is_sealed):
            hit = None if raw is None else _decision_hit(parts, words, raw, name)
            if hit is not None:
                newest.append(hit)
            if raw is None:
                yield None
        yield from reversed(newest)


def _decision_hit(parts: Parts, words: Words, raw: bytes, name: str) -> SearchHit | None:
    line = line_in(raw)
    if line is None or is_copy(name, line):
        return None
    decision = decision_of(line.content)
    if decision is None:
        return None
    try:
        decision = parts.decisions.opened(decision)
    except StoreError:
        return None
    told = _told(decision)
    if not words.are_in(told):
        return None
    return SearchHit(
        group=SearchGroup.DECISIONS,
        where=f"{decision.task_id or 'the whole run'}, {decision_words(decision.kind.value)}",
        excerpt=words.excerpt(told),
        task_id=TaskId(decision.task_id) if decision.task_id else None,
        at=decision.at.isoformat(),
        ref=told,
    )


def _told(decision: Decision) -> str:
    task = decision.task_id or ""
    kind = decision.kind.value
    return (
        f"{decision.decision}: {decision.value}\n{decision.reason}\n"
        f"by {decision.approver}\n{kind} {task} {decision.ref}".rstrip()
    )


def _knowledge(parts: Parts, words: Words) -> _Hits:
    for found in knowledge_files(parts.settings.brain, parts.secrecy.codec):
        if words.are_in(f"{found.ko_id} {found.title} {found.text}"):
            yield SearchHit(
                group=SearchGroup.KNOWLEDGE,
                where=f"{found.title} ({found.shelf.value})",
                excerpt=words.excerpt(found.text),
                at=found.changed_at.isoformat(),
                ref=found.file,
            )
        yield None


def _transcripts(parts: Parts, words: Words) -> _Hits:
    """Task by task, those that were written to last first; so are the hits of each iteration."""
    folders: list[tuple[int, str]] = []
    for number, entry in enumerate(_entries(parts.settings.state / "transcripts")):
        if entry.is_dir(follow_symlinks=False):
            folders.append((-entry.stat(follow_symlinks=False).st_mtime_ns, entry.path))
        if number % _FOLDERS_AT_ONCE == 0:
            yield None
    for _, folder in sorted(folders):
        files = [Path(entry.path) for entry in _entries(Path(folder))]
        numbered = [path for path in files if path.suffix == ".jsonl" and path.stem.isdigit()]
        for path in sorted(numbered, key=lambda path: -int(path.stem)):
            yield from _transcript(parts, words, path)


def _transcript(parts: Parts, words: Words, path: Path) -> _Hits:
    codec = parts.secrecy.codec
    newest: deque[SearchHit] = deque(maxlen=_HITS_PER_TRANSCRIPT)
    count, task_id, iteration = 0, TaskId(path.parent.name), int(path.stem)
    for raw in words.json_lines(path, is_sealed=not codec.is_plain):
        if raw is None:
            yield None
            continue
        entry = decoded(raw, codec)
        if words.are_in(entry.text):
            count += 1
            newest.append(
                SearchHit(
                    group=SearchGroup.TRANSCRIPTS,
                    where=f"{task_id}, iteration {iteration}, {entry.kind.value}",
                    excerpt=words.excerpt(entry.text),
                    task_id=task_id,
                    iteration=iteration,
                    at=entry.at,
                    more=max(count - _HITS_PER_TRANSCRIPT, 0),
                )
            )
    yield from reversed(newest)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
