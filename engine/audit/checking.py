"""Looking at every line of the log: is it as it was written, and is it all there?"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine.audit.beginning import beginning_in
from engine.audit.head import Head, decoded
from engine.audit.lines import GENESIS, Line, decision_of
from engine.audit.mending import ADOPTED
from engine.audit.places import HEAD, Raw, all_files, files_of, is_copy, raw_lines
from engine.domain.audit import Anchor, AuditFault, AuditReport, NewBeginning
from engine.domain.decision import DecisionKind

FOLDER = "decisions"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    path: str
    number: int
    line: Line

    def fault(self, what: str) -> AuditFault:
        return AuditFault(file=f"{FOLDER}/{self.path}", line=self.number, what=what)


@dataclass
class _Findings:
    """What one pass over the files has seen."""

    faults: list[AuditFault] = field(default_factory=list)
    own: dict[int, _Place] = field(default_factory=dict)
    """Decisions by number."""
    copies: dict[str, dict[int, _Place]] = field(default_factory=dict)
    """Copies by file and number."""
    older: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Count and last hash of lines without a number, by file."""
    lines: int = 0
    files: int = 0


def check(folder: Path, anchors: Sequence[Anchor]) -> AuditReport:
    """Compare the log with itself, its head and the anchors. Writes nothing; waits for writers.

    Raises:
        OSError: a file cannot be read.
    """
    with _held(folder) as raw_head:
        head = None if raw_head is None else decoded(raw_head)
        begun = head.begun if head is not None else {}
        found = _Findings()
        for name in all_files(folder):
            _look_through(folder, name, begun.get(name), found)
    beginning = _beginning(found)
    _check_numbers(found, beginning)
    _check_copies(found, begun)
    _check_older(found)
    _check_head(found, raw_head, head)
    known = list(anchors)
    if head is not None:
        known.append(Anchor(source=f"{FOLDER}/{HEAD}", seq=head.seq, digest=head.digest))
    _check_end(found, known, beginning)
    newest = max(found.own, default=0)
    return AuditReport(
        decisions=len(found.own),
        lines=found.lines,
        files=found.files,
        newest=found.own[newest].line.digest if newest else GENESIS,
        anchors=tuple(anchors),
        faults=tuple(found.faults),
        beginning=beginning,
    )


