import base64
import os
from pathlib import Path

import pytest

from engine.domain.errors import ConfigError, StoreError
from engine.domain.settings import HipaaSettings
from engine.ports.secrecy import SEALED_MARK
from engine.vault.material import operator_key, write_new_key
from engine.vault.ring import KeyRing, is_sealed, read_ring, write_ring

OLD, NEW = os.urandom(32), os.urandom(32)


def test_what_is_sealed_is_opened_again_and_never_looks_the_same() -> None:
    codec = KeyRing.fresh().codec()
    for text in ("", "plain", "ä\udcff\n\0", "x" * 100_000):
        one, other = codec.seal(text), codec.seal(text)
        assert one != other
        assert one.startswith(SEALED_MARK)
        assert one.isascii()
        assert not set(one) & set(" \n")
        assert codec.open(one) == codec.open(other) == text


def test_text_from_before_sealing_is_read_as_it_is() -> None:
    assert KeyRing.fresh().codec().open("a line") == "a line"


def test_an_altered_seal_is_refused() -> None:
    codec = KeyRing.fresh().codec()
    sealed = codec.seal("the truth")
    for at in range(len(SEALED_MARK), len(sealed)):
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        if changed.rstrip("=")[:-1] == sealed.rstrip("=")[:-1]:
            continue  # bits of the last character that no byte is made of
        with pytest.raises(StoreError):
            codec.open(changed)


def test_the_operators_key_changes_and_nothing_sealed_is_lost(tmp_path: Path) -> None:
    state = tmp_path / "state"
    ring = KeyRing.fresh()
    sealed = ring.codec().seal("kept")
    write_ring(state, ring, OLD)
    write_ring(state, ring.with_new_key(), NEW)

    with pytest.raises(ConfigError, match="does not open this state"):
        read_ring(state, OLD)
    renewed = read_ring(state, NEW)
    assert renewed is not None
    assert renewed.codec().open(sealed) == "kept"
    fresh = renewed.codec().seal("kept")
    assert fresh.split(":")[1] != sealed.split(":")[1]
    with pytest.raises(StoreError, match="not in the key ring"):
        ring.codec().open(fresh)


def test_a_damaged_ring_is_replaced_by_its_copy(tmp_path: Path) -> None:
    state = tmp_path / "state"
    write_ring(state, KeyRing.fresh(), OLD)
    (state / "keyring.json").write_bytes(b'{"format":1,')
    assert read_ring(state, OLD) is not None
    (tmp_path / "archive" / "keyring.backup.json").write_bytes(b"")
    assert is_sealed(state)
    with pytest.raises(StoreError, match="cannot be read"):
        read_ring(state, OLD)


def test_a_ring_holds_no_key_in_plain(tmp_path: Path) -> None:
    state = tmp_path / "state"
    ring = KeyRing.fresh()
    write_ring(state, ring, OLD)
    content = (state / "keyring.json").read_text()
    assert (state / "keyring.json").stat().st_mode & 0o077 == 0
    for key in (*ring.keys.values(), OLD):
        assert base64.b64encode(key).decode() not in content


def test_a_new_key_serves_and_is_never_written_over(tmp_path: Path) -> None:
    path, repo = tmp_path / "shop.key", tmp_path / "repo"
    write_new_key(path, repo)
    key = operator_key(HipaaSettings(enabled=True, key_file=path), repo)
    told = HipaaSettings(enabled=True, key_command=("cat", str(path)))
    repo.mkdir()
    assert operator_key(told, repo) == key
    with pytest.raises(ConfigError, match="cannot be made"):
        write_new_key(path, repo)
    with pytest.raises(ConfigError, match="would lie in the repository"):
        write_new_key(repo / "shop.key", repo)


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (base64.b64encode(OLD), 0o644, "can be read by others"),
        (b"", 0o600, "holds no key"),
        (b"hunter2", 0o600, "holds no key"),
        (base64.b64encode(OLD[:16]), 0o600, "holds no key"),
        (None, 0, "cannot be read"),
    ],
    ids=["open to others", "empty", "short text", "too short", "missing"],
)
def test_a_key_that_is_none_is_one_clear_line(
    tmp_path: Path, content: bytes | None, mode: int, said: str
) -> None:
    path = tmp_path / "shop.key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(ConfigError, match=said) as caught:
        operator_key(HipaaSettings(enabled=True, key_file=path), tmp_path / "repo")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("no-such-program-here",), "cannot be run"),
        (("false",), "exit code 1"),
        (("echo", "no key"), "holds no key"),
        ((), "names no key"),
    ],
)
def test_a_command_that_gives_no_key_is_one_clear_line(
    tmp_path: Path, command: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        operator_key(HipaaSettings(enabled=True, key_command=command), tmp_path)
