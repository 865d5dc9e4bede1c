"""Which state a task resumes from when files may be missing, truncated or altered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.domain.errors import SessionError
from engine.domain.steps import NextStep, Step
from engine.ports.secrecy import PLAIN, Codec
from engine.session import files
from engine.session.content import SessionContent
from engine.session.format import parse


class Recovery:
    """One search, newest number first; `warnings` collects one line for all that was amiss."""

    def __init__(
        self,
        task_id: str,
        project: str | None,
        folder: Path,
        copies: Mapping[int, str],
        recorded: int | None,
        codec: Codec = PLAIN,
    ) -> None:
        self._task_id = task_id
        self._project = project
        self._folders = (folder, folder / files.ARCHIVE)
        self._copies = copies
        self._recorded = recorded
        self._codec = codec
        self.warnings: list[str] = []
        self._on_disk = {number for place in self._folders for number in self._listed(place)}

    def newest_valid(self) -> SessionContent:
        """The content to go on from.

        Raises:
            SessionError: there is none.
        """
        for number in self._numbers():
            content = self._from_files(number) or self._from_copy(number)
            if content is not None:
                return content
        seen = "; ".join(self.warnings[:3]) or "no file and no copy"
        raise SessionError(
            f"task {self._task_id!r} has no valid session state ({seen})",
            hint=NextStep(words="start it afresh", step=Step.RETRY, about=self._task_id),
        )

    def newest_number(self, content: SessionContent) -> int:
        """The number after which the next save continues."""
        if self._recorded is not None:
            return self._recorded
        return max(content.checkpoint, *self._on_disk, *self._copies)

    def _listed(self, place: Path) -> list[int]:
        try:
            return files.checkpoints_in(place, self._task_id)
        except SessionError as exc:
            self.warnings.append(exc.message)
            return []

    def _numbers(self) -> list[int]:
        known = self._on_disk | self._copies.keys()
        if self._recorded is None:
            return sorted(known, reverse=True)
        for number in sorted(n for n in self._on_disk if n > self._recorded):
            self._warn(number, "belongs to an iteration that was never recorded and is not used")
        wanted = {number for number in known if number <= self._recorded}
        return sorted(wanted | ({self._recorded} if self._recorded else set()), reverse=True)

    def _from_files(self, number: int) -> SessionContent | None:
        is_there = False
        for place in self._folders:
            try:
                text = files.read_opened(
                    place / files.session_name(self._task_id, number), self._codec
                )
                if text is not None:
                    is_there = True
                    return self._checked(text, number)
            except SessionError as exc:
                is_there = True
                self._warn(number, f"is not used: {exc.message}")
        if not is_there:
            self._warn(number, "is missing")
        return None

    def _from_copy(self, number: int) -> SessionContent | None:
        if number not in self._copies:
            return None
        try:
            content = self._checked(self._copies[number], number)
        except SessionError as exc:
            self._warn(number, f"has a copy in the database that is not used: {exc.message}")
            return None
        self._warn(number, "is replaced by its copy in the database")
        return content

    def _checked(self, text: str, number: int) -> SessionContent:
        content = parse(text)
        wrong = [
            f"{name} {seen!r}"
            for name, seen, wanted in (
                ("task", content.task_id, self._task_id),
                ("checkpoint", content.checkpoint, number),
                ("project", content.project, self._project or content.project),
            )
            if seen != wanted
        ]
        if wrong:
            raise SessionError(f"it says {', '.join(wrong)}", hint="it was copied or renamed")
        return content

    def _warn(self, number: int, what: str) -> None:
        self.warnings.append(f"{files.session_name(self._task_id, number)} {what}")
