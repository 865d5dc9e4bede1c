"""What the merge queue did while the cockpit was open, in a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aio_tui.commands.base import key_of
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

    def hear(self, tasks: Sequence[WorkItem], base_branch: str | None) -> Line | None:
        """What to tell of merges and reverts that ended since the last call; None: none did."""
        before, self._known = self._known, {item.task_id: item for item in tasks}
        seen = [(before[item.task_id], item) for item in tasks if item.task_id in before]
        changed = [(was, now) for was, now in seen if was.merge_state is not now.merge_state]
        for was, now in changed:
            if was.merge_state is MergeState.QUEUED and (why := _refusal(now)):
                return line((f"✗ {now.task_id} is not merged: {why}", Tone.BAD))
        merged = [now for _, now in changed if now.merge_state is MergeState.MERGED]
        if merged:
            return line((f"✓ {_merged(merged, base_branch or 'the base branch')}", Tone.GOOD))
        reverted = [now for _, now in changed if now.merge_state is MergeState.REVERTED]
        return line((f"✓ {_reverted(reverted)}", Tone.GOOD)) if reverted else None


def _merged(items: Sequence[WorkItem], base_branch: str) -> str:
    first, revert = items[0], key_of("revert")
    if len(items) > 1:
        names = ", ".join(item.task_id for item in items)
        return f"{names} are merged into {base_branch}; {revert} reverts the selected one"
    commit = (first.merged_commit or "")[:_HASH]
    return f"{first.task_id} is merged into {base_branch} as {commit}; {revert} reverts it"


def _reverted(items: Sequence[WorkItem]) -> str:
    names = ", ".join(item.task_id for item in items)
    return f"{names}: the merge is reverted; {key_of('retry')} lets an agent try again"


def _refusal(item: WorkItem) -> str:
    """Why work that was in line came out of it unmerged; empty: nothing went wrong."""
    if item.error_log:
        return item.error_log
    why = _WHY_NOT.get(item.merge_state) if item.merge_state else None
    return f"{why}; it is with its agent again" if why else ""
