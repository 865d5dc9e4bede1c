from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_tui.filtering import Field, Fields, FilterError, Kind, completed, completions, parse

KNOWN = (
    Field("task"),
    Field("state", values=("running", "needs you", "blocked"), is_bare=False),
    Field("team", values=("qa", "dev")),
    Field("cost", Kind.NUMBER),
    Field("age", Kind.DURATION),
)
ROW: Fields = {
    "task": "fix-gcd", "state": "waiting_for_operator asks you Needs you", "team": "QA",
    "cost": 1.5, "age": 7200.0, "": "gcd of Zero",
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "is_match"),
    [
        ("", True), ("gcd", True), ("GCD zero", True), ("gcd median", False),
        ("state:needs you", True), ("state:needs_you gcd", True), ('state:"asks you"', True),
        ("state:blocked", False), ("state:blocked,needs", True), ("!state:blocked", True),
        ("!gcd", False), ("waiting", False), ("state:waiting_for", True),
        ("team:qa cost:>1 gcd", True), ("cost:>1.5", False), ("cost:>=1.5", True),
        ("cost:1.5", True), ("cost:<$2", True), ("cost:<1k", True), ("cost:=1", False),
        ("age:>1h", True), ("age:<90m", False), ("age:2h", True), ("age:>1d", False),
        ('"of zero"', True), ('"zero of"', False), ("!", False), ("tests/x.py::t", False),
        ("http://x", False),
    ],
)  # fmt: skip
def test_a_row_is_found_by_what_is_asked_for(words: str, is_match: bool) -> None:
    assert parse(words, KNOWN).holds(ROW) is is_match


def test_a_value_that_there_is_not_compares_to_nothing() -> None:
    row = {**ROW, "cost": None}
    assert not parse("cost:>0", KNOWN).holds(row)
    assert not parse("cost:<1", KNOWN).holds(row)
    assert parse("!cost:>0", KNOWN).holds(row)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("stat:x", "no field 'stat' here; fields: task, state, team, cost, age (quote it"),
        ("gcd cost:>much", "cost: 'much' is no number"),
        ("cost:>2h", "cost: '2h' is no number"),
        ("age:>2y", "age: '2y' is no length of time (30s, 5m, 2h, 3d)"),
        ("state:", "state: says nothing; write a value behind it, such as state:running"),
        ("cost:", "cost: says nothing; write a value behind it, such as cost:>1"),
        ("team:>3", "team is text: '>3' compares it as a number"),
    ],
)
def test_what_means_nothing_is_told_in_one_line(words: str, problem: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(words, KNOWN)
    assert str(caught.value).startswith(problem)
    assert "\n" not in str(caught.value)


def test_a_name_of_no_field_can_be_looked_for_in_quotes() -> None:
    assert parse('"error: no"', KNOWN).holds({"task": "Error: no such file"})


def test_the_last_word_is_completed() -> None:
    assert completions("gcd st", KNOWN) == ["state:"]
    assert completions("", KNOWN) == ["task:", "state:", "team:", "cost:", "age:"]
    assert completions("state:", KNOWN) == ["state:running", 'state:"needs you"', "state:blocked"]
    assert completed("gcd st", KNOWN) == "gcd state:"
    assert completed("t", KNOWN) == "t"
    assert completed("!state:n", KNOWN) == '!state:"needs you" '
    assert completed("nothing:of", KNOWN) == "nothing:of"


TERMS = st.tuples(
    st.sampled_from(("", "!")), st.sampled_from(("task:", "state:", "cost:", "age:", "who:", "")),
    st.sampled_from(("", ">", ">=", "=")), st.text(max_size=9),
).map("".join)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(TERMS, max_size=3).map(" ".join))
def test_any_line_means_something_or_is_refused_in_one_line(words: str) -> None:
    completed(words, KNOWN)
    with suppress(FilterError):
        assert parse(words, KNOWN).holds(ROW) in (True, False)


@given(st.text(min_size=1).filter(lambda text: text.strip() and '"' not in text))
def test_any_text_is_found_in_quotes(text: str) -> None:
    assert parse(f'"{text}"', KNOWN).holds({"task": f"before {text.lower()} after"})


def test_a_value_that_a_field_never_has_is_refused_with_what_is_near_or_possible() -> None:
    fields = [Field("state", values=("Needs you", "blocked", "asks you"), others=("queued",))]
    for words in ("state:blocked", "state:block", "state:needs you", "state:queued,asks_you"):
        parse(words, fields)
    with pytest.raises(FilterError, match="'blokced': did you mean blocked"):
        parse("state:blokced", fields)
    with pytest.raises(FilterError, match="'xyz': it can be Needs you, blocked, asks you"):
        parse("!state:blocked,xyz", fields)
    parse("kind:anything", [Field("kind", values=("routing",))])
