"""Commits a case in a real repository and has the real verifier judge it."""

from __future__ import annotations

from pathlib import Path

from engine.app.configuration import load_settings
from engine.app.engine import open_engine
from engine.app.judging import Silence
from engine.domain.verdict import Verdict
from tests.cheats.case import Base, Case
from tests.support.repos import git, make_repo


class CheatBench:
    """One repository for all cases of a base: the verifier keeps the baseline that it took for
    the first of them.
    """

    def __init__(self, base: Base, folder: Path) -> None:
        self._base = base
        self._repo = make_repo(folder, base.files)
        self._commit = git(self._repo, "rev-parse", "HEAD").strip()
        brain = self._repo / ".aibrain"
        brain.mkdir()
        (brain / "aio.toml").write_text(base.settings, encoding="utf-8")
        if base.prepare:
            base.prepare(self._repo)

    def _commit_of(self, case: Case) -> str:
        git(self._repo, "checkout", "-q", "--force", "--detach", self._commit)
        git(self._repo, "clean", "-q", "-f", "-d")
        case.apply(self._repo)
        git(self._repo, "add", "-A")
        git(self._repo, "commit", "-q", "-m", case.name)
        return git(self._repo, "rev-parse", "HEAD").strip()

    async def verdict_of(self, case: Case) -> Verdict:
        """What the engine makes of the case, with the checks really run."""
        head = self._commit_of(case)
        targets = (self._base.target,) if case.targets is None else case.targets
        async with open_engine(load_settings(self._repo), takes_work=False) as engine:
            return await engine._parts.verifier.verify(
                self._commit, head, task_type=case.task_type, targets=targets, notes=Silence()
            )
