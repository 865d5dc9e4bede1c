"""Session files: exact for machines, and plain text for humans."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from engine.domain.errors import SessionError
from engine.session.content import SessionContent
from engine.session.format import parse, render

ANY_TEXT = st.text(st.characters()) | st.sampled_from(
    [
        "---\n{}\n---\n",
        "```py\n## Progress\n",
        "\n",
        "\r\n",
        "\x1b[31m",
        "\\u001b",
        "\\",
        "\\\\u005c",
        "\ud83d\ude00",
        "\ud83d\\ude00",
        "- a\n  - b\n\n",
        '"sha256": "',
    ]
)
ONE_LINE = st.text(st.characters(exclude_categories=("C", "Z")), max_size=30)
COUNT = st.integers(0, 10**20)
TEXTS = st.lists(ANY_TEXT, max_size=4).map(tuple)
CONTENTS = st.builds(
    SessionContent,
    task_id=st.just("fix-1"),
    project=st.just("shop"),
    checkpoint=COUNT,
    iteration_count=COUNT,
    phase=ONE_LINE,
    status=ONE_LINE,
    branch=ONE_LINE,
    commit=ONE_LINE,
    tokens_used=COUNT,
    context_window=st.none() | COUNT,
    saved_at=ONE_LINE,
    objective=ANY_TEXT,
    progress=ANY_TEXT,
    verdict=ANY_TEXT,
    last_output=ANY_TEXT,
    next_steps=TEXTS,
    open_questions=TEXTS,
    error_history=TEXTS,
)
TYPICAL = SessionContent(
    task_id="fix-1",
    project="shop",
    checkpoint=3,
    iteration_count=3,
    phase="implement",
    status="queued",
    branch="fix/fix-1",
    commit="3f9c2a7e51d04b6c8a97e0f1b2d3c4e5f6a7b8c9",
    tokens_used=48_210,
    context_window=200_000,
    saved_at="2026-01-05T22:10:00+00:00",
    objective="Half cents are rounded up; they must be rounded to even.",
    verdict="FAIL\ntarget-test-red: tests/test_price.py::test_half",
    next_steps=("Look at `price.py`.\nIt rounds twice.", "Add the case of a half cent."),
    last_output="I changed `round_price`.\n\n---\n\n```py\nreturn amount\n```",
)


@given(CONTENTS)
def test_every_content_comes_back_exactly(content: SessionContent) -> None:
    assert parse(render(content).text) == content


@given(CONTENTS)
def test_a_file_holds_nothing_that_steers_a_terminal(content: SessionContent) -> None:
    text = render(content).text

    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert text.encode().decode() == text


def test_a_file_reads_as_prose_under_headings() -> None:
    body = render(TYPICAL).text.split("\n---\n", 1)[1]

    assert body == (
        "\n# fix-1, checkpoint 3 (shop)\n\n"
        "iteration 3, phase implement, status queued, branch fix/fix-1, commit 3f9c2a7e51d0, "
        "48,210 of 200,000 tokens, 2026-01-05T22:10:00+00:00\n\n"
        "## Objective\n\nHalf cents are rounded up; they must be rounded to even.\n\n"
        "## Verdict\n\nFAIL\ntarget-test-red: tests/test_price.py::test_half\n\n"
        "## Next steps\n\n- Look at `price.py`.\n  It rounds twice.\n"
        "- Add the case of a half cent.\n\n"
        "## Last output\n\nI changed `round_price`.\n\n---\n\n```py\nreturn amount\n```\n"
    )


def test_a_megabyte_of_output_is_stored_once() -> None:
    content = structs.replace(TYPICAL, last_output="ünïcode — and more\n" * 50_000)
    text = render(content).text

    assert parse(text) == content
    assert len(text.encode()) < len(content.last_output.encode()) + 1500


def test_normal_content_needs_less_than_a_kilobyte_beside_its_prose() -> None:
    words = "The rounding is done twice: once per line and once per sum.\n" * 50
    text = render(structs.replace(TYPICAL, last_output=words)).text

    assert len(text.encode()) < 4096


def test_a_text_cut_at_any_place_is_refused() -> None:
    text = render(TYPICAL).text

    for end in range(len(text)):
        with pytest.raises(SessionError):
            parse(text[:end])


@given(st.data())
def test_a_text_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    text = render(TYPICAL).text
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[place]))

    with pytest.raises(SessionError):
        parse(text[:place] + other + text[place + 1 :])


def test_something_appended_is_noticed() -> None:
    with pytest.raises(SessionError, match="truncated or altered"):
        parse(render(TYPICAL).text + "\n")


def _with_valid_checksum(text: str) -> str:
    """`text` as a foreign writer who knows the checksum's rule would sign it."""
    start = text.index('"sha256": "') + len('"sha256": "')
    rest = text[start + 64 :]
    return text[:start] + hashlib.sha256(rest.encode()).hexdigest() + rest


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"format": 1', '"format": 2', "it has format 2, this program reads 1"),
        ('"iteration_count": 3', '"iteration_count": -3', "iteration_count"),
        ('"phase": "implement"', '"phase": ["implement"]', "phase"),
        ('"status": "queued",\n', "", "status"),
        ('"objective": [', '"objective": [9', "outside the body"),
        ('"objective": [', '"surprise": [', "surprise"),
        ('"prose": {', '"prose": 7, "rest": {', "cannot be used"),
        ('"prose": {', '"prose": {"progress": [], ', "cannot be used"),
        ("\n}\n---\n", "\n---\n", "no end"),
        ('"project": ', '"project" ', "cannot be used"),
    ],
)
def test_a_signed_file_of_another_shape_is_refused_in_one_line(
    before: str, after: str, message: str
) -> None:
    text = render(TYPICAL).text
    assert before in text

    with pytest.raises(SessionError) as caught:
        parse(_with_valid_checksum(text.replace(before, after, 1)))

    assert message in caught.value.message
    assert "\n" not in str(caught.value)
