"""What the Log and Knowledge screens read from files."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.app.knowledge_files import _parted, knowledge_files
from engine.app.log import LOG_NAME, logging_to
from engine.app.log_reading import MOST_BYTES, _entries, log_lines
from engine.ports.knowledge import Shelf
from engine.ports.log import LogLevel
from engine.ports.secrecy import PLAIN


def test_what_is_logged_is_read_back_with_its_traceback(tmp_path: Path) -> None:
    log = logging.getLogger("engine.test")
    with logging_to(tmp_path):
        log.warning("low on %s", "space")
        try:
            int("no: such\nthing")
        except ValueError:
            log.exception("it failed")
    first, second = log_lines(tmp_path, PLAIN)
    assert (first.level, first.source, first.text) == (
        LogLevel.WARNING,
        "engine.test",
        "low on space",
    )
    assert first.at is not None
    assert second.level is LogLevel.ERROR
    assert second.text.startswith("it failed\nTraceback")
    assert "ValueError: invalid literal" in second.text


def test_of_a_long_log_the_newest_entries_are_read_and_the_file_before_fills_up(
    tmp_path: Path,
) -> None:
    def entry(number: int) -> str:
        return f"2026-01-05 22:00:00,{number % 1000:03} WARNING engine: entry {number}\n"

    (tmp_path / f"{LOG_NAME}.1").write_text("".join(map(entry, range(5))))
    (tmp_path / LOG_NAME).write_text("".join(map(entry, range(5, 9))))
    assert [line.text for line in log_lines(tmp_path, PLAIN)] == [f"entry {n}" for n in range(9)]
    (tmp_path / LOG_NAME).write_text("".join(map(entry, range(20_000))))
    texts = [line.text for line in log_lines(tmp_path, PLAIN)]
    assert texts[-1] == "entry 19999"
    assert MOST_BYTES / 60 < len(texts) < MOST_BYTES / 40


def test_no_log_and_what_is_no_plain_file_give_nothing(tmp_path: Path) -> None:
    assert log_lines(tmp_path / "missing", PLAIN) == []
    (tmp_path / LOG_NAME).symlink_to("/etc/passwd")
    assert log_lines(tmp_path, PLAIN) == []
    (tmp_path / LOG_NAME).unlink()
    os.mkfifo(tmp_path / LOG_NAME)
    assert log_lines(tmp_path, PLAIN) == []


@given(st.text())
def test_any_text_in_a_log_is_read_without_a_fault(text: str) -> None:
    whole = f"2026-01-05 22:00:00,000 WARNING engine: a\n{text}"
    assert _entries(whole)[0].text.startswith("a")


@pytest.mark.parametrize(
    ("text", "title", "ko_id", "tags"),
    [
        ('---\n{"id": "K-1", "title": "T", "tags": ["a", "b"]}\n---\nx', "T", "K-1", ("a", "b")),
        ("---\nid: K-2\ntitle: 'Of nulls'\ntags: [sql, null]\n---\n", "Of nulls", "K-2",
         ("sql", "null")),
        ("# Only a heading\ntext", "Only a heading", "file", ()),
        ("nothing", "file", "file", ()),
        ("---\n[1, 2]\n---\n# H", "H", "file", ()),
    ],
)  # fmt: skip
def test_a_knowledge_file_is_known_by_what_it_says(
    tmp_path: Path, text: str, title: str, ko_id: str, tags: tuple[str, ...]
) -> None:
    shelf = tmp_path / "knowledge" / "drafts"
    shelf.mkdir(parents=True)
    (shelf / "file.md").write_text(text)
    (shelf / "other.txt").write_text("no")
    (shelf / "link.md").symlink_to("/etc/passwd")
    (shelf / "folder.md").mkdir()
    (found,) = knowledge_files(tmp_path, PLAIN)
    assert (found.title, found.ko_id, found.tags, found.shelf) == (title, ko_id, tags, Shelf.DRAFTS)
    assert found.file == "drafts/file.md"
    assert found.text == text


@given(st.text() | st.text().map(lambda text: f"---\n{text}\n---\n"))
def test_any_front_matter_is_read_without_a_fault(text: str) -> None:
    front, body = _parted(text)
    assert isinstance(front, dict)
    assert text.endswith(body)
