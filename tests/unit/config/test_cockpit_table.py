"""`[cockpit]` and `[keys]` in aio.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_tui.keyboard import take_keys
from engine.config import load_settings, settings_sources
from engine.domain.errors import ConfigError
from engine.domain.settings import CockpitSettings


def _repo(folder: Path, text: str) -> Path:
    (folder / ".aibrain").mkdir()
    (folder / ".aibrain" / "aio.toml").write_text(text)
    return folder


def test_looks_and_keys_are_read_and_shown_with_their_source(tmp_path: Path) -> None:
    repo = _repo(
        tmp_path,
        '[cockpit]\ntheme = "light"\nglyphs = "ascii"\n[keys]\napprove_once = ["y", "ctrl+y"]\n',
    )
    wanted = CockpitSettings(theme="light", glyphs="ascii", keys={"approve_once": ("y", "ctrl+y")})
    assert load_settings(repo).cockpit == wanted
    shown = {row.key: (row.value, row.source) for row in settings_sources(repo)}
    assert shown["cockpit.theme"] == ("light", ".aibrain/aio.toml:2")
    assert shown["keys.approve_once"] == ("y ctrl+y", ".aibrain/aio.toml:5")


def test_without_them_the_cockpit_decides(tmp_path: Path) -> None:
    assert load_settings(tmp_path).cockpit == CockpitSettings()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[cockpit]\ntheme = "pink"', 2, "high-contrast"),
        ('[cockpit]\nglyphs = "latin"', 2, "ascii"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(
    tmp_path: Path, text: str, line: int | None, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(_repo(tmp_path, text))
    assert said in str(caught.value)
    assert line is None or f"line {line}:" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[keys]\n\nmerge = 3", 3, "use a list of 1 to 10 keys"),
        ("[keys]\nmerge = []", 2, "use a list of 1 to 10 keys"),
        ('[keys]\nmerge = "x"', 2, "use a list of 1 to 10 keys"),
        ("keys = 3", None, "make it a table"),
    ],
)
def test_wrong_keys_stop_only_who_needs_them(
    tmp_path: Path, text: str, line: int | None, said: str
) -> None:
    cockpit = load_settings(_repo(tmp_path, text)).cockpit
    assert cockpit.keys == {}
    with pytest.raises(ConfigError) as caught:
        take_keys(cockpit)
    assert said in str(caught.value)
    assert line is None or f"line {line}:" in str(caught.value)
