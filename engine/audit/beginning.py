"""Going on without what is gone: the operator's word for it is the first line of the new log."""

from __future__ import annotations

import json
from pathlib import Path

from engine.audit.appending import Entry, LockedLog, sync_folders
from engine.audit.head import Head, boot_id
from engine.audit.lines import Line, content_of, decision_of
from engine.audit.mending import Note, newest_of
from engine.audit.places import ARCHIVE, PARTS, all_files, files_of, live_files
from engine.domain.audit import AuditReport, NewBeginning
from engine.domain.decision import DecisionKind

GIVEN_UP = "given-up"
BEGUN_ANEW = "begun anew"
_TOLD_FAULTS = 20


def begin_anew(
    log: LockedLog, report: AuditReport, note: Note, *, by: str, reason: str
) -> NewBeginning:
    """Put all files away and begin after the highest number that anything remembers.

    A crash on the way leaves a log with faults: it can be said again.

    Raises:
        OSError: a file cannot be moved or written.
    """
    ends = [newest_of(log, all_files(log.folder)), *filter(None, [log.witnessed])]
    ends += [Head(seq=anchor.seq, digest=anchor.digest) for anchor in report.anchors]
    end = max(ends, key=lambda one: one.seq)
    told = {
        "after": end.seq,
        "hash": end.digest,
        "put_away": _put_away(log.folder),
        "faults": [str(fault) for fault in report.faults[:_TOLD_FAULTS]],
        "more_faults": max(0, len(report.faults) - _TOLD_FAULTS),
    }
    log.put(Head(seq=end.seq, digest=end.digest, boot=boot_id()))
    decision = note.decision(BEGUN_ANEW, json.dumps(told), reason, by=by)
    log.append([Entry(content=content_of(decision), files=files_of(decision))])
    return NewBeginning(decision=decision, first_seq=end.seq + 1)


def beginning_in(seq: int, line: Line) -> NewBeginning | None:
    """What the first line of a log says of what was before; None: nothing."""
    decision = decision_of(line.content)
    if decision is None or decision.kind is not DecisionKind.LOG:
        return None
    is_one = decision.decision == BEGUN_ANEW
    return NewBeginning(decision=decision, first_seq=seq) if is_one else None


def _put_away(folder: Path) -> str | None:
    """Where all files went, relative to the folder; None: there was none."""
    names = [*live_files(folder), *([ARCHIVE] if (folder / ARCHIVE).exists() else [])]
    if not names:
        return None
    shelf = folder / GIVEN_UP
    shelf.mkdir(mode=0o700, exist_ok=True)
    target = shelf / f"{len(list(shelf.iterdir())) + 1:04d}"
    for name in names:
        path = target / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / name).rename(path)
    for part in PARTS:
        if (folder / part).is_dir():
            sync_folders(folder / part)
    sync_folders(target)
    return target.relative_to(folder).as_posix()
