"""Texts sealed with AES-256-GCM."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.domain.errors import StoreError
from engine.ports.secrecy import SEALED_MARK

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class SealingCodec:
    """Seals with one data key and opens with all of them. For any thread.

    A sealed text is the mark, the key's id, and nonce with ciphertext in URL-safe base64. The id
    is authenticated with the text.

    Args:
        keys: data keys of 32 bytes by id.
        primary: which of them seals.
    """

    is_plain = False

    def __init__(self, keys: Mapping[str, bytes], primary: str) -> None:
        self._ciphers = {key_id: cipher_of(key) for key_id, key in keys.items()}
        self._primary = primary

    def seal(self, text: str) -> str:
        """See `engine.ports.secrecy.Codec.seal`."""
        sealed = sealed_bytes(
            self._ciphers[self._primary], text.encode("utf-8", "surrogatepass"), self._primary
        )
        return f"{SEALED_MARK}{self._primary}:{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, text: str) -> str:
        """See `engine.ports.secrecy.Codec.open`."""
        if not text.startswith(SEALED_MARK):
            return text
        key_id, _, body = text[len(SEALED_MARK) :].partition(":")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise StoreError(
                f"a text is sealed with key {key_id[:20]!r}, which is not in the key ring",
                hint="restore the key ring of this state from its backup",
            )
        try:
            content = opened_bytes(cipher, base64.urlsafe_b64decode(body), key_id)
        except (ValueError, binascii.Error) as exc:
            raise StoreError(
                f"a text sealed with key {key_id!r} was altered",
                hint="restore the file that holds it from a backup",
            ) from exc
        return content.decode("utf-8", "surrogatepass")


def cipher_of(key: bytes) -> AESGCM:
    """The cipher of a key; loading the library takes a while, so only who seals pays for it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def sealed_bytes(cipher: AESGCM, content: bytes, name: str) -> bytes:
    """A fresh nonce and the ciphertext, bound to a name."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, content, name.encode())


def opened_bytes(cipher: AESGCM, sealed: bytes, name: str) -> bytes:
    """The content again.

    Raises:
        ValueError: the key is another, or a byte was changed.
    """
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
    except InvalidTag:
        raise ValueError("it was altered or sealed with another key") from None
