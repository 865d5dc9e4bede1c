"""Names of things, and the one place that decides which strings may be such names."""

from __future__ import annotations

import re
from typing import NewType

from engine.domain.errors import InputError

TaskId = NewType("TaskId", str)
EscalationId = NewType("EscalationId", str)
OrderId = NewType("OrderId", str)
WorkerId = NewType("WorkerId", str)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def parse_task_id(raw: str) -> TaskId:
    """The task id `raw`, safe as a file name and as part of a git branch.

    Raises:
        InputError: it could leave its folder, or git would refuse it.
    """
    return TaskId(_parse_name(raw, "task id"))


def parse_project(raw: str) -> str:
    """The project name `raw`, under the same rule as task ids."""
    return _parse_name(raw, "project name")


def _parse_name(raw: str, what: str) -> str:
    is_safe = _NAME.fullmatch(raw) and ".." not in raw and not raw.endswith((".", ".lock"))
    if not is_safe:
        raise InputError(
            f"{what} {raw[:100]!r} is not allowed",
            hint="use 1 to 80 letters, digits, '.', '_' or '-', starting with a letter or digit",
        )
    return raw
