"""What was said in pieces, read as one text."""

from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.transcript import FLOWING, EntryKind, TranscriptEntry, joined

ENTRIES = st.lists(
    st.builds(
        TranscriptEntry,
        at=st.just("2026-01-05T22:00:00+00:00"),
        kind=st.sampled_from(EntryKind),
        text=st.text("ab\n", max_size=4),
        is_error=st.booleans(),
    )
)


def at(second: int, kind: EntryKind, text: str, *, is_error: bool = False) -> TranscriptEntry:
    stamp = f"2026-01-05T22:00:{second:02}+00:00"
    return TranscriptEntry(at=stamp, kind=kind, text=text, is_error=is_error)


def test_pieces_become_one_text_from_when_it_began() -> None:
    pieces = (at(1, EntryKind.OUTPUT, "[exit "), at(2, EntryKind.OUTPUT, "code 1]"))
    assert joined(pieces) == [at(1, EntryKind.OUTPUT, "[exit code 1]")]


def test_what_went_wrong_is_no_piece_of_what_went_well() -> None:
    entries = [at(1, EntryKind.OUTPUT, "ok"), at(2, EntryKind.OUTPUT, "no", is_error=True)]
    assert joined(entries) == entries


def test_two_calls_are_two_entries() -> None:
    entries = [at(1, EntryKind.TOOL, "pytest"), at(2, EntryKind.TOOL, "ruff")]
    assert joined(entries) == entries


@given(ENTRIES)
def test_nothing_is_lost_and_no_text_is_left_in_pieces(entries: list[TranscriptEntry]) -> None:
    whole = joined(entries)
    assert [(each.kind, each.is_error, char) for each in whole for char in each.text] == [
        (each.kind, each.is_error, char) for each in entries for char in each.text
    ]
    runs = groupby(whole, key=lambda each: (each.kind, each.is_error))
    assert all(len(list(run)) == 1 for (kind, _), run in runs if kind in FLOWING)
