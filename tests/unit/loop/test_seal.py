"""Marks on kept files."""

from __future__ import annotations

import stat
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.loop.verifying.seal import Seal

SEAL = Seal(b"k" * 32)


@given(name=st.text(), text=st.text())
def test_what_was_sealed_opens_as_it_was(name: str, text: str) -> None:
    assert SEAL.opened(name, SEAL.sealed(name, text)) == text


@given(name=st.text(), text=st.text(), forged=st.text())
def test_nothing_else_opens(name: str, text: str, forged: str) -> None:
    mark, _, _ = SEAL.sealed(name, text).partition("\n")
    if forged != text:
        assert SEAL.opened(name, f"{mark}\n{forged}") is None
    assert SEAL.opened(f"{name}.", SEAL.sealed(name, text)) is None
    assert SEAL.opened(name, text) is None
    assert Seal(b"other").opened(name, SEAL.sealed(name, text)) is None


def test_the_operators_key_is_made_once_and_for_him_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "aio-tui"

    sealed = Seal.of_operator(folder).sealed("n", "text")

    assert Seal.of_operator(folder).opened("n", sealed) == "text"
    (key,) = folder.iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_without_a_place_for_a_key_a_seal_holds_for_its_process(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    seal = Seal.of_operator(tmp_path / "file" / "aio-tui")

    assert seal.opened("n", seal.sealed("n", "text")) == "text"
    assert (
        Seal.of_operator(tmp_path / "file" / "aio-tui").opened("n", seal.sealed("n", "t")) is None
    )


def test_a_key_that_was_cut_vouches_for_nothing(tmp_path: Path) -> None:
    sealed = Seal.of_operator(tmp_path).sealed("n", "text")
    (tmp_path / "seal.key").write_bytes(b"")

    assert Seal.of_operator(tmp_path).opened("n", sealed) is None
