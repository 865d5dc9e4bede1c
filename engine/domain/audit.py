"""What a look at the whole decision log finds."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.decision import Decision
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFault:
    """Something that is not as it was written."""

    file: str
    """Relative to `.aibrain`; the folder `decisions` itself where no single file is to blame."""
    line: int | None
    """From 1; None: no single line is to blame."""
    what: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file} line {self.line}"
        return f"{where} {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The newest decision, as something outside of the log's folder remembers it."""

    source: str
    """Who remembers."""
    seq: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBeginning:
    """The operator said that what stood before this decision is not to be looked for any more."""

    decision: Decision
    first_seq: int
    """The first number that is looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """A decision and where it stands."""

    decision: Decision
    file: str
    """Relative to `.aibrain`."""
    line: int
    seq: int
    """Its number in the whole log; 0: it is of the older form and has none."""
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailMark:
    """How far a log was read."""

    ends: Mapping[str, tuple[int, int, int]]
    """By file: its inode, and how many bytes and lines of it were read."""
    archives: int
    """How many times files had been put away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailNews:
    """What a look at the log gives to whoever keeps what the looks before gave."""

    is_afresh: bool
    """These are all decisions: forget what was read before."""
    recorded: tuple[RecordedDecision, ...]
    """In their order; one that an earlier look missed may belong before what it gave."""
    warnings: tuple[str, ...]
    """Lines of these that cannot be read."""
    mark: TrailMark
    """For the next look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The log as it is."""

    decisions: int
    """Its numbered decisions."""
    lines: int
    files: int
    newest: str
    """Hash of the last decision; compare it with one that was noted elsewhere."""
    anchors: tuple[Anchor, ...]
    """What the log was compared with."""
    faults: tuple[AuditFault, ...]
    """In the order of files and lines; empty: all is intact."""
    beginning: NewBeginning | None = None
    """None: the log begins with its first decision."""
