"""The operator's key and what is kept under it: new key, change of key, sealing, reading back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from engine.app.lock import EngineLock
from engine.app.parts import decision_log
from engine.app.secrecy import redactor_of, secrecy_of
from engine.app.system import SystemClock
from engine.audit.beginning import GIVEN_UP
from engine.domain.decision import DecisionKind
from engine.domain.errors import ConfigError, InputError
from engine.domain.settings import Settings
from engine.domain.values import dataclass
from engine.files.replacing import replace_file
from engine.ports.secrecy import SEALED_MARK, Codec
from engine.store.sqlite.guard import TextGuard
from engine.store.sqlite.sealing import plain_texts, seal_database
from engine.vault.material import key_in, operator_key, write_new_key
from engine.vault.ring import KeyRing, read_ring, write_ring

Redact = Callable[[str], str]
_LARGEST_BYTES = 256 * 1024 * 1024
_MADE_ANEW = ("proofs", "baselines")
"""Below `state`: what is found out again when it is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What was in plain text before."""

    texts: int
    """In databases."""
    files: int


def new_key(path: Path, settings: Settings) -> None:
    """A fresh key in a new file.

    Raises:
        ConfigError: see `engine.vault.material.write_new_key`.
    """
    write_new_key(path, settings.repo)


def rekey(settings: Settings, new_key_file: Path) -> None:
    """From now on the key in `new_key_file` opens the state, and a further data key seals what is
    written; what is there stays readable.

    Raises:
        ConfigError: a key is missing or wrong; nothing changed.
        EngineRunningError: an engine works with the present key.
    """
    operator = operator_key(settings.hipaa, settings.repo)
    renewed = key_in(new_key_file, settings.repo)
    with _alone(settings):
        ring = read_ring(settings.state, operator)
        if ring is None:
            raise ConfigError("there is no sealed state here", hint="run 'aio-tui state seal'")
        write_ring(settings.state, ring.with_new_key(), renewed)


def seal_state(settings: Settings) -> Sealed:
    """Seal what was written before [hipaa] was enabled. May be repeated; a crash loses nothing.

    Raises:
        ConfigError: [hipaa] is not enabled, or its key is missing or wrong; nothing changed.
        EngineRunningError: an engine works here.
        StoreError: a file cannot be read or written; what is sealed stays so.
    """
    if not settings.hipaa.enabled:
        raise ConfigError(
            "[hipaa] is not enabled", hint="set enabled = true and key_file in .aibrain/aio.toml"
        )
    operator = operator_key(settings.hipaa, settings.repo)
    with _alone(settings):
        ring = read_ring(settings.state, operator)
        if ring is None:
            ring = KeyRing.fresh()
            write_ring(settings.state, ring, operator)
        codec, redact = ring.codec(), redactor_of(settings)
        guard = TextGuard(redact=redact, codec=codec)
        texts = sum(seal_database(path, guard) for path in databases(settings))
        if _holds_plain_decisions(settings):
            _put_decisions_away(settings)
        files = sum(_seal_file(path, codec, redact) for path in kept_files(settings))
        for name in _MADE_ANEW:
            shutil.rmtree(settings.state / name, ignore_errors=True)
    return Sealed(texts=texts, files=files)


def plain_places(settings: Settings) -> list[str]:
    """Databases and files that hold texts in plain, relative to the repository."""
    found = [path for path in databases(settings) if plain_texts(path)]
    found += [path for path in kept_files(settings) if _has_plain_line(path)]
    if _holds_plain_decisions(settings):
        found.append(settings.brain / "decisions")
    return [path.relative_to(settings.repo).as_posix() for path in found]


def reveal(settings: Settings, path: Path) -> str:
    """A kept file as it reads.

    Raises:
        InputError: it cannot be read.
        ConfigError, StoreError: the key is wrong, or the file was altered.
    """
    codec = secrecy_of(settings).codec
    try:
        content = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as exc:
        raise InputError(
            f"file {str(path)!r} cannot be read: {exc.strerror}", hint="name a file of .aibrain"
        ) from exc
    opened = (codec.open(line) for line in content.splitlines())
    return "".join(text if text.endswith("\n") else f"{text}\n" for text in opened)


def databases(settings: Settings) -> list[Path]:
    """The queue and its backups."""
    return sorted(settings.state.glob("work*.db"))


def kept_files(settings: Settings) -> Iterator[Path]:
    """Session files, transcripts, logs, and decisions that are no longer part of the log."""
    brain, state = settings.brain, settings.state
    yield from sorted(brain.glob("session-*.md"))
    yield from sorted((brain / "archive").glob("session-*.md*"))
    yield from sorted((state / "transcripts").glob("*/*.jsonl"))
    yield from sorted((state / "logs").glob("*.log*"))
    yield from sorted((brain / "decisions" / GIVEN_UP).rglob("*.jsonl"))


def _holds_plain_decisions(settings: Settings) -> bool:
    """What the log says of itself holds no prose of anybody."""
    decisions, _ = decision_log(settings).read_all()
    return any(
        text and not text.startswith(SEALED_MARK)
        for one in decisions
        if one.kind is not DecisionKind.LOG
        for text in (one.value, one.reason)
    )


def _put_decisions_away(settings: Settings) -> None:
    """The chain is over what the lines hold, so they cannot be sealed where they stand: the log
    begins anew with a line that names their end, and they are kept beside it.
    """
    log = decision_log(settings)
    log.begin_anew(
        log.check(),
        at=SystemClock().now(),
        repo=settings.project,
        by="engine",
        reason="the state was sealed: decisions from before are kept sealed, beside the log",
    )


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    lock = EngineLock(settings.state)
    lock.take()
    with closing(_Held(lock)):
        yield


class _Held:
    """A lock that is given back."""

    def __init__(self, lock: EngineLock) -> None:
        self._lock = lock

    def close(self) -> None:
        """Give it back."""
        self._lock.release()


def _has_plain_line(path: Path) -> bool:
    content = path.read_bytes()
    return any(line and not line.startswith(SEALED_MARK.encode()) for line in content.split(b"\n"))


def _seal_file(path: Path, codec: Codec, redact: Redact) -> int:
    """A session file as one text, for its checksum is over all of it; other files by line."""
    if path.is_symlink() or path.stat().st_size > _LARGEST_BYTES or not _has_plain_line(path):
        return 0
    content = path.read_bytes().decode("utf-8", "surrogateescape")
    if ".md" in path.suffixes or path.suffix == ".md":
        sealed = codec.seal(content)
    else:
        lines = content.split("\n")
        sealed = "\n".join(_sealed_line(line, codec, redact) for line in lines)
    replace_file(path, sealed.encode())
    return 1


def _sealed_line(line: str, codec: Codec, redact: Redact) -> str:
    if not line or line.startswith(SEALED_MARK):
        return line
    try:
        entry = json.loads(line)
        entry["text"] = redact(entry["text"])
        line = json.dumps(entry)
    except (ValueError, KeyError, TypeError):
        line = redact(line)
    return codec.seal(line)
