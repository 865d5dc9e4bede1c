"""Decisions on disk, appended and synced before what they decide takes effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from pathlib import Path

from engine.audit.appending import append
from engine.audit.lines import GENESIS, chain_of, content_of, decision_in
from engine.domain.decision import Decision, DecisionKind
from engine.domain.errors import StoreError
from engine.domain.ids import parse_task_id

_GUARDRAILS = frozenset(
    {
        DecisionKind.GUARDRAIL,
        DecisionKind.GUARDRAIL_OVERRIDE,
        DecisionKind.ESCALATION_ANSWER,
        DecisionKind.HOOK,
    }
)
_GOVERNANCE = frozenset(
    {
        DecisionKind.BUDGET_CHANGE,
        DecisionKind.VERDICT_OVERRIDE,
        DecisionKind.MERGE,
        DecisionKind.MERGE_REVERT,
        DecisionKind.POISON,
        DecisionKind.CONTRACT_CHANGE,
        DecisionKind.SANDBOX,
    }
)


class DecisionLog:
    """The decisions of one repository.

    `{task_id}.jsonl` holds a task's decisions. Those on guardrails stand a second time in
    `guardrails/{YYYY-MM}.jsonl`; budget changes, verdict overrides and poison tasks a second time
    in `governance/{YYYY-MM}.jsonl`, where run-wide ones stand alone. Threads and processes may
    write at the same time.

    Args:
        folder: the `decisions` folder itself; created on the first record.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self, decision: Decision) -> None:
        """Append it; it is on disk when this returns. Act only then.

        Raises:
            InputError: its task id, time or numbers are malformed; nothing was written.
            StoreError: it could not be made durable; do not act on it.
        """
        self.record_many((decision,))

    def record_many(self, decisions: Sequence[Decision]) -> None:
        """Append them in this order, with one sync for each file; none writes nothing.

        Raises:
            InputError: one is malformed; none was written.
            StoreError: not all could be made durable; act on none. A line may have been written
                already; a repeated one bears the same `ref`.
        """
        contents: dict[str, list[bytes]] = {}
        for decision in decisions:
            content = content_of(decision)
            for name in _files_of(decision):
                contents.setdefault(name, []).append(content)
        for name, lines in contents.items():
            path = f"{self._folder}/{name}"
            try:
                append(path, lines)
            except OSError as exc:
                raise _unusable(path, "written", exc) from exc

    def read(self, task_id: str | None) -> tuple[list[Decision], list[str]]:
        """Decisions of one task, or with None the run-wide ones, in the order of their files, and
        one warning for each line that is torn, altered or of a kind this program does not know.

        Raises:
            InputError: the task id is malformed.
            StoreError: a file is there but cannot be read.
        """
        if task_id is not None:
            return self._read((f"{parse_task_id(task_id)}.jsonl",))
        decisions, warnings = self._read(self._names("governance"))
        return [decision for decision in decisions if decision.task_id is None], warnings

    def read_all(self) -> tuple[list[Decision], list[str]]:
        """Every decision once, oldest first, and the warnings.

        Raises:
            StoreError: a file is there but cannot be read.
        """
        of_tasks, task_warnings = self._read(self._names("."))
        run_wide, run_warnings = self.read(None)
        decisions = sorted(of_tasks + run_wide, key=lambda decision: decision.at)
        return decisions, task_warnings + run_warnings

    def verify(self) -> list[str]:
        """One line for each torn, altered or missing line in any file; empty: all is intact.

        Raises:
            StoreError: a file is there but cannot be read.
        """
        names = (name for part in (".", "governance", "guardrails") for name in self._names(part))
        return [fault for name in names for fault in _faults(name, self._lines(name))]

    def _read(self, names: Iterable[str]) -> tuple[list[Decision], list[str]]:
        decisions: list[Decision] = []
        warnings: list[str] = []
        for name in names:
            for number, line in enumerate(self._lines(name), 1):
                decision = decision_in(line)
                if decision is None:
                    warnings.append(f"decisions/{name} line {number} cannot be read")
                else:
                    decisions.append(decision)
        return decisions, warnings

    def _names(self, part: str) -> list[str]:
        """Names of the files in a part of the folder, relative to it, sorted."""
        return sorted(
            path.relative_to(self._folder).as_posix()
            for path in (self._folder / part).glob("*.jsonl")
        )

    def _lines(self, name: str) -> list[bytes]:
        try:
            content = (self._folder / name).read_bytes()
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise _unusable(f"{self._folder}/{name}", "read", exc) from exc
        lines = content.split(b"\n")
        return lines if lines[-1] else lines[:-1]


def _files_of(decision: Decision) -> Iterator[str]:
    month = decision.at.astimezone(UTC).isoformat()[:7]
    if decision.task_id is not None:
        yield f"{parse_task_id(decision.task_id)}.jsonl"
    if decision.kind in _GUARDRAILS:
        yield f"guardrails/{month}.jsonl"
    if decision.task_id is None or decision.kind in _GOVERNANCE:
        yield f"governance/{month}.jsonl"


def _faults(name: str, lines: Iterable[bytes]) -> Iterator[str]:
    newest = GENESIS
    for number, line in enumerate(lines, 1):
        chain = chain_of(line)
        if chain is None:
            yield f"decisions/{name} line {number} is torn or altered"
            continue
        digest, prev = chain
        if prev != newest:
            yield f"decisions/{name} line {number} does not follow the line before it"
        newest = digest


def _unusable(path: str, what: str, exc: OSError) -> StoreError:
    return StoreError(
        f"decision log {path!r} cannot be {what}: {exc.strerror}",
        hint="nothing was done; free disk space or fix the access rights, then run again",
    )
