from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.app.confining import Confinement
from engine.app.proving import prove
from engine.domain.containment import Holder
from engine.domain.settings import SandboxMode, Settings
from engine.sandbox import landlock
from engine.sandbox.runner import SubprocessRunner
from engine.workspace.git import GitWorkspace
from tests.support.pytest_bench import ON_ITS_OWN
from tests.support.repos import commit_files, make_repo
from tests.support.workspaces import item_of

pytestmark = pytest.mark.skipif(
    landlock.version() < landlock.NEEDED_ABI, reason="this kernel has no Landlock that is enough"
)
_TEST = "def test_it(tmp_path):\n    (tmp_path / 'x').write_text('1')\n"


async def test_landlock_holds_where_bubblewrap_does_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "programs" / "bwrap"
    home = tmp_path / "home"
    for folder in (broken.parent, home):
        folder.mkdir()
    broken.write_text("#!/bin/sh\necho no namespaces here >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(home))
    repo = make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})
    commit_files(repo, {"test_app.py": _TEST}, "tests")
    settings = Settings(repo=repo, project="p")
    assert settings.sandbox.mode is SandboxMode.AUTO
    runner = SubprocessRunner(settings.state / "home", tmp_path / "tmp", marker_root=settings.state)
    confinement = Confinement(
        settings, runner, scratch=tmp_path / "tmp", private=tmp_path / "seals"
    )

    found = await confinement.containment()
    assert found.holder is Holder.LANDLOCK
    assert "held by landlock only: no namespaces here" in found.warning
    assert not found.is_sandboxed

    proved = await prove(settings, confinement)
    assert {one.name: one.reached for one in proved if one.reached} == {
        "other processes": ("look into the engine",)
    }

    workspace = GitWorkspace(settings, runner)
    tree = await workspace.open(item_of("T1"))
    agent = await confinement.for_agent(tree, workspace)
    script = (
        "set -e; echo 'x = 2' > app.py; git diff --stat; git log --format=%s -1;"
        f" {sys.executable} -c 'import engine';"
        f" {sys.executable} -m pytest -q {' '.join(ON_ITS_OWN)};"
        f" ! touch {repo}/.git/hooks/x; kill -9 $$"
    )
    ended = await agent.run(["bash", "-c", script], cwd=tree.path, timeout_s=60, merge_stderr=True)
    said = ended.stdout.decode()
    assert ended.exit_code == -9, said
    assert "1 passed" in said
    assert "app.py | 2 +-" in said
    assert not (repo / ".git/hooks/x").exists()
