"""New modules that are found before those that were there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from engine.ralph.evidence import Evidence
from engine.ralph.ground import Ground
from engine.ralph.tamper.node_names import name_of
from engine.ralph.tamper.objection import objection
from engine.ralph.tamper.typescript_source import is_installed, is_script

_MOCKS = "__mocks__"
_SUFFIXES = (".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".cjs", ".cts")


def modules_are_not_shadowed(evidence: Evidence) -> Iterator[Ground]:
    """No new module has the name of one that stays, with another ending, or stands in for one."""
    gone = {change.path for change in evidence.changes if change.after is None}
    stays = evidence.files_at_base - gone
    for change in evidence.changes:
        if change.before is not None or change.after is None:
            continue
        if not is_script(change.path) or is_installed(change.path):
            continue
        rival = _rival(change.path, stays)
        if rival:
            message = f"it would be imported in the place of {rival}"
            yield objection("runner-shadowed", message, path=change.path)
        elif _MOCKS in change.path.split("/"):
            message = "stands in for a module in tests that say nothing of it"
            yield objection("mock-added", message, path=change.path)


def _rival(path: str, stays: frozenset[str]) -> str:
    """The module that an import without an ending meant before; or nothing."""
    if name_of(path).endswith((".d.ts", ".d.mts", ".d.cts")):
        return ""
    module = PurePosixPath(path).with_suffix("")
    places = [module] if module.name == "index" else [module, module / "index"]
    names = (f"{place}{suffix}" for place in places for suffix in _SUFFIXES)
    return next((name for name in names if name != path and name in stays), "")
