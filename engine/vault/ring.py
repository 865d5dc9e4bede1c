"""The key ring: data keys, wrapped by the operator's key.

What is sealed is sealed with a data key, so the operator's key changes without a byte of state
being written anew. The ring holds nothing that is secret without the operator's key, and nothing
can be opened without the ring: it is kept twice.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from engine.domain.errors import ConfigError, StoreError
from engine.domain.values import dataclass
from engine.files.replacing import replace_file
from engine.vault.cipher import KEY_BYTES, SealingCodec, cipher_of, opened_bytes, sealed_bytes

_FORMAT = 1
_NAME, _BACKUP = "keyring.json", "keyring.backup.json"
_PURPOSE = b"aio-tui key ring 1"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    primary: str
    keys: dict[str, str]
    """Wrapped data keys in base64, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """Data keys by id, and the id of the one that seals."""

    keys: Mapping[str, bytes]
    primary: str

    @classmethod
    def fresh(cls) -> KeyRing:
        """One new data key."""
        return cls(keys={}, primary="").with_new_key()

    def with_new_key(self) -> KeyRing:
        """As this one, but a further key seals from now on."""
        key_id = f"k{len(self.keys) + 1}-{secrets.token_hex(4)}"
        return replace(
            self, keys={**self.keys, key_id: secrets.token_bytes(KEY_BYTES)}, primary=key_id
        )

    def codec(self) -> SealingCodec:
        """What seals and opens with these keys."""
        return SealingCodec(self.keys, self.primary)


def is_sealed(state: Path) -> bool:
    """Whether there is a key ring, so that the state may hold sealed texts."""
    return any(path.exists() for path in _paths(state))


def read_ring(state: Path, operator: bytes) -> KeyRing | None:
    """The ring of a state folder; None: there is none yet.

    Raises:
        ConfigError: the operator's key is not the one that the ring was wrapped with.
        StoreError: both copies of the ring are damaged.
    """
    # A change of the key that a crash broke off leaves copies under different keys.
    problem: Exception | None = None
    for path in _paths(state):
        try:
            return _unwrapped(path.read_bytes(), operator)
        except FileNotFoundError:
            continue
        except (OSError, ConfigError, msgspec.MsgspecError, binascii.Error) as exc:
            problem = problem if isinstance(problem, ConfigError) else exc
    if problem is None:
        return None
    if isinstance(problem, ConfigError):
        raise problem
    raise StoreError(
        f"key ring {str(state / _NAME)!r} and its backup cannot be read: {problem}",
        hint="restore one of them; nothing was started and nothing was changed",
    )


def write_ring(state: Path, ring: KeyRing, operator: bytes) -> None:
    """Wrap and write both copies, the backup last; each is whole or as before.

    Raises:
        StoreError: they cannot be written.
    """
    cipher = cipher_of(_wrapping_key(operator))
    keys = {
        key_id: base64.b64encode(sealed_bytes(cipher, key, key_id)).decode()
        for key_id, key in ring.keys.items()
    }
    content = msgspec.json.encode(_File(format=_FORMAT, primary=ring.primary, keys=keys))
    for path in _paths(state):
        _write(path, content)


def _paths(state: Path) -> tuple[Path, Path]:
    return state / _NAME, state.parent / "archive" / _BACKUP


def _wrapping_key(operator: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_PURPOSE).derive(operator)


def _unwrapped(content: bytes, operator: bytes) -> KeyRing:
    file = msgspec.json.decode(content, type=_File)
    cipher = cipher_of(_wrapping_key(operator))
    try:
        keys = {
            key_id: opened_bytes(cipher, base64.b64decode(wrapped), key_id)
            for key_id, wrapped in file.keys.items()
        }
    except ValueError as exc:
        raise ConfigError(
            "the key of [hipaa] does not open this state",
            hint="name the key that it was sealed with; nothing was started and nothing changed",
        ) from exc
    return KeyRing(keys=keys, primary=file.primary)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as exc:
        raise StoreError(
            f"key ring {str(path)!r} cannot be written: {exc.strerror}",
            hint="free disk space or fix the access rights, then run again",
        ) from exc
