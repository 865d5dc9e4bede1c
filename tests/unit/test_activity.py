"""What a task at work is doing, and whether it gets on, from its records."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.app.activity import activities, activity_of
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind, TranscriptEntry
from engine.ports.cockpit import Activity, Health
from engine.session.transcripts import TranscriptWriter
from tests.support.clock import FakeClock
from tests.support.face import NOW
from tests.support.scene import item


def at(second: float, kind: EntryKind, text: str = "x") -> TranscriptEntry:
    stamp = (NOW + timedelta(seconds=second)).isoformat()
    return TranscriptEntry(at=stamp, kind=kind, text=text)


@pytest.mark.parametrize(
    ("gap", "silence", "health"),
    [
        (1, 59, Health.HEALTHY),
        (1, 61, Health.SLOW),
        (1, 301, Health.STALLED),
        (30, 149, Health.HEALTHY),
        (30, 151, Health.SLOW),
        (30, 599, Health.SLOW),
        (30, 601, Health.STALLED),
    ],
)
def test_silence_is_measured_against_what_is_usual(
    gap: float, silence: float, health: Health
) -> None:
    entries = tuple(at(number * gap, EntryKind.TOOL) for number in range(5))
    told = activity_of(entries, NOW + timedelta(seconds=4 * gap + silence))
    assert told is not None
    assert told.health is health


def test_a_call_that_waits_to_be_tried_again_is_retrying_however_long() -> None:
    entries = (at(0, EntryKind.TOOL, "ls"), at(1, EntryKind.RETRY, "model call failed (429)"))
    told = activity_of(entries, NOW + timedelta(hours=1))
    assert told == Activity(headline="model call failed (429)", health=Health.RETRYING)


@pytest.mark.parametrize(
    ("entries", "headline"),
    [
        ((at(0, EntryKind.TOOL, "pytest -q"), at(1, EntryKind.OUTPUT, "ok")), "$ pytest -q"),
        ((at(0, EntryKind.CHECK, "one\ntwo\n\n"),), "check: two"),
        (
            (at(0, EntryKind.ENGINE, "check pytest runs"), at(1, EntryKind.CHECK, "..F\n")),
            "check pytest runs: ..F",
        ),
        ((at(0, EntryKind.TOOL, "ls"), at(1, EntryKind.ENGINE, "committed 3a")), "committed 3a"),
        ((at(0, EntryKind.TEXT, "\nI look.\nThen"),), "I look."),
        ((at(0, EntryKind.TEXT, "have to"), at(1, EntryKind.TEXT, " arrive")), ""),
        (
            (at(0, EntryKind.TEXT, "I look at v1.2. Th"), at(1, EntryKind.TEXT, "en I")),
            "I look at v1.2.",
        ),
        (
            (at(0, EntryKind.TEXT, "First. The tests"), at(1, EntryKind.TEXT, " are red.\n- ")),
            "The tests are red.",
        ),
        ((at(0, EntryKind.TEXT, "Done.\n---\n"),), "Done."),
        ((at(0, EntryKind.TOOL, "x" * 900),), "$ " + "x" * 198),
    ],
)
def test_the_headline_is_the_newest_thing_that_was_done(
    entries: tuple[TranscriptEntry, ...], headline: str
) -> None:
    told = activity_of(entries, NOW)
    assert told is not None
    assert told.headline == headline


@pytest.mark.parametrize(
    ("then", "headline"),
    [
        ((), "its checks are about to run, in a clean checkout"),
        ((at(2, EntryKind.USAGE),), "its checks are about to run, in a clean checkout"),
        ((at(2, EntryKind.ENGINE, "check ruff runs"),), "check ruff runs"),
        (
            (at(2, EntryKind.ENGINE, "check ruff runs"), at(3, EntryKind.CHECK, "a.py:1 E501\n")),
            "check ruff runs: a.py:1 E501",
        ),
    ],
)
def test_while_it_is_verified_what_its_agent_did_is_no_news(
    then: tuple[TranscriptEntry, ...], headline: str
) -> None:
    entries = (at(0, EntryKind.TOOL, "git status"), at(1, EntryKind.OUTPUT, "clean"), *then)
    told = activity_of(entries, NOW, is_verifying=True)
    assert told is not None
    assert told.headline == headline


def test_damaged_records_claim_nothing() -> None:
    assert activity_of((), NOW) is None
    broken = TranscriptEntry(at="", kind=EntryKind.ENGINE, text="damaged")
    assert activity_of((broken,), NOW) is None


def test_only_tasks_that_a_worker_holds_are_looked_at(tmp_path: Path) -> None:
    clock = FakeClock()
    for name in ("works", "rests"):
        with TranscriptWriter(tmp_path, name, 1, clock) as notes:
            notes.append(EntryKind.TOOL, f"do {name}")
    items = [item("works", "x", TaskState.RUNNING), item("rests", "x", TaskState.PAUSED),
             item("begins", "x", TaskState.CLAIMED)]  # fmt: skip
    found = activities(items, tmp_path, clock.now())
    assert found == {TaskId("works"): Activity(headline="$ do works", health=Health.HEALTHY)}
