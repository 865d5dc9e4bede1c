from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.kept_filters import FILTERS_NAME, MOST, keep_filter, kept_filters
from engine.domain.errors import InputError, StoreError
from engine.ports.secrecy import OPEN, Secrecy


def keep(state: Path, name: str, words: str, *, place: str = "cockpit", by: str = "kim") -> None:
    keep_filter(state, by, place, name, words, OPEN)


def test_filters_are_kept_by_operator_and_by_list(tmp_path: Path) -> None:
    keep(tmp_path, "mine", "state:blocked")
    keep(tmp_path, "dear", "cost:>1")
    keep(tmp_path, "mine", "by:kim", place="decisions")
    keep(tmp_path, "mine", "gcd", by="lee")
    assert kept_filters(tmp_path, "kim", "cockpit", OPEN) == {
        "mine": "state:blocked",
        "dear": "cost:>1",
    }
    assert kept_filters(tmp_path, "kim", "decisions", OPEN) == {"mine": "by:kim"}
    assert kept_filters(tmp_path, "kim", "log", OPEN) == {}
    keep(tmp_path, "mine", "")
    assert kept_filters(tmp_path, "kim", "cockpit", OPEN) == {"dear": "cost:>1"}
    assert kept_filters(tmp_path, "lee", "cockpit", OPEN) == {"mine": "gcd"}
    assert (tmp_path / FILTERS_NAME).stat().st_mode & 0o077 == 0


def test_too_many_and_too_long_ones_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    for number in range(MOST):
        keep(tmp_path, f"view {number}", "x")
    before = (tmp_path / FILTERS_NAME).read_bytes()
    for name, words in (("one more", "x"), ("n" * 41, "x"), ("view 1", "x" * 1001)):
        with pytest.raises(InputError):
            keep(tmp_path, name, words)
    assert (tmp_path / FILTERS_NAME).read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"kim": 1}', b"\xff"])
def test_a_damaged_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILTERS_NAME).write_bytes(content)
    assert kept_filters(tmp_path, "kim", "cockpit", OPEN) == {}
    keep(tmp_path, "mine", "gcd")
    assert kept_filters(tmp_path, "kim", "cockpit", OPEN) == {"mine": "gcd"}


def test_secrets_are_taken_out_and_a_missing_folder_is_told(tmp_path: Path) -> None:
    secrecy = Secrecy(redact=lambda text: text.replace("hunter2", "[taken out]"))
    keep_filter(tmp_path, "kim", "cockpit", "mine", "gcd hunter2", secrecy)
    assert "hunter2" not in (tmp_path / FILTERS_NAME).read_text("utf-8")
    with pytest.raises(StoreError, match="cannot be kept"):
        keep(tmp_path / "missing", "mine", "x")