@contextmanager
def _held(folder: Path) -> Iterator[bytes | None]:
    """The head's content while no writer is at work; None: there is no head."""
    try:
        descriptor = os.open(folder / HEAD, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    finally:
        os.close(descriptor)


def _look_through(folder: Path, name: str, begun_at: int | None, found: _Findings) -> None:
    newest, last_seq = GENESIS, 0
    found.files += 1
    for raw in raw_lines(folder, name):
        found.lines += 1
        line = raw.line
        if line is None:
            is_unfinished = begun_at is not None and raw.start >= begun_at and not raw.is_whole
            if not is_unfinished:
                found.faults.append(_fault(raw, "is torn or altered"))
            continue
        if line.prev != newest:
            found.faults.append(_fault(raw, "does not follow the line before it"))
        newest = line.digest
        if not line.seq:
            count, _ = found.older.get(name, (0, ""))
            found.older[name] = (count + 1, line.digest)
            if last_seq:
                found.faults.append(_fault(raw, "has no number, but the line before it has"))
            continue
        if line.seq <= last_seq:
            found.faults.append(_fault(raw, f"has number {line.seq} after {last_seq}"))
        last_seq = line.seq
        _note(name, _Place(path=raw.path, number=raw.number, line=line), found)


def _note(name: str, place: _Place, found: _Findings) -> None:
    line = place.line
    known = found.copies.setdefault(name, {}) if is_copy(name, line) else found.own
    if line.seq in known:
        other = known[line.seq]
        what = f"has number {line.seq} as {FOLDER}/{other.path} line {other.number} has"
        found.faults.append(place.fault(what))
        return
    known[line.seq] = place


def _fault(raw: Raw, what: str) -> AuditFault:
    return AuditFault(file=f"{FOLDER}/{raw.path}", line=raw.number, what=what)


def _beginning(found: _Findings) -> NewBeginning | None:
    """What the first decision says of those before it; None: it is the first of all."""
    first = min(found.own, default=1)
    return beginning_in(first, found.own[first].line) if first > 1 else None


def _check_numbers(found: _Findings, beginning: NewBeginning | None) -> None:
    """Each decision follows the one with the number before."""
    newest, last_seq = GENESIS, 0
    if beginning is not None:
        last_seq = beginning.first_seq - 1
        newest = found.own[beginning.first_seq].line.before
    for seq in sorted(found.own):
        place = found.own[seq]
        if seq != last_seq + 1:
            missing = _numbers(last_seq + 1, seq - 1)
            found.faults.append(place.fault(f"has number {seq}, but before it {missing} missing"))
        elif place.line.before != newest:
            what = f"does not follow decision {last_seq}, which stands in another file"
            found.faults.append(place.fault(what))
        newest, last_seq = place.line.digest, seq


def _check_copies(found: _Findings, begun: Mapping[str, int]) -> None:
    """Each decision that has a copy has it, and the copy says the same."""
    expected: set[tuple[str, int]] = set()
    for seq, place in sorted(found.own.items()):
        decision = decision_of(place.line.content)
        for name in files_of(decision)[1:] if decision is not None else ():
            expected.add((name, seq))
            copy = found.copies.get(name, {}).get(seq)
            if copy is None and name not in begun:
                what = f"lacks its copy of decision {seq} ({FOLDER}/{place.path} {place.number})"
                found.faults.append(AuditFault(file=f"{FOLDER}/{name}", line=None, what=what))
            elif copy is not None and copy.line.content != place.line.content:
                what = f"is no true copy of {FOLDER}/{place.path} line {place.number}"
                found.faults.append(copy.fault(what))
    for copies in found.copies.values():
        for seq, copy in copies.items():
            if seq not in found.own:
                found.faults.append(copy.fault(f"copies decision {seq}, which is missing"))


def _check_older(found: _Findings) -> None:
    """Lines of the older form are those that were taken over."""
    adopted: dict[str, list[object]] = {}
    for place in found.own.values():
        decision = decision_of(place.line.content)
        if decision is None or decision.kind is not DecisionKind.LOG:
            continue
        if decision.decision == ADOPTED and decision.approver == "engine":
            try:
                adopted.update(json.loads(decision.value))
            except (ValueError, TypeError):
                found.faults.append(place.fault("does not say what it adopts"))
    for name in sorted({*adopted, *(found.older if found.own else ())}):
        if [*found.older.get(name, (0, ""))] != adopted.get(name):
            what = "is not as it was when lines of the older form were taken over"
            found.faults.append(AuditFault(file=f"{FOLDER}/{name}", line=None, what=what))


def _check_head(found: _Findings, raw: bytes | None, head: Head | None) -> None:
    newest = max(found.own, default=0)
    file = f"{FOLDER}/{HEAD}"
    if raw is None:
        if newest:
            found.faults.append(AuditFault(file=file, line=None, what="is missing"))
    elif head is None:
        found.faults.append(AuditFault(file=file, line=None, what="is altered"))
    elif head.seq < newest and not head.begun:
        what = f"ends at decision {head.seq}, but the log at {newest}"
        found.faults.append(AuditFault(file=file, line=None, what=what))


def _check_end(found: _Findings, anchors: Sequence[Anchor], beginning: NewBeginning | None) -> None:
    """Nothing is missing after the last decision, and those that are remembered are the same."""
    newest = max(found.own, default=0)
    longest = max(anchors, key=lambda anchor: anchor.seq, default=None)
    if longest is not None and longest.seq > newest:
        who = ", ".join(anchor.source for anchor in anchors if anchor.seq == longest.seq)
        what = f"at its end {_numbers(newest + 1, longest.seq)} missing, says {who}"
        found.faults.append(AuditFault(file=FOLDER, line=None, what=what))
    first = found.own[beginning.first_seq] if beginning is not None else None
    for anchor in anchors:
        place = found.own.get(anchor.seq)
        is_before = first is not None and anchor.seq == first.line.seq - 1
        if first is not None and is_before and first.line.before != anchor.digest:
            found.faults.append(first.fault(f"begins after another log than {anchor.source} knows"))
        if place is not None and place.line.digest != anchor.digest:
            what = f"is not the decision {anchor.seq} that {anchor.source} remembers"
            found.faults.append(place.fault(what))


def _numbers(first: int, last: int) -> str:
    return f"decision {first} is" if first == last else f"decisions {first} to {last} are"
