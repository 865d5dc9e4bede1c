"""What one iteration leaves behind."""

from __future__ import annotations

import hashlib
from datetime import datetime

from engine.domain.ids import TaskId
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.domain.verdict import Verdict

NO_CHANGE_SHA256 = hashlib.sha256(b"").hexdigest()
"""`diff_sha256` of a task whose branch is as its base is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One finished iteration, as the database records it."""

    task_id: TaskId
    project: str
    iteration_count: int
    """1 for the first iteration."""
    timestamp: datetime
    verdict: Verdict
    session_ref: str
    """Name of the session file."""
    session_sha256: str
    session_text: str
    """The session file's whole text: the copy that is used when the file is lost."""
    commit: str
    """Head of the task's branch after this iteration."""
    diff_sha256: str
    """Of the whole change against the base commit; stall detection compares it."""
    has_signal: bool
    """Whether the agent gave its completion signal."""
    agent: str
    """Backend that worked."""
    duration_s: float
    usage: Usage
    decision: str
    """What Wiggum decided after it, in one line."""
