"""What an edit of package.json does to the checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.ralph.tamper.node_names import is_tool

_SWALLOWING = re.compile(
    r"\|\|\s*(?:true|:|exit\s+0|echo|node\s+-e)|;\s*(?:true|exit(?:\s+0)?)\b|(?<!\|)\|(?!\|)"
    r"|pass-?with-?no-?tests|--no-error-on-unmatched|--exit-zero|set\s+\+e|--force-exit|&\s*$"
    r"|--continue(?!=never)|--bail=0",
    re.IGNORECASE,
)
_CHECKING = re.compile(
    r"\b(?:vitest|jest|mocha|ava|eslint|biome|oxlint|tsc|vue-tsc|turbo|nx|c8|nyc|node\s+--test)\b"
)
_CHECK_SCRIPT = re.compile(
    r"(?:pre|post)?(?:test|lint|type-?check|check|tsc|types|ci|verify|validate|coverage|eslint)"
    r"(?:[:.-].*)?",
    re.IGNORECASE,
)
_LIFECYCLE = frozenset(
    {"preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare", "dependencies"}
)
_TOOL_TABLES = frozenset(
    {
        "vitest", "jest", "eslintConfig", "eslintIgnore", "mocha", "ava", "nyc", "c8", "tap",
        "babel", "swc", "turbo", "nx", "node-options",
    }
)  # fmt: skip
_DEPENDENCIES = (
    "dependencies", "devDependencies", "peerDependencies", "optionalDependencies",
    "bundledDependencies", "bundleDependencies",
)  # fmt: skip
_REDIRECTIONS = ("overrides", "resolutions", "pnpm", "patchedDependencies", "dependenciesMeta")
_TEST_CONDITIONS = frozenset({"vitest", "test", "jest", "testing", "development"})
"""Under which a test runner looks for the files of a package, and its users do not."""


def weaker_manifest(
    before: Mapping[str, object] | None, after: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Rules that the edit breaks, each with what it does. `before` is None for a new package."""
    old = before or {}
    yield from _scripts(_table(old, "scripts"), _table(after, "scripts"))
    for name in sorted(_TOOL_TABLES):
        if old.get(name) != after.get(name):
            yield "check-config-edited", f"'{name}' was changed"
    yield from _dependencies(old, after, is_new=before is None)
    yield from _redirections(old, after)
    yield from _names(old, after)
    if _test_conditions(after.get("exports")) - _test_conditions(old.get("exports")):
        yield "test-aware-code", "'exports' leads tests to other files than users"


def _scripts(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name in sorted(old.keys() | new.keys()):
        was, now = str(old.get(name, "")), str(new.get(name, ""))
        if was == now:
            continue
        if _SWALLOWING.search(now) and _checks(name, now):
            yield "exit-code-swallowed", f"script '{name}' hides whether it failed: {now}"
        elif was and (_checks(name, was) or _checks(name, now)):
            yield "check-config-edited", f"script '{name}' was changed: {was} became {now or '-'}"
        elif not was and (name in _LIFECYCLE or _runs_beside_old(name, old)):
            yield "check-config-edited", f"script '{name}' would run by itself: {now}"


def _checks(name: str, command: str) -> bool:
    return bool(_CHECK_SCRIPT.fullmatch(name) or _CHECKING.search(command))


def _runs_beside_old(name: str, old: Mapping[str, object]) -> bool:
    main = name.removeprefix("pre").removeprefix("post")
    return name.startswith(("pre", "post")) and main in old and bool(_CHECK_SCRIPT.fullmatch(main))


def _dependencies(
    old: Mapping[str, object], new: Mapping[str, object], *, is_new: bool
) -> Iterator[tuple[str, str]]:
    for table in _DEPENDENCIES:
        was, now = _table(old, table), _table(new, table)
        for name in sorted(was.keys() | now.keys()):
            if not is_tool(name) or was.get(name) == now.get(name):
                continue
            is_added = name not in was
            if not is_added or not _is_plain(now[name]) or (name in _all(old) and not is_new):
                what = f"{was.get(name, 'nothing')} became {now.get(name, 'nothing')}"
                yield "check-tool-changed", f"'{name}' of '{table}': {what}"


def _all(settings: Mapping[str, object]) -> set[str]:
    return {name for table in _DEPENDENCIES for name in _table(settings, table)}


def _is_plain(version: object) -> bool:
    """Whether it is a version or a package of the same workspace, and not a place."""
    text = str(version)
    return text.startswith(("workspace:", "catalog:")) or not re.search(r"[:/]", text)


def _redirections(
    old: Mapping[str, object], new: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    for table in _REDIRECTIONS:
        was, now = dict(_leaves(old.get(table))), dict(_leaves(new.get(table)))
        for name in sorted(was.keys() | now.keys()):
            if was.get(name) != now.get(name) and any(
                _is_tool_at(part) for part in name.split(">")
            ):
                yield "check-tool-changed", f"'{table}' leads '{name}' elsewhere"


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}>{name}" if path else str(name))
    else:
        yield path, str(value)


def _is_tool_at(part: str) -> bool:
    """Whether it names a tool, perhaps with a version or behind `**/`."""
    bare = re.sub(r"(?<=.)@.*", "", part.removeprefix("**/"))
    return is_tool(bare) or is_tool(bare.rpartition("/")[2])


def _names(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    name = new.get("name")
    if name != old.get("name") and isinstance(name, str) and is_tool(name):
        yield "runner-shadowed", f"a package takes the name of '{name}'"
    commands = _table(new, "bin")
    for command in sorted(commands):
        if is_tool(command) and commands[command] != _table(old, "bin").get(command):
            yield "runner-shadowed", f"a package installs a command '{command}'"
    if _workspaces(old) - _workspaces(new):
        yield "check-config-edited", "'workspaces' no longer covers all that it did"
    if any(entry.startswith("!") for entry in _workspaces(new) - _workspaces(old)):
        yield "check-config-edited", "'workspaces' leaves something out"


def _workspaces(settings: Mapping[str, object]) -> set[str]:
    found = settings.get("workspaces")
    entries = found.get("packages") if isinstance(found, dict) else found
    return {str(entry) for entry in entries} if isinstance(entries, list) else set()


def _test_conditions(exports: object) -> set[str]:
    if not isinstance(exports, dict):
        return set()
    found = {f"{key}={inner}" for key, inner in exports.items() if key in _TEST_CONDITIONS}
    return found.union(*(_test_conditions(inner) for inner in exports.values()))


def _table(settings: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = settings.get(name)
    return found if isinstance(found, dict) else {}
