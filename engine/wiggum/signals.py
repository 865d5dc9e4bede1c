"""What an agent says about its own work. It starts verification and never replaces it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.domain.work import TaskType

WORD_OF_TYPE: Mapping[TaskType, str] = {
    TaskType.BUGFIX: "BUGFIX_COMPLETE",
    TaskType.CODE_QUALITY: "CODE_QUALITY_COMPLETE",
    TaskType.TEST_FIX: "TEST_FIX_COMPLETE",
    TaskType.FEATURE: "FEATURE_COMPLETE",
    TaskType.TEST: "TEST_WRITER_COMPLETE",
}
BLOCKED_FORM = "<promise>BLOCKED: reason</promise>"
"""How an agent says that only a human can go on."""

_SEARCHED_CHARS = 2_000
_REASON_CHARS = 500
_FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_PROMISE = re.compile(r"<\s*promise\s*>\s*([^<]*?)\s*<\s*/\s*promise\s*>", re.IGNORECASE)
_BLOCKED = re.compile(r"BLOCKED\s*(?::\s*(.*))?", re.IGNORECASE | re.DOTALL)


def signal_of(task_type: TaskType) -> str:
    """The completion signal of a task type.

    >>> signal_of(TaskType.BUGFIX)
    '<promise>BUGFIX_COMPLETE</promise>'
    """
    return f"<promise>{WORD_OF_TYPE[task_type]}</promise>"


def has_signal(text: str, task_type: TaskType) -> bool:
    """Whether the end of `text` holds the completion signal of the type, in any case and spacing.

    Only the last 2,000 characters count, and nothing inside a fenced code block.
    """
    return any(word.upper() == WORD_OF_TYPE[task_type] for word in _promises(text))


def blocked_reason(text: str) -> str | None:
    """Why the agent says that only a human can go on, in one line; None if it does not say so."""
    for word in reversed(_promises(text)):
        if match := _BLOCKED.fullmatch(word):
            reason = " ".join((match[1] or "").split())
            return reason[:_REASON_CHARS] or "no reason given"
    return None


def _promises(text: str) -> list[str]:
    return _PROMISE.findall(_FENCE.sub("", text)[-_SEARCHED_CHARS:])
