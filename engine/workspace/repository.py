"""What the operator's repository is like, seen without touching it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.domain.errors import WorkspaceError
from engine.domain.settings import Settings
from engine.ports.workspace import RepositoryFacts
from engine.workspace.folders import is_folder, is_same
from engine.workspace.gitcall import GitCall


async def inspect_repository(
    git: GitCall, settings: Settings, *, config: Sequence[str]
) -> RepositoryFacts:
    """The facts, or why tasks cannot work here; `config` switches content filters off.

    Raises:
        WorkspaceError: no commit yet, detached HEAD without a configured base branch, unknown
            base branch.
    """
    base_branch = await _base_branch(git, settings)
    base_commit = await _base_commit(git, settings, base_branch)
    changes = await git.must(
        settings.repo,
        "status",
        "--porcelain",
        "-z",
        "--ignore-submodules=dirty",
        "--",
        ".",
        ":(exclude).aibrain",
        doing="read the state of the checkout",
        config=config,
    )
    modules = await git.ask(settings.repo, "cat-file", "-e", f"{base_commit}:.gitmodules")
    return RepositoryFacts(
        root=settings.repo,
        base_branch=base_branch,
        base_commit=base_commit,
        is_dirty=bool(changes.stdout),
        has_submodules=modules.is_ok,
    )


async def resolve_base(git: GitCall, settings: Settings) -> str:
    """The commit that new branches start from.

    Raises:
        WorkspaceError: as `require_root` and `inspect_repository`.
    """
    await require_root(git, settings.repo)
    return await _base_commit(git, settings, await _base_branch(git, settings))


async def inspect_base(git: GitCall, settings: Settings) -> tuple[str, str]:
    """The branch that work starts from and lands on, and its tip.

    Raises:
        WorkspaceError: as `require_root` and `inspect_repository`.
    """
    await require_root(git, settings.repo)
    branch = await _base_branch(git, settings)
    return branch, await _base_commit(git, settings, branch)


async def common_dir(git: GitCall, repo: Path) -> Path:
    """The folder that all worktrees of the repository share."""
    if (repo / ".git").is_dir():
        return (repo / ".git").resolve()
    answer = await git.must(repo, "rev-parse", "--git-common-dir", doing="find the repository")
    return (repo / answer.text).resolve()


async def require_root(git: GitCall, repo: Path) -> None:
    """Refuse what is not the root of a repository with a checkout.

    Raises:
        WorkspaceError: no git, no such folder, not a repository, bare, a folder inside one.
    """
    if not is_folder(repo):
        raise WorkspaceError(f"{str(repo)!r} is no folder", hint="name a repository with --repo")
    answer = await git.ask(repo, "rev-parse", "--is-bare-repository", "--show-toplevel")
    is_bare, _, top = answer.text.partition("\n")
    if is_bare == "true":
        raise WorkspaceError(
            f"{str(repo)!r} is a bare repository", hint="clone it and use the clone"
        )
    if not answer.is_ok and "not a git repository" in answer.stderr:
        raise WorkspaceError(
            f"{str(repo)!r} is not a git repository",
            hint="run 'git init' and make a first commit, or name another with --repo",
        )
    if not answer.is_ok:
        raise WorkspaceError(
            f"git refuses {str(repo)!r}: {answer.stderr}", hint="run 'git status' there"
        )
    if not is_same(Path(top), repo):
        raise WorkspaceError(
            f"{str(repo)!r} is a folder inside the repository {top!r}", hint=f"use --repo {top}"
        )


async def _base_branch(git: GitCall, settings: Settings) -> str:
    if settings.base_branch is not None:
        return settings.base_branch
    answer = await git.ask(settings.repo, "symbolic-ref", "-q", "HEAD")
    if not answer.is_ok:
        raise WorkspaceError(
            f"{str(settings.repo)!r} has a detached HEAD, so it is unclear where branches start",
            hint="check out a branch, or set base_branch in .aibrain/aio.toml",
        )
    # Not `--short`: that says `heads/main` as soon as a tag is called `main` too.
    return answer.text.removeprefix("refs/heads/")


async def _base_commit(git: GitCall, settings: Settings, base_branch: str) -> str:
    answer = await git.ask(
        settings.repo, "rev-parse", "-q", "--verify", f"refs/heads/{base_branch}^{{commit}}"
    )
    if answer.is_ok:
        return answer.text
    has_commits = await git.ask(settings.repo, "rev-parse", "-q", "--verify", "HEAD^{commit}")
    if not has_commits.is_ok:
        raise WorkspaceError(
            f"{str(settings.repo)!r} has no commit yet",
            hint="commit something first: 'git add -A' and 'git commit'",
        )
    raise WorkspaceError(
        f"base branch {base_branch!r} is unknown in {str(settings.repo)!r}",
        hint="set base_branch in .aibrain/aio.toml to a branch that 'git branch' lists",
    )
