"""What an iteration had said up to a moment, against a look at all of it."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.transcript import EntryKind, TranscriptEntry
from engine.ports.replay import PastTranscript
from engine.session.transcript_lines import encoded
from engine.session.transcript_past import past_transcript

BEGAN = datetime(2026, 1, 5, 21, 0, tzinfo=UTC)


def _entry(second: int, text: str) -> TranscriptEntry:
    at = (BEGAN + timedelta(seconds=second)).isoformat()
    return TranscriptEntry(at=at, kind=EntryKind.TEXT, text=text)


def _write(folder: Path, name: str, lines: list[bytes]) -> None:
    (folder / "fix-a").mkdir(exist_ok=True)
    (folder / "fix-a" / name).write_bytes(b"".join(lines))


def _past(folder: Path, second: float, *, limit_bytes: int = 65_536) -> PastTranscript:
    until = BEGAN + timedelta(seconds=second)
    return past_transcript(folder, "fix-a", 1, until, limit_bytes=limit_bytes)


@given(
    gaps=st.lists(st.integers(0, 9), max_size=40),
    sizes=st.lists(st.integers(0, 9000), min_size=40, max_size=40),
    second=st.integers(-2, 200),
)
@settings(max_examples=40, deadline=None)
def test_every_moment_shows_what_had_been_said(
    gaps: list[int], sizes: list[int], second: int
) -> None:
    entries: list[TranscriptEntry] = []
    at = 0
    for gap, size in zip(gaps, sizes, strict=False):
        at += gap
        entries.append(_entry(at, "x" * size))
    with tempfile.TemporaryDirectory() as name:
        _write(Path(name), "1.jsonl", [encoded(entry) for entry in entries])
        past = _past(Path(name), second, limit_bytes=10**7)
    until = BEGAN + timedelta(seconds=second)
    came = [datetime.fromisoformat(entry.at) for entry in entries]
    assert past.entries == tuple(e for e, t in zip(entries, came, strict=True) if t <= until)
    assert past.next_at == next((t for t in came if t > until), None)


def test_of_much_the_end_is_shown(tmp_path: Path) -> None:
    _write(tmp_path, "1.jsonl", [encoded(_entry(n, f"line {n} {'x' * 80}")) for n in range(1000)])
    past = _past(tmp_path, 500, limit_bytes=2000)
    assert past.is_cut
    assert past.entries[-1].text.startswith("line 500 ")
    assert 5 < len(past.entries) < 20


def test_an_attempt_that_was_given_up_is_shown_until_the_next_one_spoke(tmp_path: Path) -> None:
    _write(tmp_path, "1.abandoned-1.jsonl", [encoded(_entry(n, f"first {n}")) for n in (0, 5)])
    _write(tmp_path, "1.abandoned-2.jsonl", [encoded(_entry(20, "second"))])
    _write(tmp_path, "1.jsonl", [encoded(_entry(40, "third"))])
    told = {
        second: [entry.text for entry in _past(tmp_path, second).entries]
        for second in (-1, 0, 5, 19, 20, 39, 40)
    }
    assert told == {
        -1: [], 0: ["first 0"], 5: ["first 0", "first 5"], 19: ["first 0", "first 5"],
        20: ["second"], 39: ["second"], 40: ["third"],
    }  # fmt: skip
    assert _past(tmp_path, 5).next_at == BEGAN + timedelta(seconds=20)
    assert _past(tmp_path, 40).next_at is None


def test_damaged_lines_and_a_torn_end_stop_nobody(tmp_path: Path) -> None:
    lines = [encoded(_entry(0, "a")), b"not json\n", encoded(_entry(9, "b")), b'{"at": "20']
    _write(tmp_path, "1.jsonl", lines)
    assert [entry.text for entry in _past(tmp_path, 9).entries][::2] == ["a", "b"]
    assert [entry.text for entry in _past(tmp_path, 3).entries] == ["a"]
    _write(tmp_path, "1.jsonl", [json.dumps({"at": "noon"}).encode() + b"\n"] * 3)
    assert _past(tmp_path, 9) == PastTranscript()
    assert past_transcript(tmp_path, "nobody", 1, BEGAN) == PastTranscript()
