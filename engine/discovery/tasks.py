"""The task that a group of findings becomes."""

from __future__ import annotations

from typing import Any, assert_never

from engine.discovery.groups import Group, GroupKind
from engine.discovery.sighting import Sighting
from engine.discovery.source.remark import NAME
from engine.domain.work import TaskType

_LONGEST_LINE = 240
_REACHES_FURTHER = frozenset({"mypy", "tsc", "command", NAME})
"""Kinds of checks whose findings are often cured, or shown to be, in another file."""
_IN_TESTS = "focused-test"


def type_of(group: Group) -> TaskType:
    """What kind of change is wanted. What our own rules say is a bug: verification does not run
    them, so a test has to show that it is mended.
    """
    match group.kind:
        case GroupKind.RED_TESTS:
            return TaskType.BUGFIX
        case GroupKind.UNFIT_TESTS:
            return TaskType.TEST_FIX
        case GroupKind.RULE if group.key.check != NAME:
            return TaskType.CODE_QUALITY
        case GroupKind.RULE:
            return TaskType.TEST_FIX if group.key.subject == _IN_TESTS else TaskType.BUGFIX
        case _:
            assert_never(group.kind)


def description(group: Group) -> str:
    """One line with what, where and how many; then the findings with their lines."""
    return "\n".join((_headline(group), *map(_line, group.sightings)))


def targets(group: Group) -> tuple[str, ...]:
    """Tests that have to be green at the end; empty for findings of other checks."""
    return tuple(sorted({one.target for one in group.sightings if one.target}))


def metadata(group: Group) -> dict[str, Any]:
    """What later scans recognise the task by, and where its change may reach."""
    kept: dict[str, Any] = {
        "discovery": {
            "key": group.key.text,
            "check": group.key.check,
            "package": group.package,
            "findings": [one.id for one in group.sightings],
        }
    }
    if _stays_in_its_file(group):
        kept["scope"] = [group.key.path]
    return kept


def _stays_in_its_file(group: Group) -> bool:
    path = group.key.path
    is_local = group.sightings[0].kind not in _REACHES_FURTHER
    can_be_written = bool(path) and path == path.strip()
    return group.kind is GroupKind.RULE and is_local and can_be_written


def _headline(group: Group) -> str:
    count = len(group.sightings)
    where = _one_line(group.key.path) or "the repository"
    package = f" (package {_one_line(group.package)})" if group.package else ""
    match group.kind:
        case GroupKind.RED_TESTS:
            what = f"Make {_counted(count, 'failing test')} in {where} pass"
        case GroupKind.UNFIT_TESTS:
            what = f"Mend {where}: {_counted(count, 'test')} there cannot give an answer"
        case GroupKind.RULE:
            rule = f"{group.key.check} {_one_line(group.key.subject)}"
            what = f"Clear {_counted(count, 'finding')} of {rule} in {where}"
    return f"{what}{package}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _line(one: Sighting) -> str:
    message = _one_line(one.finding.message)
    if one.is_test:
        return f"- {_one_line(one.target or one.finding.id)}: {message}"
    return f"- line {one.finding.line}: {message}" if one.finding.line else f"- {message}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_LINE]
