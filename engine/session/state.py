"""A task's memory: what an iteration writes and the next one starts from."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import structs

from engine.domain.errors import SessionError
from engine.domain.ids import parse_project, parse_task_id
from engine.domain.steps import NextStep, Step
from engine.domain.values import dataclass
from engine.ports.secrecy import PLAIN, Codec
from engine.session import files
from engine.session.content import SessionContent, changed
from engine.session.format import parse, render
from engine.session.recovery import Recovery

DEFAULT_FOLDER = Path(".aibrain")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSession:
    """A checkpoint that is on disk, for the database to record."""

    checkpoint: int
    ref: str
    """Name of the file in the folder."""
    sha256: str
    """The checksum in its front matter."""
    text: str
    """The whole file: the copy that stands in when the file is lost."""


class SessionState:
    """The memory of one task, one file per checkpoint.

    Args:
        task_id: whose memory.
        project: the task's project.
        folder: where the files are; created on the first save.
        recorded: number of the newest checkpoint that the database has. `save` writes the next
            one, and what an unacknowledged iteration left under that number goes to the archive
            folder. None: `save` continues after the highest number on disk.
        codec: how the files are kept.

    Raises:
        InputError: the task id could leave the folder, or the project name is malformed.

    >>> state = SessionState("fix-1", "shop", folder=getfixture("tmp_path"))
    >>> state.update(objective="Prices are rounded up.", iteration_count=1)
    >>> state.save().ref
    'session-fix-1-1.md'
    """

    def __init__(
        self,
        task_id: str,
        project: str,
        *,
        folder: Path = DEFAULT_FOLDER,
        recorded: int | None = None,
        codec: Codec = PLAIN,
    ) -> None:
        self.content = SessionContent(
            task_id=parse_task_id(task_id), project=parse_project(project)
        )
        self.folder = folder
        self.warnings: tuple[str, ...] = ()
        """What was found damaged or missing when this state was loaded."""
        self._newest = recorded
        self._codec = codec

    @property
    def task_id(self) -> str:
        return self.content.task_id

    @property
    def project(self) -> str:
        return self.content.project

    @property
    def checkpoint(self) -> int:
        """Number that was loaded or saved last; 0: neither."""
        return self.content.checkpoint

    @classmethod
    def load(
        cls,
        task_id: str,
        *,
        project: str | None = None,
        folder: Path = DEFAULT_FOLDER,
        fallbacks: Sequence[tuple[int, str]] = (),
        recorded: int | None = None,
        codec: Codec = PLAIN,
    ) -> SessionState:
        """The newest valid state of the task: for each number from the newest down, the file, the
        archived file, then the copy in `fallbacks`. `warnings` tells what was passed over.

        Args:
            task_id: whose memory.
            project: None takes any; a file of another project is passed over.
            folder: where the files are.
            fallbacks: checkpoint numbers and whole texts, as the database has them.
            recorded: newest number that the database has; higher ones were never acknowledged
                and are passed over. None: the files alone tell.
            codec: how the files are kept.

        Raises:
            InputError: the task id could leave the folder.
            SessionError: nothing valid was found; the message tells what was seen.
        """
        recovery = Recovery(task_id, project, folder, dict(fallbacks), recorded, codec)
        content = recovery.newest_valid()
        state = cls(
            task_id,
            content.project,
            folder=folder,
            recorded=recovery.newest_number(content),
            codec=codec,
        )
        state.content = content
        state.warnings = tuple(recovery.warnings)
        return state

    def get_latest(
        self, *, fallbacks: Sequence[tuple[int, str]] = (), recorded: int | None = None
    ) -> SessionState:
        """The newest valid state of the same task, as `load` finds it; this one stays as it is.

        Raises:
            SessionError: nothing valid was found.
        """
        return type(self).load(
            self.task_id,
            project=self.project,
            folder=self.folder,
            fallbacks=fallbacks,
            recorded=recorded,
            codec=self._codec,
        )

    def update(self, **changes: Any) -> None:
        """Set fields of the content.

        Raises:
            InputError: a field is unknown or its value of the wrong kind; nothing was set.
        """
        self.content = changed(self.content, changes)

    def save(self) -> SavedSession:
        """Write the next checkpoint: one atomic file, one fsync, before this returns.

        Raises:
            StoreError: it cannot be written; the number was not used.
        """
        content = structs.replace(self.content, checkpoint=self._newest_number() + 1)
        rendered = render(content)
        ref = files.session_name(content.task_id, content.checkpoint)
        files.write(self.folder, ref, self._codec.seal(rendered.text))
        self.content, self._newest = content, content.checkpoint
        return SavedSession(
            checkpoint=content.checkpoint, ref=ref, sha256=rendered.sha256, text=rendered.text
        )

    def archive(self) -> tuple[str, ...]:
        """Move the task's files to `archive/`; their names. A second call moves nothing.

        Raises:
            StoreError: the archive cannot be written; calling again goes on where this ended.
        """
        return files.move_to_archive(self.folder, self.task_id)

    def _newest_number(self) -> int:
        if self._newest is not None:
            return self._newest
        folders = (self.folder, self.folder / files.ARCHIVE)
        return max((n for f in folders for n in files.checkpoints_in(f, self.task_id)), default=0)


def session_text(
    task_id: str,
    checkpoint: int,
    *,
    folder: Path = DEFAULT_FOLDER,
    fallback: str = "",
    codec: Codec = PLAIN,
) -> str:
    """The valid text of one checkpoint: its file, the archived file, or `fallback`.

    Raises:
        InputError: the task id could leave the folder.
        SessionError: none of them is valid.
    """
    name = files.session_name(task_id, checkpoint)
    for place in (folder, folder / files.ARCHIVE):
        with suppress(SessionError):
            text = files.read_opened(place / name, codec)
            if text is not None and _is_of(text, task_id, checkpoint):
                return text
    with suppress(SessionError):
        if _is_of(fallback, task_id, checkpoint):
            return fallback
    raise SessionError(
        f"session file {name!r} is missing or damaged",
        hint=NextStep(words="look at another iteration", step=Step.SHOW_TASK, about=task_id),
    )


def _is_of(text: str, task_id: str, checkpoint: int) -> bool:
    content = parse(text)
    return (content.task_id, content.checkpoint) == (task_id, checkpoint)
