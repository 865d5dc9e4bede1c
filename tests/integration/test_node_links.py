"""The operator's installed packages, lent to a checkout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.checks.environment import worktree_environment
from engine.checks.node.links import prepare_node
from engine.domain.errors import GateError
from tests.support.repos import git, make_repo, write_files

_FILES: Mapping[str, str] = {
    "package.json": json.dumps({"workspaces": ["packages/*"], "devDependencies": {"tool": "1"}}),
    "package-lock.json": "{}",
    "packages/core/package.json": json.dumps({"name": "@own/core"}),
    "packages/core/index.js": "export const whose = 'committed';\n",
    "packages/web/package.json": json.dumps({"dependencies": {"@own/core": "1"}}),
    ".gitignore": "node_modules\n.aibrain\n",
}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """As npm leaves it, with one package that only `web` has."""
    folder = make_repo(tmp_path / "repo", _FILES)
    modules = folder / "node_modules"
    write_files(
        modules,
        {
            "tool/run.js": "",
            "@scope/part/index.js": "",
            ".package-lock.json": "{}",
            ".vite/cache": "",
        },
    )
    write_files(folder / "packages" / "web" / "node_modules", {"only/index.js": ""})
    (modules / "@own").mkdir()
    (modules / "@own" / "core").symlink_to("../../packages/core")
    (modules / ".bin").mkdir()
    (modules / ".bin" / "tool").symlink_to("../tool/run.js")
    (modules / ".bin" / "own").symlink_to("../@own/core/index.js")
    return folder


def _checkout(repo: Path) -> Path:
    tree = repo / ".aibrain" / "state" / "worktrees" / "t1"
    git(repo, "worktree", "add", "-q", "--detach", str(tree))
    return tree


def test_checkout_uses_the_operators_packages_and_its_own_workspaces(repo: Path) -> None:
    tree = _checkout(repo)
    prepare_node(tree, repo)
    modules = tree / "node_modules"
    assert (modules / "tool").resolve() == repo / "node_modules" / "tool"
    assert (modules / "@scope" / "part").resolve() == repo / "node_modules" / "@scope" / "part"
    assert (modules / "@own" / "core").resolve() == tree / "packages" / "core"
    assert (modules / ".bin" / "own").resolve() == tree / "packages" / "core" / "index.js"
    assert (modules / ".bin" / "tool").resolve() == repo / "node_modules" / "tool" / "run.js"
    nested = tree / "packages" / "web" / "node_modules"
    assert (nested / "only").resolve() == repo / "packages" / "web" / "node_modules" / "only"
    assert not (modules / ".vite").exists()
    assert git(tree, "status", "--short") == ""
    prepare_node(tree, repo)


def test_links_of_pnpm_into_its_store_are_no_workspaces(repo: Path) -> None:
    store = repo / "node_modules" / ".pnpm" / "far@1" / "node_modules" / "far"
    write_files(store, {"index.js": ""})
    (repo / "node_modules" / "far").symlink_to(".pnpm/far@1/node_modules/far")
    tree = _checkout(repo)
    prepare_node(tree, repo)
    assert (tree / "node_modules" / "far").resolve() == store


@pytest.mark.parametrize(
    "path", ["node_modules/tool/run.js", "packages/core/node_modules/tool/run.js"]
)
def test_commit_that_brings_its_own_tools_is_refused(repo: Path, path: str) -> None:
    tree = _checkout(repo)
    write_files(tree, {path: "", "node_modules/.lent-by-aio-tui": "0" * 32})
    with pytest.raises(GateError, match="brings its own"):
        prepare_node(tree, repo)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package-lock.json", "{ }"),
        ("pnpm-lock.yaml", ""),
        ("packages/web/package.json", '{"dependencies": {"@own/core": "2"}}'),
        ("package.json", '{"workspaces": ["packages/*"], "devDependencies": {"tool": "2"}}'),
        ("packages/new/package.json", "{}"),
    ],
)
def test_other_dependencies_than_installed_are_refused(repo: Path, path: str, text: str) -> None:
    tree = _checkout(repo)
    write_files(tree, {path: text})
    with pytest.raises(GateError, match="asks for other packages") as refused:
        prepare_node(tree, repo)
    assert path in refused.value.message
    assert not (tree / "node_modules").exists()


def test_other_scripts_are_no_other_dependencies(repo: Path) -> None:
    tree = _checkout(repo)
    more = {**json.loads(_FILES["packages/web/package.json"]), "scripts": {"test": "tool"}}
    write_files(tree, {"packages/web/package.json": json.dumps(more)})
    prepare_node(tree, repo)
    assert (tree / "node_modules" / "tool").exists()


def test_nothing_happens_to_the_operators_checkout_or_without_packages(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "bare", _FILES)
    prepare_node(_checkout(repo), repo)
    prepare_node(repo, repo)
    assert not (repo / "node_modules").exists()
    python = make_repo(tmp_path / "python", {"m.py": "", ".gitignore": ".aibrain\n"})
    tree = _checkout(python)
    prepare_node(tree, python)
    assert git(tree, "status", "--short", "--ignored") == ""


def test_agent_finds_the_installed_programs_in_its_worktree(repo: Path) -> None:
    tree = _checkout(repo)
    path = worktree_environment("python3", repo, tree)["PATH"]
    assert path.startswith(f"{tree}/node_modules/.bin:")
    assert (tree / "node_modules" / "@own" / "core").resolve() == tree / "packages" / "core"
    write_files(tree / "node_modules", {"new/index.js": ""})
    worktree_environment("python3", repo, tree)
    assert (tree / "node_modules" / "new").is_dir()


@pytest.mark.parametrize("ignored", ["/node_modules\n", "", "dist\n!node_modules\n"])
def test_nothing_is_lent_that_an_agent_could_commit(repo: Path, ignored: str) -> None:
    tree = _checkout(repo)
    write_files(tree, {".gitignore": ignored})
    assert "PATH" not in worktree_environment("python3", repo, tree)
    assert not (tree / "node_modules").exists()


def test_checks_that_begin_together_prepare_one_tree_once(repo: Path) -> None:
    tree = _checkout(repo)
    with ThreadPoolExecutor(max_workers=8) as pool:
        for done in [pool.submit(prepare_node, tree, repo) for _ in range(16)]:
            done.result()
    assert (tree / "node_modules" / ".bin" / "tool").exists()


@pytest.mark.parametrize(
    ("locked", "is_refused"),
    [
        ({"version": "2.0.0"}, True),
        ({"version": "1.0.0", "integrity": "sha512-b"}, True),
        ({"version": "1.0.0", "integrity": "sha512-a"}, False),
    ],
)
def test_packages_older_than_their_lock_file_are_refused(
    repo: Path, locked: Mapping[str, str], is_refused: bool
) -> None:
    installed = {"version": "1.0.0", "integrity": "sha512-a"}
    packages = {"node_modules/tool": installed}
    lock = {
        "packages": {
            "": {"name": "own"},
            "node_modules/@own/core": {"link": True},
            "node_modules/tool": locked,
            "node_modules/for-another-system": {"version": "1.0.0", "optional": True},
        }
    }
    write_files(repo, {"package-lock.json": json.dumps(lock)})
    hidden = repo / "node_modules" / ".package-lock.json"
    hidden.write_text(json.dumps({"packages": packages}))
    git(repo, "commit", "-q", "-a", "-m", "lock")
    tree = _checkout(repo)
    if is_refused:
        with pytest.raises(GateError, match="older than package-lock"):
            prepare_node(tree, repo)
    else:
        prepare_node(tree, repo)
        assert (tree / "node_modules" / "tool").exists()
