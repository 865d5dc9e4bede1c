"""The end of the log, written down where the next writer finds it and where no one cuts it off.

`decisions/head` says which decision came last, and what a writer is about to add. The witness is a
file of the same form in the operator's own state folder: it remembers the newest decision when the
log's folder does not. Both are small files that are written in place, under the log's lock and not
synced: they outlive the process, and what a power cut takes from them is read from the log again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path

from engine.audit.lines import GENESIS
from engine.domain.values import dataclass

_BLOCK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the log ends."""

    seq: int = 0
    digest: str = GENESIS
    boot: str = ""
    """The start of the machine under which this was written."""
    begun: Mapping[str, int] = field(default_factory=dict)
    """Files that are being written, and their sizes before; what stands beyond may be torn."""


def boot_id() -> str:
    """Names the present start of the machine; empty where it cannot be told."""
    return _boot_id()


@cache
def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def encoded(head: Head, size: int = 0) -> bytes:
    """At least `size` bytes: blanks cover what a longer one has left."""
    content = json.dumps(
        {"seq": head.seq, "hash": head.digest, "boot": head.boot, "begun": dict(head.begun)},
        separators=(",", ":"),
    ).encode()
    text = b'{"sum":"%b",%b' % (hashlib.sha256(content).hexdigest().encode(), content[1:])
    blocks = max(len(text) // _BLOCK + 1, -(-size // _BLOCK))
    return text.ljust(blocks * _BLOCK - 1) + b"\n"


def decoded(raw: bytes) -> Head | None:
    """None: it is not as `encoded` makes it."""
    try:
        found = json.loads(raw)
        head = Head(
            seq=int(found["seq"]),
            digest=str(found["hash"]),
            boot=str(found["boot"]),
            begun={str(name): int(size) for name, size in found["begun"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return head if encoded(head, len(raw)) == raw else None


def put(descriptor: int, head: Head, size: int) -> int:
    """Write it in place over one of `size` bytes; its size now."""
    content = encoded(head, size)
    os.pwrite(descriptor, content, 0)
    return len(content)


class Witness:
    """The newest decision, remembered outside of the log's folder.

    Args:
        folder: of the operator's own; made at the first use.
        log: the log's folder; its path names the witness.
    """

    def __init__(self, folder: Path, log: Path) -> None:
        name = hashlib.sha256(os.fsencode(log)).hexdigest()[:32]
        self.path = folder / f"{log.parent.parent.name[:40]}-{name}"

    def read(self) -> Head | None:
        """None: there is none, or it cannot be used."""
        try:
            return decoded(self.path.read_bytes())
        except OSError:
            return None

    def write(self, head: Head) -> None:
        """As far as it can be written; the log does not depend on it."""
        try:
            descriptor = self._opened()
        except OSError:
            return
        try:
            put(descriptor, head, os.fstat(descriptor).st_size)
        except OSError:
            return
        finally:
            os.close(descriptor)

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self.path, flags, 0o600)
