"""The end of a program's output."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.checks.output import TAIL_CHARS, TAIL_LINES, last_line, tail


def test_last_lines_are_kept() -> None:
    output = "".join(f"line {n}\n" for n in range(100)).encode()
    lines = tail(output).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("line 60", "line 99", TAIL_LINES)


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert tail(b"ok \xff\xfe\n") == "ok \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"


@given(st.binary(max_size=40_000))
def test_tail_stays_within_its_limits(output: bytes) -> None:
    kept = tail(output)
    assert len(kept) <= TAIL_CHARS
    assert kept.count("\n") < TAIL_LINES


def test_last_line_is_the_last_that_says_something() -> None:
    assert last_line("one\n two \n\n  \n") == "two"
    assert last_line(" \n") == ""
