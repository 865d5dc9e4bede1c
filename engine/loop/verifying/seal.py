"""Marks on kept files: what the code under test writes into them is not taken for our own."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from engine.domain.errors import StoreError
from engine.ports.secrecy import PLAIN, Codec

_KEY_BYTES = 32


class Seal:
    """Signs texts with a key that lies outside of the repository and of what a check gets to see.

    Without a sandbox a program that looks for the key can read it; it has to know where it is.
    """

    def __init__(self, key: bytes, codec: Codec = PLAIN) -> None:
        self._key = key
        self._codec = codec

    @classmethod
    def of_operator(cls, folder: Path, codec: Codec = PLAIN) -> Seal:
        """The seal whose key is kept in `folder`, readable for its owner only; made at the first
        use. Where none can be kept, what is sealed holds for this process alone.
        """
        try:
            return cls(_key_in(folder), codec)
        except OSError:
            return cls(secrets.token_bytes(_KEY_BYTES), codec)

    def sealed(self, name: str, text: str) -> str:
        """The text under a first line that vouches for it, and for this name alone."""
        kept = self._codec.seal(text)
        return f"{self._mark(name, kept)}\n{kept}"

    def opened(self, name: str, sealed: str) -> str | None:
        """The text, if it stands as it was sealed under this name."""
        mark, _, text = sealed.partition("\n")
        is_ours = hmac.compare_digest(mark.encode(), self._mark(name, text).encode())
        try:
            return self._codec.open(text) if is_ours else None
        except StoreError:
            return None

    def _mark(self, name: str, text: str) -> str:
        content = f"{name}\0{text}".encode("utf-8", "backslashreplace")
        return hmac.new(self._key, content, hashlib.sha256).hexdigest()


def _key_in(folder: Path) -> bytes:
    """The key there; a new one takes its place only if there is none, whoever else makes one."""
    path = folder / "seal.key"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".seal-{secrets.token_hex(8)}"
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = path.read_bytes()
    return key if len(key) == _KEY_BYTES else secrets.token_bytes(_KEY_BYTES)
