"""What remains to do once a task has ended: its memory is archived, its worktree closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from engine.domain.state import ENDED, TaskState, Trigger
from engine.domain.work import MergeState, WorkItem
from engine.ports.store import Store
from engine.ports.workspace import Workspace
from engine.session.state import SessionState


async def tidy(
    item: WorkItem,
    *,
    store: Store,
    workspace: Workspace,
    brain: Path,
    merge_state_of: Callable[[WorkItem], MergeState | None],
) -> None:
    """Complete a passed task, or clear up after one that ended otherwise; its branch stays, and
    waits to be merged as `merge_state_of` says.

    May be repeated: each step finds out what is done already.

    Raises:
        WorkspaceError, StoreError: it is still to be done; the next start tries again.
    """
    if item.state is TaskState.PASSED:
        memory = SessionState(item.task_id, item.project, folder=brain)
        await asyncio.to_thread(memory.archive)
        await workspace.close(item)
        changes = {"merge_state": merge_state_of(item), "merged_commit": None}
        await store.write(lambda tx: tx.move(item.task_id, Trigger.COMPLETE, changes=changes))
    elif item.state in ENDED:
        now = await store.read(lambda reader: reader.task(item.task_id))
        if now.state is not TaskState.TAKEN:
            await workspace.close(item)
