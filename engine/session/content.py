"""What a task remembers from one iteration to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, structs

from engine.domain.errors import InputError

Count = Annotated[int, Meta(ge=0)]
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
Name = Annotated[str, Meta(pattern=rf"^[^{_UNSEEN}]*\Z")]
"""A short text on one line, without characters that do not show."""

Texts = tuple[str, ...]


class SessionContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state of one task after one iteration.

    Prose (from `objective` on) may hold anything a program can print. A struct, as it is copied
    with changes at every save: ten times as fast as a frozen dataclass.
    """

    task_id: str
    project: str
    checkpoint: Count = 0
    """Number of the file it is in, from 1; 0: not saved yet."""
    iteration_count: Count = 0
    phase: Name = ""
    status: Name = ""
    branch: Name = ""
    commit: Name = ""
    """Head of the branch after the iteration."""
    tokens_used: Count = 0
    """Over all iterations so far."""
    context_window: Count | None = None
    """Tokens that the model can take in; None: unknown."""
    saved_at: Name = ""
    """ISO 8601, UTC, as the caller tells it; empty: it did not."""
    objective: str = ""
    progress: str = ""
    verdict: str = ""
    """What Ralph said, with its reasons."""
    last_output: str = ""
    next_steps: Texts = ()
    open_questions: Texts = ()
    error_history: Texts = ()
    """Oldest first; whoever fills it decides how far back it goes."""


IDENTITY = ("task_id", "project", "checkpoint")
CHANGEABLE = tuple(name for name in SessionContent.__struct_fields__ if name not in IDENTITY)
"""What an iteration may set: everything that does not say whose state it is."""


def changed(content: SessionContent, changes: Mapping[str, Any]) -> SessionContent:
    """`content` with `changes`; a list is taken as a tuple.

    Raises:
        InputError: a field is unknown or its value of the wrong kind; the message names it.
    """
    unknown = changes.keys() - set(CHANGEABLE)
    if unknown:
        raise InputError(
            f"session state of task {content.task_id!r} has no field {min(unknown)!r} to set",
            hint=f"use {', '.join(CHANGEABLE)}",
        )
    whole = {"task_id": content.task_id, "project": content.project, **changes}
    try:
        checked = msgspec.convert(whole, SessionContent)
    except msgspec.ValidationError as exc:
        raise InputError(
            f"session state of task {content.task_id!r} cannot take this: {exc}",
            hint="give text, whole numbers from 0 or lists of texts; names are one line",
        ) from exc
    return structs.replace(content, **{name: getattr(checked, name) for name in changes})
