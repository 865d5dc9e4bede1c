"""The unit for systemd says where everything is, and nothing that systemd would expand."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_tui.cli.service import unit_of
from engine.domain.errors import ConfigError
from engine.domain.settings import Settings

PROGRAM = Path("/opt/aio tui/bin/aio-tui")


def test_it_names_program_repository_and_project() -> None:
    unit = unit_of(Settings(repo=Path("/srv/shop"), project="shop"), PROGRAM)

    assert 'ExecStart="/opt/aio tui/bin/aio-tui" --repo /srv/shop --project shop run' in unit
    assert "WorkingDirectory=/srv/shop\n" in unit


def test_what_systemd_would_expand_is_doubled() -> None:
    unit = unit_of(Settings(repo=Path("/srv/100%$HOME"), project="p"), PROGRAM)

    assert "--repo /srv/100%%$$HOME " in unit


def test_a_line_break_is_refused() -> None:
    with pytest.raises(ConfigError, match="cannot stand in a unit"):
        unit_of(Settings(repo=Path("/srv/a\nExecStartPre=evil"), project="p"), PROGRAM)
