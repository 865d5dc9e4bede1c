"""The operator's own shell: what it says before its prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_tui.shell import open_shell


async def test_the_shell_says_whose_work_it_is_and_how_one_comes_back(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "shell"
    program.write_text('#!/bin/sh\necho "prompt for $AIO_TUI_TASK in $PWD"\nexit 7\n')
    program.chmod(0o700)
    folder = tmp_path / "a\x1b[31mb"
    folder.mkdir()
    monkeypatch.setenv("SHELL", str(program))

    assert await open_shell(folder, "fix-gcd", then="Ctrl+Y hands it back.") == 7

    first, second, *rest = capfd.readouterr().out.splitlines()
    assert "fix-gcd" in first
    assert f"{tmp_path}/a␛[31mb" in first
    assert "its agent is held" in first
    assert "'exit' comes back" in second
    assert second.endswith("Ctrl+Y hands it back.")
    assert rest == [f"prompt for fix-gcd in {folder}"]
