"""Which findings belong into one task: those of one rule in one file, or of one test file."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import PurePosixPath

from engine.discovery.sighting import Sighting, storable
from engine.domain.values import dataclass

LARGEST = 20
"""Findings in one task: what somebody can still review as one change."""
_WORD = re.compile(r"[^a-z0-9]+")
_RED_RULE = "test-red"


class GroupKind(StrEnum):
    """What kind of work a group is."""

    RED_TESTS = "red-tests"
    """Tests that fail: the code, or the test, is wrong."""
    UNFIT_TESTS = "unfit-tests"
    """Tests that hang, crash or cannot be collected."""
    RULE = "rule"
    """What a linter, a type checker or a rule on source says."""


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What the findings of a group have in common."""

    check: str
    path: str
    subject: str
    """The rule; for tests, the kind of group."""

    @property
    def text(self) -> str:
        """As it is kept with a task."""
        return "\n".join((self.check, self.path, self.subject))

    @property
    def slug(self) -> str:
        """Beginning of the task id: readable, and different for different keys. At most 71
        characters.
        """
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:6]
        stem = PurePosixPath(self.path).stem or "repository"
        words = (_word(self.check, 15), _word(self.subject, 18), _word(stem, 24))
        return "-".join(("scan", *filter(None, words), digest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Findings that one change should cure."""

    key: GroupKey
    kind: GroupKind
    sightings: tuple[Sighting, ...]
    """By line, then by id; never empty."""

    @property
    def package(self) -> str:
        return self.sightings[0].package

    def part(self, ids: Iterable[str]) -> Group:
        """The same group with only these findings."""
        wanted = frozenset(ids)
        kept = tuple(one for one in self.sightings if one.id in wanted)
        return Group(key=self.key, kind=self.kind, sightings=kept)


def group(sightings: Iterable[Sighting]) -> list[Group]:
    """All findings by what belongs together, in the order of their keys."""
    together: defaultdict[tuple[GroupKey, GroupKind], list[Sighting]] = defaultdict(list)
    for one in sightings:
        kind = _kind(one)
        subject = one.finding.rule if kind is GroupKind.RULE else kind.value
        key = GroupKey(storable(one.check), storable(one.path), storable(subject))
        together[key, kind].append(one)
    return [
        Group(key=key, kind=kind, sightings=tuple(sorted(found, key=_place)))
        for (key, kind), found in sorted(together.items(), key=lambda pair: pair[0][0].text)
    ]


def chunks(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """`ids` in reviewable portions."""
    for start in range(0, len(ids), LARGEST):
        yield tuple(ids[start : start + LARGEST])


def _kind(one: Sighting) -> GroupKind:
    if not one.is_test:
        return GroupKind.RULE
    return GroupKind.RED_TESTS if one.finding.rule == _RED_RULE else GroupKind.UNFIT_TESTS


def _place(one: Sighting) -> tuple[int, str]:
    return one.finding.line or 0, one.id


def _word(text: str, longest: int) -> str:
    return _WORD.sub("-", text.lower()).strip("-")[:longest].strip("-")
