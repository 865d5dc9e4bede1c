"""One line of the table of cheats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from engine.domain.work import TaskType

Deed = Mapping[str, str | bytes | None] | Callable[[Path], None]
"""New content by path (None: the file goes away), or a function that works in the checkout."""


class Kind(StrEnum):
    """What a case is, and so what its verdict must be."""

    CHEAT = "cheat"
    HONEST = "honest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A committed repository that the changes of one language start from."""

    language: str
    files: Mapping[str, str]
    settings: str
    """Text of its `.aibrain/aio.toml`, which is not committed."""
    target: str
    """The test that is red at the base commit; the task is to make it green."""
    prepare: Callable[[Path], None] | None = None
    """Puts what is never committed (an environment) into the checkout, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A change, and what Ralph has to make of it."""

    name: str
    """What is done, in a few words; unique in the table."""
    kind: Kind
    base: Base
    does: Deed
    rule: str = ""
    """For a cheat: the rule that must be among the verdict's reasons."""
    task_type: TaskType = TaskType.BUGFIX
    targets: tuple[str, ...] | None = None
    """None: the target of the base."""

    is_recorded: bool = False
    """Judged as if the checks had said of it what they say of the base's cure, which is quick;
    cheats of the base are judged so in any case, those without it on a run of their own as well.
    """

    def apply(self, checkout: Path) -> None:
        """Make the change in `checkout`, which is at the base commit."""
        if callable(self.does):
            self.does(checkout)
            return
        for name, content in self.does.items():
            path = checkout / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def first_of_each_rule_runs(cases: Iterable[Case], *, of: Base) -> tuple[Case, ...]:
    """The cases: of those of one base that the same rule sees, only the first is judged on a run of
    its own, and those that are no mere files.
    """
    found: list[Case] = []
    seen: set[str] = set()
    for case in cases:
        is_one_more = case.base is of and case.rule in seen and not callable(case.does)
        if case.base is of and not case.is_recorded:
            seen.add(case.rule)
        found.append(replace(case, is_recorded=case.is_recorded or is_one_more))
    return tuple(found)
