"""What texts go through before they are kept, and after they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.domain.values import dataclass

SEALED_MARK = "aio-sealed:"
"""What every sealed text begins with. It is printable, without spaces, on one line."""


class Codec(Protocol):
    """Makes texts unreadable on the disk. For any thread."""

    @property
    def is_plain(self) -> bool:
        """Whether texts are kept as they are."""
        ...

    def seal(self, text: str) -> str:
        """The text as it may be kept, on one line; each call gives another."""
        ...

    def open(self, text: str) -> str:
        """What `seal` was given. A text without the mark was kept before sealing began and comes
        back as it is.

        Raises:
            StoreError: no key here opens it, or it was altered.
        """
        ...


class Plain:
    """Keeps texts as they are."""

    is_plain = True

    def seal(self, text: str) -> str:
        """The text itself."""
        return text

    def open(self, text: str) -> str:
        """The text itself."""
        return text


PLAIN: Codec = Plain()


def unchanged(text: str) -> str:
    """Takes nothing out."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrecy:
    """What may not be written, shown or sent, and how what is written is kept."""

    redact: Callable[[str], str] = unchanged
    """For all that is written down or shown."""
    outgoing: Callable[[str], str] = unchanged
    """For what is sent to models: everything that `redact` takes out under HIPAA, else nothing
    beyond what tools give out.
    """
    codec: Codec = PLAIN


OPEN = Secrecy()
"""Takes nothing out and keeps everything as it is."""
