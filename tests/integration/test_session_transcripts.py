"""Transcripts: written while an iteration runs, read at the same time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import InputError, StoreError
from engine.domain.transcript import EntryKind, TranscriptEntry
from engine.redaction.redactor import secrets_redactor
from engine.session.transcripts import TranscriptWriter, read_transcript
from engine.vault.ring import KeyRing
from tests.support.clock import FakeClock

AT = "2026-01-05T22:00:00+00:00"


def _entry(kind: EntryKind, text: str, *, is_error: bool = False, at: str = AT) -> TranscriptEntry:
    return TranscriptEntry(at=at, kind=kind, text=text, is_error=is_error)


def _all(folder: Path, *, limit_bytes: int = 262_144) -> list[TranscriptEntry]:
    entries: list[TranscriptEntry] = []
    after = 0
    while True:
        chunk = read_transcript(folder, "fix-1", 1, after=after, limit_bytes=limit_bytes)
        entries += chunk.entries
        if chunk.next_offset == after:
            return entries
        after = chunk.next_offset


def _texts(folder: Path) -> list[str]:
    return [entry.text for entry in _all(folder)]


def test_entries_come_back_in_order(tmp_path: Path) -> None:
    with TranscriptWriter(tmp_path, "fix-1", 1, FakeClock()) as writer:
        writer.append(EntryKind.PROMPT, "fix the rounding")
        writer.append(EntryKind.TEXT, "I look")
        writer.append(EntryKind.TOOL, "bash: pytest")
        writer.append(EntryKind.OUTPUT, "1 failed", is_error=True)
        writer.append(EntryKind.VERDICT, "FAIL")

    assert _all(tmp_path) == [
        _entry(EntryKind.PROMPT, "fix the rounding"),
        _entry(EntryKind.TEXT, "I look"),
        _entry(EntryKind.TOOL, "bash: pytest"),
        _entry(EntryKind.OUTPUT, "1 failed", is_error=True),
        _entry(EntryKind.VERDICT, "FAIL"),
    ]


def test_pieces_are_merged_to_fifteen_entries_a_second(tmp_path: Path) -> None:
    clock = FakeClock()
    with TranscriptWriter(tmp_path, "fix-1", 1, clock) as writer:
        for number in range(1000):
            writer.append(EntryKind.TEXT, f"{number} ")
            clock.advance(0.002)

    texts = _texts(tmp_path)
    assert 28 <= len(texts) <= 32
    assert "".join(texts) == "".join(f"{number} " for number in range(1000))


def test_the_first_piece_after_a_pause_shows_at_once(tmp_path: Path) -> None:
    clock = FakeClock()
    with TranscriptWriter(tmp_path, "fix-1", 1, clock) as writer:
        writer.append(EntryKind.TEXT, "a ")
        assert _texts(tmp_path) == ["a "]
        writer.append(EntryKind.TEXT, "b ")
        assert _texts(tmp_path) == ["a "]
        clock.advance(1)
        writer.append(EntryKind.TEXT, "c ")
        assert _texts(tmp_path) == ["a ", "b c "]
        writer.append(EntryKind.TEXT, "d e")
        writer.flush()
        assert _texts(tmp_path) == ["a ", "b c ", "d "]

    assert _texts(tmp_path) == ["a ", "b c ", "d ", "e"]


def test_a_text_is_not_merged_with_another_kind_or_with_errors(tmp_path: Path) -> None:
    with TranscriptWriter(tmp_path, "fix-1", 1, FakeClock()) as writer:
        for kind, is_error in (
            (EntryKind.OUTPUT, False),
            (EntryKind.OUTPUT, False),
            (EntryKind.OUTPUT, True),
            (EntryKind.CHECK, True),
            (EntryKind.ENGINE, False),
            (EntryKind.ENGINE, False),
        ):
            writer.append(kind, "x ", is_error=is_error)

    kinds = [(entry.kind, entry.is_error) for entry in _all(tmp_path)]
    assert kinds == [
        (EntryKind.OUTPUT, False),
        (EntryKind.OUTPUT, False),
        (EntryKind.OUTPUT, True),
        (EntryKind.CHECK, True),
        (EntryKind.ENGINE, False),
        (EntryKind.ENGINE, False),
    ]


def test_an_empty_piece_leaves_no_entry_but_an_empty_notice_does(tmp_path: Path) -> None:
    with TranscriptWriter(tmp_path, "fix-1", 1, FakeClock()) as writer:
        writer.append(EntryKind.OUTPUT, "")
        writer.append(EntryKind.ENGINE, "")

    assert _all(tmp_path) == [_entry(EntryKind.ENGINE, "")]


def test_a_large_output_is_split_and_never_held_back(tmp_path: Path) -> None:
    text = "ünï\x00😀\\" * 400_000
    with TranscriptWriter(tmp_path, "fix-1", 1, FakeClock()) as writer:
        writer.append(EntryKind.OUTPUT, text)
        assert "".join(_texts(tmp_path)) == text

    assert (
        max(len(line) for line in (tmp_path / "fix-1/1.jsonl").read_bytes().split(b"\n")) < 262_144
    )


@settings(max_examples=50)
@given(pieces=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=8))
def test_any_text_comes_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("transcripts")
    with TranscriptWriter(folder, "fix-1", 1, FakeClock()) as writer:
        for piece in pieces:
            writer.append(EntryKind.OUTPUT, piece)

    assert "".join(_texts(folder)) == "".join(pieces)


def test_a_lone_surrogate_is_kept(tmp_path: Path) -> None:
    with TranscriptWriter(tmp_path, "fix-1", 1, FakeClock()) as writer:
        writer.append(EntryKind.OUTPUT, "name \udcff")

    assert "".join(_texts(tmp_path)) == "name \udcff"


def test_the_transcript_of_an_interrupted_iteration_is_kept_aside(tmp_path: Path) -> None:
    for number in range(3):
        with TranscriptWriter(tmp_path, "fix-1", 1, FakeClock()) as writer:
            writer.append(EntryKind.ENGINE, f"try {number}")

    assert _texts(tmp_path) == ["try 2"]
    assert sorted(path.name for path in (tmp_path / "fix-1").iterdir()) == [
        "1.abandoned-1.jsonl",
        "1.abandoned-2.jsonl",
        "1.jsonl",
    ]


def test_beyond_the_limit_only_what_matters_is_written(tmp_path: Path) -> None:
    with TranscriptWriter(tmp_path, "fix-1", 1, FakeClock(), cap_bytes=2000) as writer:
        for _ in range(100):
            writer.append(EntryKind.TOOL, "x" * 100)
        writer.append(EntryKind.VERDICT, "PASS")

    entries = _all(tmp_path)
    tools = [entry for entry in entries if entry.kind is EntryKind.TOOL]
    line_bytes = 100 + len('{"at": "", "kind": "tool", "text": ""}\n') + len(AT)
    assert len(tools) == 2000 // line_bytes
    assert entries[-2] == _entry(EntryKind.VERDICT, "PASS")
    assert entries[-1] == _entry(
        EntryKind.ENGINE,
        f"{(100 - len(tools)) * line_bytes} bytes beyond the limit of 2000 were dropped",
        is_error=True,
    )


def test_only_the_owner_may_read_transcripts(tmp_path: Path) -> None:
    with TranscriptWriter(tmp_path / "transcripts", "fix-1", 1, FakeClock()):
        folder = tmp_path / "transcripts" / "fix-1"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "1.jsonl").stat().st_mode) == 0o600


def test_a_closed_writer_takes_nothing_more(tmp_path: Path) -> None:
    writer = TranscriptWriter(tmp_path, "fix-1", 1, FakeClock())
    writer.append(EntryKind.TEXT, "a")
    writer.append(EntryKind.TEXT, "b")
    writer.close()
    writer.close()

    with pytest.raises(ValueError, match="closed"):
        writer.append(EntryKind.ENGINE, "c")
    assert "".join(_texts(tmp_path)) == "ab"


def test_a_secret_that_comes_in_pieces_is_not_written(tmp_path: Path) -> None:
    clock = FakeClock()
    with TranscriptWriter(tmp_path, "fix-1", 1, clock, redact=secrets_redactor()) as writer:
        for piece in ("Use gh", "p_a1B2a1B2a1B2a1", "B2a1B2a1B2a1B2a1B2a1B2", " and go on"):
            writer.append(EntryKind.TEXT, piece)
            clock.advance(1)
            writer.flush()

    assert "".join(_texts(tmp_path)) == "Use [redacted:token] and go on"


def test_sealed_lines_are_read_with_their_key_alone(tmp_path: Path) -> None:
    codec = KeyRing.fresh().codec()
    with TranscriptWriter(tmp_path, "fix-1", 1, FakeClock(), codec=codec) as writer:
        writer.append(EntryKind.ENGINE, "told in confidence")

    assert b"confidence" not in (tmp_path / "fix-1" / "1.jsonl").read_bytes()
    [entry] = read_transcript(tmp_path, "fix-1", 1, codec=codec).entries
    assert entry.text == "told in confidence"
    [entry] = read_transcript(tmp_path, "fix-1", 1, codec=KeyRing.fresh().codec()).entries
    assert "damaged" in entry.text


@pytest.mark.parametrize("task_id", ["../x", "a/b", ""])
def test_ids_that_could_leave_the_folder_are_refused(tmp_path: Path, task_id: str) -> None:
    with pytest.raises(InputError):
        TranscriptWriter(tmp_path, task_id, 1, FakeClock())
    with pytest.raises(InputError):
        read_transcript(tmp_path, task_id, 1)


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "fix-1").write_text("in the way")

    with pytest.raises(StoreError, match=r"1\.jsonl"):
        TranscriptWriter(tmp_path, "fix-1", 1, FakeClock())


FULL_DISK = """
import resource, sys
from pathlib import Path
from engine.domain.errors import StoreError
from engine.domain.transcript import EntryKind
from engine.redaction.redactor import secrets_redactor
from engine.session.transcripts import TranscriptWriter
from engine.vault.ring import KeyRing
from tests.support.clock import FakeClock

resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
writer = TranscriptWriter(Path(sys.argv[1]), "fix-1", 1, FakeClock())
writer.append(EntryKind.ENGINE, "x" * 3_000)
try:
    writer.append(EntryKind.ENGINE, "y" * 3_000)
except StoreError as error:
    print(error.message)
writer.append(EntryKind.ENGINE, "z" * 500)
writer.close()
"""


def test_a_full_disk_tears_no_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )

    assert "cannot be written" in ended.stdout
    assert _texts(tmp_path) == ["x" * 3_000, "z" * 500]


def _lines(folder: Path, *lines: bytes) -> Path:
    path = folder / "fix-1" / "1.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))
    return path


def _line(text: str) -> bytes:
    return f'{{"at": "{AT}", "kind": "text", "text": "{text}"}}\n'.encode()


def test_a_transcript_that_is_not_there_is_empty(tmp_path: Path) -> None:
    for after in (-1, 0, 700):
        chunk = read_transcript(tmp_path, "fix-1", 1, after=after)
        assert (chunk.entries, chunk.next_offset) == ((), 0)


def test_an_unfinished_last_line_waits_for_its_end(tmp_path: Path) -> None:
    path = _lines(tmp_path, _line("one"), _line("two")[:-5])

    first = read_transcript(tmp_path, "fix-1", 1)
    again = read_transcript(tmp_path, "fix-1", 1, after=first.next_offset)
    with path.open("ab") as file:
        file.write(_line("two")[-5:])
    last = read_transcript(tmp_path, "fix-1", 1, after=first.next_offset)

    assert first.entries == (_entry(EntryKind.TEXT, "one"),)
    assert (again.entries, again.next_offset) == ((), first.next_offset)
    assert last.entries == (_entry(EntryKind.TEXT, "two"),)
    assert last.next_offset == path.stat().st_size


@pytest.mark.parametrize(
    "junk",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"at": 1, "kind": "text", "text": ""}', b"\0" * 20],
)
def test_a_damaged_line_becomes_an_entry_that_says_so(tmp_path: Path, junk: bytes) -> None:
    _lines(tmp_path, _line("one"), junk, b"\n", _line("two"))

    one, damaged, two = _all(tmp_path)

    assert (one.text, two.text) == ("one", "two")
    assert (damaged.kind, damaged.is_error) == (EntryKind.ENGINE, True)
    assert f"{len(junk)} bytes" in damaged.text


@pytest.mark.parametrize("limit_bytes", [1, 64, 100, 1000])
def test_reading_in_small_steps_gives_every_entry_once(tmp_path: Path, limit_bytes: int) -> None:
    _lines(tmp_path, *(_line(f"{number}") for number in range(50)))

    entries = _all(tmp_path, limit_bytes=limit_bytes)

    assert [entry.text for entry in entries] == [f"{number}" for number in range(50)]


def test_a_line_longer_than_any_that_is_written_is_skipped(tmp_path: Path) -> None:
    _lines(tmp_path, _line("x" * 2_000_000), _line("after"))

    damaged, after = _all(tmp_path)

    assert "2000" in damaged.text
    assert after.text == "after"


def test_an_endless_unfinished_line_waits(tmp_path: Path) -> None:
    _lines(tmp_path, _line("one"), b"x" * 2_000_000)

    assert _texts(tmp_path) == ["one"]


@pytest.mark.parametrize("tail", [b"", b'{"at": "'])
def test_the_newest_entries_are_found_from_the_end(tmp_path: Path, tail: bytes) -> None:
    lines = [_line(f"{number:03}") for number in range(100)]
    _lines(tmp_path, *lines, tail)
    size = len(lines[0])

    chunk = read_transcript(tmp_path, "fix-1", 1, after=-1, limit_bytes=3 * size + 10)

    assert chunk.entries[-1].text == "099"
    assert 2 <= len(chunk.entries) <= 3
    assert chunk.next_offset == 100 * size


def test_the_newest_entry_is_found_even_if_it_is_longer_than_asked_for(tmp_path: Path) -> None:
    _lines(tmp_path, _line("a"), _line("b" * 5000))

    chunk = read_transcript(tmp_path, "fix-1", 1, after=-1, limit_bytes=10)

    assert chunk.entries[-1].text == "b" * 5000


def test_a_reader_of_the_abandoned_file_starts_again_with_the_new_one(tmp_path: Path) -> None:
    _lines(tmp_path, _line("old" * 20))
    seen = read_transcript(tmp_path, "fix-1", 1).next_offset
    _lines(tmp_path, *(_line(f"new {number}") for number in range(9)))

    assert read_transcript(tmp_path, "fix-1", 1, after=seen).entries[0].text == "new 0"
    assert read_transcript(tmp_path, "fix-1", 1, after=10**9).entries[0].text == "new 0"


@pytest.mark.parametrize("put", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("elsewhere")])
def test_something_else_under_the_name_is_one_clear_error(
    tmp_path: Path, put: Callable[[Path], None]
) -> None:
    (tmp_path / "fix-1").mkdir()
    put(tmp_path / "fix-1" / "1.jsonl")

    with pytest.raises(StoreError, match="cannot be read"):
        read_transcript(tmp_path, "fix-1", 1)
