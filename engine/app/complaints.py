"""What does not work now, for the header of whoever looks; what was, is in the journal."""

from __future__ import annotations

import logging

from engine.app.parts import Parts
from engine.domain.errors import EngineError
from engine.domain.facts import WarningRaised

_log = logging.getLogger(__name__)


class Complaints:
    """Those of one process. A complaint stands until what it is about works again."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._standing: dict[str, str] = {}
        """What each text is about."""

    @property
    def standing(self) -> tuple[str, ...]:
        """Texts, the oldest first."""
        return tuple(self._standing)

    async def make(self, text: str, *, about: str = "") -> None:
        """Tell `text` on the screen, in the log and, where it can be written, in the journal. It
        takes the place of what stood about the same; about nothing: it stands for good.
        """
        text = self._parts.secrecy.redact(text)
        _log.warning("%s", text)
        if about:
            self.settle(about)
        self._standing.setdefault(text, about)
        warning = WarningRaised(text=text, about=about)
        try:
            await self._parts.store.write(lambda tx: tx.append_facts(warning))
        except EngineError as error:
            _log.error("and it cannot be recorded: %s", error)

    def settle(self, about: str) -> None:
        """What complaints were about works again."""
        self._standing = {text: what for text, what in self._standing.items() if what != about}
