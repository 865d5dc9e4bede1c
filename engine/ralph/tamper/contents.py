"""Files that no reviewer can read, that lie outside of the task, or that tests compare with."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from engine.domain.change import FileChange
from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.paths import is_check_config, is_test_file
from engine.ralph.tamper.files import MAY_EDIT_TESTS
from engine.ralph.tamper.globs import matches
from engine.ralph.tamper.node_snapshots import only_adds_snapshots
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.python_source import is_python, is_test

_SCRIPTS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_PROGRAM_SUFFIXES = (".so", ".pyd", ".dll", ".dylib", ".exe", ".o", ".a", ".class", ".jar", ".node")
_PROGRAM_STARTS = (b"\x7fELF", b"MZ\x90\x00", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\x00asm")
_PROSE = (".md", ".rst")


def test_data_stays(evidence: Evidence) -> Iterator[Ground]:
    """What existing tests compare with (data, snapshots, golden files) stays as it was."""
    if evidence.task_type in MAY_EDIT_TESTS:
        return
    for change in evidence.changes:
        path = change.path
        is_code = is_python(path) or path.lower().endswith(_SCRIPTS) or is_check_config(path)
        is_prose = path.lower().endswith(_PROSE) and "/" in path and "readme" in path.lower()
        if change.before is None or is_code or is_prose or not is_test(evidence, path):
            continue
        if only_adds_snapshots(change):
            continue
        what = "removed" if change.after is None else "changed"
        yield objection("test-data-changed", f"data of existing tests was {what}", path=path)


def everything_is_in_scope(evidence: Evidence) -> Iterator[Ground]:
    """The change stays within the paths that the task names; new tests always may be added."""
    if not evidence.scope:
        return
    new = {change.path for change in evidence.changes if change.before is None}
    for path in evidence.changed_files:
        is_new_test = path in new and is_test_file(path)
        if not is_new_test and not any(matches(path, glob) for glob in evidence.scope):
            message = f"this is outside of the task: it may touch {', '.join(evidence.scope)}"
            yield objection("out-of-scope", message, path=path)


def contents_can_be_judged(evidence: Evidence) -> Iterator[Ground]:
    """No programs, no links that lead out of the tree, no other commits of submodules, no text that
    is too long to be read.
    """
    for change in evidence.changes:
        what = _unreadable(change)
        if what:
            yield objection("foreign-content", what, path=change.path)


def _unreadable(change: FileChange) -> str:
    path, after = change.path, change.after
    if change.is_submodule or path.rsplit("/", 1)[-1] == ".gitmodules":
        return "a submodule is changed"
    if change.is_link:
        return _link(change)
    if change.is_cut and (is_python(path) or is_test_file(path) or is_check_config(path)):
        return "this is too long to be judged"
    if after is not None and (
        path.lower().endswith(_PROGRAM_SUFFIXES) or after.startswith(_PROGRAM_STARTS)
    ):
        return "a program that nobody can read"
    if after is not None and is_python(path) and b"\x00" in after:
        return "source with null bytes"
    return ""


def _link(change: FileChange) -> str:
    target = (change.after or b"").decode("utf-8", "replace")
    leads_to = posixpath.normpath(posixpath.join(posixpath.dirname(change.path), target))
    if target.startswith("/") or leads_to.split("/")[0] in ("..", ".git", ".aibrain"):
        return "a link leads out of the tree"
    if is_test_file(change.path) or is_check_config(change.path) or is_python(change.path):
        return "a link takes the place of a file that checks read"
    return ""
