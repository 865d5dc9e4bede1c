"""The program's command line, called within this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aio_tui.cli.main import main
from tests.support.engines import without_containment


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one call of the program said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout, which is exactly one JSON document."""
        return json.loads(self.out)


class Cli:
    """Calls the program for one repository."""

    def __init__(self, repo: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.repo = repo
        self._capture = capture

    def __call__(self, *words: str) -> Said:
        self._capture.readouterr()
        try:
            code = main([*words, "--repo", str(self.repo)])
        except SystemExit as error:
            code = int(error.code or 0)
        out, err = self._capture.readouterr()
        return Said(code=code, out=out, err=err)

    def refuses(self, *words: str, code: int = 2) -> str:
        """The one line on stderr of a call that must fail with `code`."""
        said = self(*words)
        assert said.code == code, said
        assert said.out == ""
        [line] = without_containment(said.err).splitlines()
        assert line.startswith("aio-tui: ")
        assert "Traceback" not in line
        return line
