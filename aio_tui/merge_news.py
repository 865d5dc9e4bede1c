"""What the merge queue did while the cockpit was open, in a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aio_tui.commands.catalogue import key_of
from aio_tui.widgets.line import Line, line
from aio_tui.wording import Tone
from engine.domain.ids import TaskId
from engine.domain.work import MergeState, WorkItem

_HASH = 7
_WHY_NOT = {
    MergeState.CONFLICT: "it conflicts with the base branch",
    MergeState.RED: "together with the base branch its checks fail",
}


class MergeNews:
    """Shared by all screens of a cockpit, so that each end of a merge is told once."""

    def __init__(self) -> None:
        self._known: Mapping[TaskId, WorkItem] = {}
        """What is merged when the first overview is read did not happen before our eyes."""

    def hear(
        self, tasks: Sequence[WorkItem], base_branch: str | None, *, only_looks: bool = False
    ) -> Line | None:
        """What to tell of merges and reverts that ended since the last call, and which key goes on
        from there unless one `only_looks`; None: none did.
        """
        before, self._known = self._known, {item.task_id: item for item in tasks}
        seen = [(before[item.task_id], item) for item in tasks if item.task_id in before]
        changed = [(was, now) for was, now in seen if was.merge_state is not now.merge_state]
        for was, now in changed:
            if was.merge_state is MergeState.QUEUED and (why := _refusal(now)):
                return line((f"✗ {now.task_id} is not merged: {why}", Tone.BAD))
        merged = [now for _, now in changed if now.merge_state is MergeState.MERGED]
        if merged:
            told, key = _merged(merged, base_branch or "the base branch")
            return line((f"✓ {told}{'' if only_looks else key}", Tone.GOOD))
        reverted = [now for _, now in changed if now.merge_state is MergeState.REVERTED]
        if not reverted:
            return None
        told, key = _reverted(reverted)
        return line((f"✓ {told}{'' if only_looks else key}", Tone.GOOD))


def _merged(items: Sequence[WorkItem], base_branch: str) -> tuple[str, str]:
    """That they are, and which key undoes it."""
    first, revert = items[0], key_of("revert")
    if len(items) > 1:
        names = ", ".join(item.task_id for item in items)
        return f"{names} are merged into {base_branch}", f"; {revert} reverts the selected one"
    commit = (first.merged_commit or "")[:_HASH]
    return f"{first.task_id} is merged into {base_branch} as {commit}", f"; {revert} reverts it"


def _reverted(items: Sequence[WorkItem]) -> tuple[str, str]:
    names = ", ".join(item.task_id for item in items)
    return f"{names}: the merge is reverted", f"; {key_of('retry')} lets an agent try again"


def _refusal(item: WorkItem) -> str:
    """Why work that was in line came out of it unmerged; empty: nothing went wrong."""
    if item.error_log:
        return item.error_log
    why = _WHY_NOT.get(item.merge_state) if item.merge_state else None
    return f"{why}; it is with its agent again" if why else ""
