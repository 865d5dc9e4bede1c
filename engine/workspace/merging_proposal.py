"""Pull requests: the branch goes to the remote, and `gh` opens the request.

Both act for the operator, with his credentials: only these two calls see anything of his
environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.domain.errors import EngineError, WorkspaceError
from engine.ports.process import CommandRunner, ProcessResult

_TIMEOUT_S = 120.0
_HANDED_ON = (
    "HOME",
    "XDG_CONFIG_HOME",
    "SSH_AUTH_SOCK",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GH_HOST",
    "GH_CONFIG_DIR",
)
_URL = re.compile(r"https?://[!-~]+/pull/[0-9]+")
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GH_PROMPT_DISABLED": "1", "NO_COLOR": "1", "LC_ALL": "C"}


async def propose(
    runner: CommandRunner,
    repo: Path,
    *,
    branch: str,
    base_branch: str,
    title: str,
    body: str,
    environ: Mapping[str, str],
) -> str:
    """Push `branch` and open a pull request against `base_branch`; its address. One that is open
    already gets the new commits.

    Raises:
        WorkspaceError: no remote, no `gh`, or one of them refuses; the message says which.
    """
    call = _Call(runner, repo, environ)
    remote = await _remote(call, base_branch)
    ref = f"refs/heads/{branch}"
    await call.must(
        ("git", "-c", "core.hooksPath=/dev/null", "push", "--quiet", remote, f"{ref}:{ref}"),
        doing=f"push {branch!r} to {remote!r}",
    )
    options = ("--head", branch, "--base", base_branch, "--title", title, "--body", body)
    created = await call.run(("gh", "pr", "create", *options))
    text = _said(created)
    found = _URL.findall(text)
    if found and (created.exit_code == 0 or "already exists" in text):
        return str(found[-1])
    raise WorkspaceError(
        f"gh opened no pull request for {branch!r}: {text[:300] or 'it said nothing'}",
        hint="see 'gh auth status'",
    )


class _Call:
    """Programs in the repository, with what of the operator's environment they need."""

    def __init__(self, runner: CommandRunner, repo: Path, environ: Mapping[str, str]) -> None:
        self._runner = runner
        self._repo = repo
        self._extra = {name: environ[name] for name in _HANDED_ON if name in environ} | _QUIET

    async def run(self, argv: Sequence[str]) -> ProcessResult:
        try:
            return await self._runner.run(
                argv, cwd=self._repo, timeout_s=_TIMEOUT_S, extra_env=self._extra
            )
        except EngineError as error:
            raise WorkspaceError(
                f"{argv[0]!r} could not be started: {error.message}",
                hint="install it, or approve the merge here",
            ) from error

    async def must(self, argv: Sequence[str], *, doing: str) -> str:
        ended = await self.run(argv)
        if ended.exit_code != 0:
            raise WorkspaceError(
                f"git could not {doing}: {_said(ended)[:300]}",
                hint="try the same in the repository with git itself",
            )
        return ended.stdout.decode(errors="replace").strip()


async def _remote(call: _Call, base_branch: str) -> str:
    """The remote of the base branch, or the only one, or `origin`."""
    configured = await call.run(("git", "config", "--get", f"branch.{base_branch}.remote"))
    name = configured.stdout.decode(errors="replace").strip()
    if configured.exit_code == 0 and name not in ("", "."):
        return name
    names = (await call.must(("git", "remote"), doing="list the remotes")).split()
    if len(names) == 1 or "origin" in names:
        return "origin" if "origin" in names else names[0]
    raise WorkspaceError(
        f"it is unclear which remote {base_branch!r} belongs to",
        hint="set it: git branch --set-upstream-to=REMOTE/BRANCH",
    )


def _said(ended: ProcessResult) -> str:
    return " ".join((ended.stdout + b" " + ended.stderr).decode(errors="replace").split())
