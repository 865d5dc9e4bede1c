"""Changes as the rules against tampering see them, without any repository."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.change import FileChange
from engine.domain.verdict import Reason
from engine.domain.work import TaskType
from engine.ralph.evidence import BaselineResult, Evidence
from engine.ralph.paths import is_test_file
from engine.ralph.tamper.catalogue import TAMPER_RULES

Files = Mapping[str, str | bytes]


def change_evidence(
    before: Files,
    after: Mapping[str, str | bytes | None],
    *,
    task_type: TaskType = TaskType.BUGFIX,
    scope: tuple[str, ...] = (),
) -> Evidence:
    """Evidence of a change: the files of a tree, and what becomes of some of them (None: gone)."""
    changes = tuple(
        FileChange(path=path, before=_bytes(before.get(path)), after=_bytes(content))
        for path, content in sorted(after.items())
        if _bytes(before.get(path)) != _bytes(content)
    )
    return Evidence(
        task_type=task_type,
        targets=(),
        reports=(),
        baseline=BaselineResult(base_commit="c0", tree_hash="t0", checks={}),
        changed_files=tuple(change.path for change in changes),
        base_test_files=frozenset(filter(is_test_file, before)),
        tree_hash="t1",
        base_commit="c0",
        changes=changes,
        scope=scope,
        files_at_base=frozenset(before),
        test_sources={
            path: _bytes(text) or b"" for path, text in before.items() if is_test_file(path)
        },
    )


def _bytes(content: str | bytes | None) -> bytes | None:
    return content.encode() if isinstance(content, str) else content


def tampering(evidence: Evidence) -> tuple[Reason, ...]:
    """What the rules object to, in their order."""
    return tuple(ground.reason for rule in TAMPER_RULES for ground in rule(evidence))
