"""Small trees whose tests are run by the real checker."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.checks.run_pytest import PytestChecker
from engine.domain.settings import CheckSettings
from engine.domain.verdict import CheckReport
from engine.sandbox.runner import SubprocessRunner
from tests.support.repos import write_files

ON_ITS_OWN = ("--disable-plugin-autoload", "-p", "no:cacheprovider")
"""Pytest without what happens to be installed beside it, whose import takes half a second. A test
that needs such a plugin names it: `-p xdist`.
"""
GREEN = "def test_one():\n    assert 1 + 1 == 2\n"


class PytestBench:
    """One tree, and checkers for it."""

    def __init__(self, tmp_path: Path) -> None:
        self.tree = self.repo = tmp_path / "tree"
        self._runner = SubprocessRunner(tmp_path / "box" / "home", tmp_path / "box" / "tmp")

    async def check(
        self,
        files: dict[str, str],
        *arguments: str,
        test_timeout_s: float = 20.0,
        timeout_s: float = 60.0,
        only: tuple[str, ...] = (),
    ) -> CheckReport:
        write_files(self.tree, files)
        check = CheckSettings(
            name="pytest",
            kind="pytest",
            command=(*ON_ITS_OWN, *arguments),
            timeout_s=timeout_s,
            test_timeout_s=test_timeout_s,
        )
        checker = PytestChecker(check, self._runner, python=sys.executable, repo=self.repo)
        return await checker.run(self.tree, only=only)
