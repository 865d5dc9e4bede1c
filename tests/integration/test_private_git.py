from __future__ import annotations

from pathlib import Path

from engine.app.confining import Confinement
from engine.domain.settings import SandboxMode, SandboxSettings, Settings
from engine.sandbox.runner import SubprocessRunner
from engine.workspace.git import GitWorkspace
from tests.support.repos import commit_files, git, make_repo
from tests.support.sandboxes import needs_sandbox
from tests.support.workspaces import item_of

pytestmark = needs_sandbox


async def test_an_agent_uses_git_and_the_engine_commits_its_files(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})
    commit_files(repo, {"app.py": "x = 2\n"}, "second")
    settings = Settings(
        repo=repo, project="p", sandbox=SandboxSettings(mode=SandboxMode.BUBBLEWRAP)
    )
    runner = SubprocessRunner(tmp_path / "home", tmp_path / "tmp", marker_root=settings.state)
    workspace = GitWorkspace(settings, runner)
    tree = await workspace.open(item_of("T1"))
    confinement = Confinement(
        settings, runner, scratch=tmp_path / "tmp", private=tmp_path / "seals"
    )
    agent = await confinement.for_agent(tree, workspace)
    script = (
        "set -e; git status --porcelain; git log --format=%s; echo 'x = 3' > app.py;"
        " git diff --stat; git -c user.name=a -c user.email=a@b commit -qam own; git fsck;"
        " git log --format=%s -1; git branch --list"
    )
    ended = await agent.run(["sh", "-c", script], cwd=tree.path, timeout_s=30, merge_stderr=True)
    said = ended.stdout.decode()
    assert ended.exit_code == 0, said
    assert said.splitlines()[:1] == ["second"]
    assert said.splitlines()[-2:] == ["own", "* fix/T1"]
    head = await workspace.commit(tree, "iteration")
    assert git(repo, "show", f"{head}:app.py") == "x = 3\n"
    assert git(repo, "log", "--format=%s", f"{tree.head_commit}..{head}").strip() == "iteration"
