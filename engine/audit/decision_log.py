"""Decisions on disk, appended and synced before what they decide takes effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from engine.audit.appending import Entry, LockedLog, locked, sync_folders
from engine.audit.beginning import begin_anew
from engine.audit.checking import check
from engine.audit.following import FOLDER, mark_before, read_from
from engine.audit.head import Head, Witness
from engine.audit.lines import content_of, decision_of, line_in
from engine.audit.mending import ARCHIVED, Note, mend
from engine.audit.places import (
    ARCHIVE,
    all_files,
    archives,
    files_of,
    is_copy,
    live_files,
    raw_lines,
)
from engine.domain.audit import (
    Anchor,
    AuditReport,
    NewBeginning,
    RecordedDecision,
    TrailMark,
    TrailNews,
)
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import StoreError
from engine.domain.ids import parse_task_id

WITNESS = "the operator's own state folder"


class DecisionLog:
    """The decisions of one repository.

    `{task_id}.jsonl` holds a task's decisions. Those on guardrails stand a second time in
    `guardrails/{YYYY-MM}.jsonl`; merges, changes of budgets, verdicts and contracts, and poison
    tasks a second time in `governance/{YYYY-MM}.jsonl`, where run-wide ones stand alone. Threads
    and processes may write at the same time. Numbers give the order, not the clock.

    Args:
        folder: the `decisions` folder itself; created on the first record.
        witness: the operator's own folder that remembers the newest decision; None: nothing does.
        rotate_bytes: a file that has grown beyond is archived before the next line.
    """

    def __init__(
        self, folder: Path, *, witness: Path | None = None, rotate_bytes: int = 32_000_000
    ) -> None:
        self._folder = folder
        self._witness = None if witness is None else Witness(witness, folder)
        self._rotate_bytes = rotate_bytes
        self.newest: Head | None = None
        """The end of the log after the last line of this object; None: it has written none."""

    def record(self, decision: Decision) -> None:
        """Append it; it is on disk when this returns. Act only then.

        Raises:
            InputError: its task id, time or numbers are malformed; nothing was written.
            StoreError: it could not be made durable; do not act on it.
        """
        self.record_many((decision,))

    def record_many(self, decisions: Sequence[Decision]) -> None:
        """Append them in this order, with one sync for each task's file; none writes nothing.

        Raises:
            InputError: one is malformed; none was written.
            StoreError: not all could be made durable; act on none.
        """
        entries = [Entry(content=content_of(one), files=files_of(one)) for one in decisions]
        if not entries:
            return
        note = Note(at=decisions[0].at, repo=decisions[0].repo)
        try:
            with locked(self._folder, self._witness) as log:
                self._prepare(log, note, {name for entry in entries for name in entry.files})
                log.append(entries)
                self.newest = log.head
        except OSError as exc:
            raise _unusable(exc.filename or self._folder, "written", exc) from exc

    def archive(
        self, task_ids: Iterable[str] | None, *, before: str, at: datetime, repo: str, by: str
    ) -> list[str]:
        """Move files into the archive; their chains go on. The names of those that were moved.

        Args:
            task_ids: whose files; None: those of all tasks.
            before: months such as `2026-03`, before which the files of months are moved as well.
            at: the time of the line that says so.
            repo: the project.
            by: who wants it.

        Raises:
            InputError: a task id is malformed; nothing was moved.
            StoreError: it could not be done.
        """
        wanted = None if task_ids is None else {f"{parse_task_id(one)}.jsonl" for one in task_ids}
        names = [name for name in live_files(self._folder) if _is_wanted(name, wanted, before)]
        if not names:
            return []
        note = Note(at=at, repo=repo)
        try:
            with locked(self._folder, self._witness) as log:
                self._prepare(log, note, set())
                self._put_away(log, names, note, by)
        except OSError as exc:
            raise _unusable(exc.filename or self._folder, "archived", exc) from exc
        return names

    def begin_anew(
        self, report: AuditReport, *, at: datetime, repo: str, by: str, reason: str
    ) -> NewBeginning:
        """Put all files away, faults and all, and begin with a line that says so.

        Args:
            report: what a look at the log found, with what else remembers its end.
            at: the time of the line.
            repo: the project.
            by: who wants it.
            reason: why.

        Raises:
            StoreError: it could not be done; may be repeated.
        """
        try:
            with locked(self._folder, self._witness) as log:
                note = Note(at=at, repo=repo)
                beginning = begin_anew(log, report, note, by=by, reason=reason)
                self.newest = log.head
        except OSError as exc:
            raise _unusable(exc.filename or self._folder, "begun anew", exc) from exc
        return beginning

    def read(self, task_id: str | None) -> tuple[list[Decision], list[str]]:
        """Decisions of one task, or with None the run-wide ones, in the order in which they
        were taken, and one warning for each line that is torn, altered or of a kind this program
        does not know.

        Raises:
            InputError: the task id is malformed.
            StoreError: a file is there but cannot be read.
        """
        found, warnings = self.recorded(task_id)
        return [one.decision for one in found], warnings

    def recorded(self, task_id: str | None) -> tuple[list[RecordedDecision], list[str]]:
        """As `read`, with the places where they stand."""
        if task_id is not None:
            names = [f"{parse_task_id(task_id)}.jsonl"]
        else:
            names = [name for name in all_files(self._folder) if name.startswith("governance/")]
        return self._read(names)

    def news(self, mark: TrailMark | None) -> TrailNews:
        """What was added since `mark`; all there is for None, or after files were moved, cut or
        replaced.

        Raises:
            StoreError: a file is there but cannot be read.
        """
        try:
            added = None if mark is None else read_from(self._folder, mark)
            is_afresh = added is None
            if added is None:
                added = self._all_of_it()
        except OSError as exc:
            raise _unusable(exc.filename or self._folder, "read", exc) from exc
        found, warnings, ends = added
        return TrailNews(
            is_afresh=is_afresh,
            recorded=tuple(_in_order(found)),
            warnings=tuple(warnings),
            mark=ends,
        )

    def _all_of_it(self) -> tuple[list[RecordedDecision], list[str], TrailMark]:
        """The archive, and the files in use from their beginnings."""
        while True:
            before = mark_before(self._folder)
            archived, torn = self._read(
                [name for name in all_files(self._folder) if not name.startswith("guardrails/")],
                only=f"{FOLDER}/{ARCHIVE}/",
            )
            in_use = read_from(self._folder, before)
            if in_use is not None:  # else somebody has just put files away
                found, warnings, mark = in_use
                return archived + found, torn + warnings, mark

    def newest_run_wide(self, kind: DecisionKind) -> Decision | None:
        """The last decision of this kind that is about no task; None: there is none.

        Raises:
            StoreError: a file is there but cannot be read.
        """
        mark = f'"kind":"{kind}"'.encode()
        months = {name for name in all_files(self._folder) if name.startswith("governance/")}
        try:
            for name in sorted(months, reverse=True):
                for raw in reversed(list(raw_lines(self._folder, name))):
                    line = line_in(raw.text) if mark in raw.text else None
                    if line is not None and not is_copy(name, line):
                        decision = decision_of(line.content)
                        if decision is not None:
                            return decision
        except OSError as exc:
            raise _unusable(exc.filename or self._folder, "read", exc) from exc
        return None

    def read_all(self) -> tuple[list[Decision], list[str]]:
        """Every decision once, in the order in which they were taken, and the warnings. Those of
        the older form, which have no number, come first, in the order of their times.

        Raises:
            StoreError: a file is there but cannot be read.
        """
        names = [name for name in all_files(self._folder) if not name.startswith("guardrails/")]
        found, warnings = self._read(names)
        return [one.decision for one in found], warnings

    def hashes(self) -> list[str]:
        """Those of all numbered decisions, in their order.

        Raises:
            StoreError: a file is there but cannot be read.
        """
        names = [name for name in all_files(self._folder) if not name.startswith("guardrails/")]
        return [one.digest for one in self._read(names)[0] if one.seq]

    def verify(self) -> list[str]:
        """One line for each fault; empty: all is intact. See `check`."""
        return [str(fault) for fault in self.check().faults]

    def check(self, anchors: Sequence[Anchor] = ()) -> AuditReport:
        """Everything that is torn, altered, missing or out of order, compared with `anchors` and
        the witness.

        Raises:
            StoreError: a file is there but cannot be read.
        """
        seen = None if self._witness is None else self._witness.read()
        if seen is not None:
            anchors = (*anchors, Anchor(source=WITNESS, seq=seen.seq, digest=seen.digest))
        try:
            return check(self._folder, anchors)
        except OSError as exc:
            raise _unusable(exc.filename or self._folder, "read", exc) from exc

    def _prepare(self, log: LockedLog, note: Note, names: set[str]) -> None:
        if log.needs_mending:
            mend(log, note)
        large = [name for name in sorted(names) if _size(self._folder / name) > self._rotate_bytes]
        if large:
            self._put_away(log, large, note, "engine")

    def _put_away(self, log: LockedLog, names: list[str], note: Note, by: str) -> None:
        numbers = [int(path.name) for path in archives(self._folder)]
        target = self._folder / ARCHIVE / f"{max(numbers, default=0) + 1:04d}"
        for name in names:
            path = target / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / name).rename(path)
            sync_folders(path.parent)
        sync_folders(target)
        value = f"{ARCHIVE}/{target.name}: {', '.join(names)}"
        log.append([note.entry(ARCHIVED, value, "the chain goes on in new files", by=by)])

    def _read(
        self, names: Iterable[str], *, only: str = ""
    ) -> tuple[list[RecordedDecision], list[str]]:
        """Without copies, in their order; of files whose path begins with `only`."""
        found: list[RecordedDecision] = []
        warnings: list[str] = []
        try:
            for name in names:
                for raw in raw_lines(self._folder, name):
                    if not f"{FOLDER}/{raw.path}".startswith(only):
                        continue
                    line = line_in(raw.text)
                    if line is not None and is_copy(name, line):
                        continue
                    decision = None if line is None else decision_of(line.content)
                    if line is None or decision is None:
                        warnings.append(f"decisions/{raw.path} line {raw.number} cannot be read")
                    else:
                        place = RecordedDecision(
                            decision=decision,
                            file=f"decisions/{raw.path}",
                            line=raw.number,
                            seq=line.seq,
                            digest=line.digest,
                        )
                        found.append(place)
        except OSError as exc:
            raise _unusable(exc.filename or self._folder, "read", exc) from exc
        return _in_order(found), warnings


def _in_order(found: list[RecordedDecision]) -> list[RecordedDecision]:
    """By number; those of the older form, which have none, before them by time."""
    older = sorted((one for one in found if not one.seq), key=lambda one: one.decision.at)
    newer = sorted((one for one in found if one.seq), key=lambda one: one.seq)
    return older + newer


def _is_wanted(name: str, wanted: set[str] | None, before: str) -> bool:
    _, slash, month = name.rpartition("/")
    if slash:
        return month.removesuffix(".jsonl") < before
    return wanted is None or name in wanted


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _unusable(path: object, what: str, exc: OSError) -> StoreError:
    return StoreError(
        f"decision log {str(path)!r} cannot be {what}: {exc.strerror}",
        hint="nothing was done; free disk space or fix the access rights, then run again",
    )
