"""What a writer does first when the one before him did not come to his end.

The rest of a line goes if it was begun and never told of. A copy that is missing at the end of its
file is made again. Lines of the older form are taken over: their count and last hash become part
of the chain. What is missing according to the witness stays missing: the numbers go on after it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from engine.audit.appending import Entry, LockedLog, copy_lines
from engine.audit.head import Head, boot_id
from engine.audit.lines import Line, content_of, decision_of, line_in
from engine.audit.places import (
    all_files,
    files_of,
    is_copy,
    live_files,
    raw_lines,
)
from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.values import dataclass

ADOPTED, HEALED, ARCHIVED = "adopted", "healed", "archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What becomes a decision of the log about itself."""

    at: datetime
    repo: str

    def entry(self, decision: str, value: str, reason: str, *, by: str = "engine") -> Entry:
        """The line for it."""
        made = self.decision(decision, value, reason, by=by)
        return Entry(content=content_of(made), files=files_of(made))

    def decision(self, decision: str, value: str, reason: str, *, by: str) -> Decision:
        """What the line says."""
        return Decision(
            at=self.at,
            kind=DecisionKind.LOG,
            task_id=None,
            repo=self.repo,
            decision=decision,
            value=value,
            confidence=1.0,
            severity=Severity.LOW,
            approver=by,
            reason=reason,
        )


def mend(log: LockedLog, note: Note) -> None:
    """Bring the log into a state in which it can be added to, and say in it what was done.

    Raises:
        OSError: a file cannot be read or written.
    """
    found = log.found
    is_thorough = found is None or found.boot != boot_id()
    begun = found.begun if found is not None else {}
    entries = [note.entry(HEALED, what, "a writer did not end") for what in _cut(log, is_thorough)]
    names = all_files(log.folder) if is_thorough else [*begun]
    newest = newest_of(log, names)
    made = _copy_again(log, names, after=0 if is_thorough or found is None else found.seq)
    if made:
        entries.append(note.entry(HEALED, f"{made} copies", "they were missing at the end"))
    seen = log.witnessed
    if seen is not None and seen.seq > newest.seq:
        newest = seen
    log.put(Head(seq=newest.seq, digest=newest.digest, boot=boot_id()))
    if newest.seq == 0:
        older = _older(log)
        if older:
            entries.insert(0, note.entry(ADOPTED, json.dumps(older), "an older form of the log"))
    if entries:
        log.append(entries)


def _cut(log: LockedLog, is_thorough: bool) -> Iterator[str]:
    """Take away what was begun and is no line; what it was."""
    begun = log.head.begun
    for name in live_files(log.folder) if is_thorough else begun:
        last = None
        for raw in raw_lines(log.folder, name):
            last = raw
        if last is None or last.is_whole or last.start < begun.get(name, 0) or last.path != name:
            continue
        if line_in(last.text) is None:
            os.truncate(log.folder / name, last.start)
            yield f"{name}: {len(last.text)} bytes of an unfinished line"


def newest_of(log: LockedLog, names: list[str]) -> Head:
    """The highest number that the head and these files hold."""
    newest = replace(log.head, begun={})
    for name, line in _numbered(log, names):
        if line.seq > newest.seq and not is_copy(name, line):
            newest = Head(seq=line.seq, digest=line.digest)
    return newest


def _numbered(log: LockedLog, names: list[str]) -> Iterator[tuple[str, Line]]:
    for name in names:
        for raw in raw_lines(log.folder, name):
            line = line_in(raw.text)
            if line is not None and line.seq:
                yield name, line


def _copy_again(log: LockedLog, names: list[str], *, after: int) -> int:
    """Make the copies that the ends of their files lack; how many there were."""
    last: dict[str, int] = {}
    own: list[tuple[int, Line]] = []
    for name, line in _numbered(log, names):
        if is_copy(name, line):
            last[name] = max(last.get(name, 0), line.seq)
        elif line.seq > after:
            own.append((line.seq, line))
    missing: list[tuple[str, bytes]] = []
    for seq, line in sorted(own, key=lambda one: one[0]):
        decision = decision_of(line.content)
        copies = files_of(decision)[1:] if decision is not None else ()
        missing += [(name, line.content) for name in copies if seq > last.get(name, 0)]
    copy_lines(log.folder, missing)
    return len(missing)


def _older(log: LockedLog) -> dict[str, tuple[int, str]]:
    """Count and last hash of the lines of the older form, by file."""
    found: dict[str, tuple[int, str]] = {}
    for name in live_files(log.folder):
        count, digest = 0, ""
        for raw in raw_lines(log.folder, name):
            line = line_in(raw.text)
            if line is not None:
                count, digest = count + 1, line.digest
        if count:
            found[name] = (count, digest)
    return found
