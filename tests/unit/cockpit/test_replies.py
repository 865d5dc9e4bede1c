"""What terminals say by themselves is no key; what a person presses is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_tui.replies import PASTE_LAPSES, Replies

ANSWERS = (
    "\x1bP>|tmux 3.4\x1b\\",  # which program
    "\x1bP1$r0m\x1b\\",  # a setting
    "\x1b]52;c;QUFBQQ==\x1b\\",  # the clipboard
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",  # the background colour
    "\x1b[?1;2c",  # what kind
    "\x1b[>0;276;0c",
    "\x1b[?997;1n",  # dark or light
    "\x1b[8;24;80t",  # how large
    "\x1b[?1u",  # which keyboard
    "\x1b_Gi=31;OK\x1b\\",  # whether it draws pictures
)
KEYS = ("a", "Q", "!", " ", "\x1b[A", "\x1b[5~", "\x1bOP", "\x1b[<0;3;4M", "\x1b[1;5C", "ж")
ASKED = ("\x1b[?2026;2$y", "\x1b[12;40R", "\x1b[I")
START, END = "\x1b[200~", "\x1b[201~"
PASTE = f"{START}\x1b]52;c;a\x07 and \x1b[?1;2c{END}"
SHOWN_PASTE = f"{START}\u241b]52;c;a\x07 and \u241b[?1;2c{END}"
PIECES = st.lists(st.sampled_from((*ANSWERS, *KEYS, *ASKED, PASTE)), max_size=12)


def through(chunks: list[str]) -> str:
    replies = Replies()
    return "".join(map(replies.feed, chunks)) + replies.lapse()


@given(PIECES, st.lists(st.integers(min_value=1, max_value=9), max_size=80))
def test_only_answers_that_nobody_asked_for_are_taken_out(
    pieces: list[str], lengths: list[int]
) -> None:
    text = "".join(pieces)
    chunks, at = [], 0
    for length in lengths:
        chunks.append(text[at : at + length])
        at += length
    meant = "".join(piece for piece in pieces if piece not in ANSWERS)
    meant = meant.replace(PASTE, SHOWN_PASTE)
    told = through([*filter(None, chunks), text[at:]])
    assert told.replace("\x1b", "") == meant.replace("\x1b", "")
    if not any(answer in text for answer in ANSWERS) or not any(
        chunk.endswith("\x1b") for chunk in chunks
    ):
        assert told == meant


@given(st.text(alphabet="\x1b[]PO^_X\\\x07;?0123789acmtuRM~ $y", max_size=60))
def test_whatever_comes_nothing_stays_behind_once_it_is_quiet(text: str) -> None:
    replies = Replies()
    for char in text:
        replies.feed(char)
    for _ in range(PASTE_LAPSES):
        replies.lapse()
    assert replies.feed("ok") == "ok"


@pytest.mark.parametrize("key", ["\x1b", "\x1bP", "\x1b]", "\x1b[", "\x1bx", "\x1b_", "\x1bO"])
def test_alt_and_a_letter_is_a_key_once_nothing_follows(key: str) -> None:
    assert through([key]) == key


def test_an_answer_that_is_cut_off_is_forgotten() -> None:
    for cut in ("\x1b]52;c;QUF", "\x1b[?1;", "\x1bP>|tm"):
        replies = Replies()
        assert replies.feed(cut) == ""
        assert replies.lapse() == ""
        assert replies.feed("j") == "j"


def test_a_paste_whose_end_is_lost_is_over_when_it_is_quiet() -> None:
    replies = Replies()
    told = [replies.feed(f"{START}mmM\r"), replies.lapse(), replies.lapse()]
    told += [replies.feed("\x1b[?1;2c")]
    told += [replies.lapse() for _ in range(PASTE_LAPSES - 1)]
    assert "".join(told) == START
    assert replies.lapse() == f"mmM\r\u241b[?1;2c{END}"
    assert replies.feed("?") == "?"


@given(
    st.text(alphabet="ab\x1b[201~\r", max_size=30).filter(lambda text: END not in text),
    st.integers(min_value=1, max_value=9),
)
def test_a_paste_comes_out_as_one_and_nothing_in_it_is_a_key(pasted: str, length: int) -> None:
    sent = f"a{START}{pasted}{END}b"
    told = through([sent[at : at + length] for at in range(0, len(sent), length)])
    shown = pasted.replace("\x1b", "\u241b")
    assert told == f"a{START}{shown}{END}b"
