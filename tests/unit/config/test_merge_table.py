"""`[merge]` in aio.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import load_settings
from engine.domain.errors import ConfigError
from engine.domain.settings import MergeMethod, MergePolicy, MergeSettings


def _repo(folder: Path, table: str) -> Path:
    (folder / ".aibrain").mkdir()
    (folder / ".aibrain" / "aio.toml").write_text(f"[merge]\n{table}\n")
    return folder


def test_every_key_is_read(tmp_path: Path) -> None:
    repo = _repo(
        tmp_path, 'policy = "pull-request"\nmethod = "merge"\nbatch = 3\nundo_window_s = 0'
    )
    wanted = MergeSettings(
        policy=MergePolicy.PULL_REQUEST, method=MergeMethod.MERGE, batch=3, undo_window_s=0
    )
    assert load_settings(repo).merge == wanted


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    assert load_settings(_repo(tmp_path, "batch = 1")).merge == MergeSettings(batch=1)


@pytest.mark.parametrize(
    "table", ['policy = "always"', 'method = "squash"', "batch = 0", "undo_window_s = 31"]
)
def test_a_wrong_value_is_named_with_what_is_expected(tmp_path: Path, table: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(_repo(tmp_path, table))
    assert table.split()[0] in str(caught.value)
    assert "Expected" not in str(caught.value)
