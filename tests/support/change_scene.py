"""A verified change of three files, for the screen that shows it."""

from __future__ import annotations

from dataclasses import replace
from difflib import unified_diff

from engine.domain.change import ChangedFile, FileFate, FilePatch
from tests.support.face import FakeFace
from tests.support.merge_scene import TO_MERGE, merge_face

HEAD, BASE = "2" * 40, "1" * 40
NUMBERS_BEFORE = '''"""Numbers of lists."""


def mean(values):
    """The arithmetic mean."""
    return sum(values) / len(values)


def median(values):
    """The value in the middle."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def span(values):
    return max(values) - min(values)


def total(values):
    return sum(values)


def largest(values):
    return sorted(values)[-1]
'''
NUMBERS_AFTER = NUMBERS_BEFORE.replace(
    "    return ordered[len(ordered) // 2]\n",
    "    middle = len(ordered) // 2\n"
    "    if len(ordered) % 2:\n"
    "        return ordered[middle]\n"
    "    return (ordered[middle - 1] + ordered[middle]) / 2  # of an even list, between the two\n",
).replace("    return sorted(values)[-1]\n", "    return max(values)\n")
TEST = "from numbers import median\n\n\ndef test_even():\n    assert median([1, 2]) == 1.5\n"


def changed(
    path: str, before: str, after: str, *, is_cut: bool = False
) -> tuple[ChangedFile, FilePatch]:
    """A file and its diff, as git would print it."""
    rows = list(
        unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), "a", "b")
    )
    fate = FileFate.CHANGED if before and after else FileFate.ADDED if after else FileFate.DELETED
    file = ChangedFile(
        path=path, raw_path=path, fate=fate,
        added=sum(row.startswith("+") for row in rows[2:]),
        removed=sum(row.startswith("-") for row in rows[2:]),
    )  # fmt: skip
    return file, FilePatch(text=f"diff --git a/{path} b/{path}\n{''.join(rows)}", is_cut=is_cut)


def change_face() -> FakeFace:
    """The merges' scene, in which the first task to merge has a change to read."""
    face = merge_face()
    face.changes[HEAD] = [
        changed("docs/notes/about/statistics.md", "Old notes.\n", ""),
        changed("src/numbers.py", NUMBERS_BEFORE, NUMBERS_AFTER),
        changed("tests/test_numbers.py", "", TEST),
    ]
    face.tasks[TO_MERGE] = replace(face.tasks[TO_MERGE], base_commit=BASE, head_commit=HEAD)
    return face
