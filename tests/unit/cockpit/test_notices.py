from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aio_tui.notices import kind_of, notice_text, ring
from aio_tui.unseen_questions import Arrivals
from engine.domain.ids import TaskId
from engine.domain.settings import HipaaSettings, NotificationSettings
from engine.ports.cockpit import ToldNews
from tests.support.face import FakeFace
from tests.support.scene import escalation

WANTED = NotificationSettings()
TERMINALS = {
    "osc99": {"TERM": "xterm-kitty"},
    "osc777": {"TERM": "foot"},
    "osc9": {"TERM": "xterm-256color"},
    "off": {"TERM": "linux"},
}
WHOLE = {
    "osc9": r"\x1b\]9;([^\x00-\x1f\x7f-\x9f]*)\x07",
    "osc777": r"\x1b\]777;notify;[^;\x00-\x1f\x7f-\x9f]*;[^\x00-\x1f\x7f-\x9f]*\x07",
    "osc99": (
        r"\x1b\]99;i=aio-tui:d=0;[^\x00-\x1f\x7f-\x9f]*\x1b\\"
        r"\x1b\]99;i=aio-tui:p=body;[^\x00-\x1f\x7f-\x9f]*\x1b\\"
    ),
    "off": "",
}


@pytest.mark.parametrize("kind", TERMINALS)
def test_the_terminal_is_known_by_its_environment(kind: str) -> None:
    assert kind_of(WANTED, TERMINALS[kind]) == kind
    assert kind_of(replace(WANTED, terminal="osc777"), TERMINALS[kind]) == "osc777"


@given(st.text(max_size=300), st.sampled_from([*TERMINALS]), st.booleans())
@example("\x07\x1b\\\x9c\x1b]52;c;x\x07\u202e;4;1", "osc9", True)
@example("\x07\x1b\\\x9c;;\x1bPtmux;\x1b", "osc777", True)
def test_no_title_ends_or_opens_a_sequence(text: str, kind: str, is_in_tmux: bool) -> None:
    environment = {**TERMINALS[kind], **({"TMUX": "/run/t,1,0"} if is_in_tmux else {})}
    written = ring(text, text, WANTED, environment)
    notice = written.removesuffix("\x07") if kind == "off" or is_in_tmux else written[:-1]
    assert written.endswith("\x07")
    if is_in_tmux and notice:
        inner = re.fullmatch(r"\x1bPtmux;(.*)\x1b\\", notice, re.DOTALL)
        assert inner is not None
        notice = inner[1].replace("\x1b\x1b", "\x1b")
    assert re.fullmatch(WHOLE[kind], notice), repr(notice)


def test_without_bell_and_notices_nothing_is_written() -> None:
    assert ring("a", "b", replace(WANTED, bell=False, terminal="off"), {"TERM": "xterm"}) == ""


def test_a_notice_names_the_worst_and_under_hipaa_nothing() -> None:
    settings = FakeFace().settings
    told = [escalation(1, "fix-gcd", "rm -rf x"), escalation(2, "b", "ls")]
    assert notice_text(told, None, settings) == (
        "2 questions wait for you",
        "demo: fix-gcd wants to run rm -rf x (and 1 more)",
    )
    hipaa = replace(settings, hipaa=HipaaSettings(enabled=True))
    assert notice_text(told, None, hipaa) == ("2 questions wait for you", "demo")


def test_a_notice_of_news_says_it_in_a_line_and_under_hipaa_nothing_of_it() -> None:
    settings = FakeFace().settings
    news = ToldNews(seq=7, headline="1 task failed", about="fix-gcd: spent")
    assert notice_text([], news, settings) == ("1 task failed", "demo: fix-gcd: spent")
    both = notice_text([escalation(1, "fix-gcd", "ls")], news, settings)
    assert both == ("1 question waits for you, 1 task failed", "demo: fix-gcd wants to run ls")
    hipaa = replace(settings, hipaa=HipaaSettings(enabled=True))
    assert notice_text([], news, hipaa) == ("1 task failed", "demo")


def test_a_terminal_rings_once_for_news_that_is_told_while_it_looks() -> None:
    old, new = (ToldNews(seq=seq, headline="1 task failed", about="") for seq in (3, 9))
    arrivals = Arrivals()
    assert [arrivals.rung_news(one) for one in (old, old, new, new)] == [None, None, new, None]
    fresh = Arrivals()
    assert [fresh.rung_news(one) for one in (None, old)] == [None, old]


def test_a_terminal_rings_for_what_was_told_since_it_looked() -> None:
    arrivals = Arrivals()
    one, two = escalation(1, "a", "ls", times_told=3), escalation(2, "b", "ls")
    assert arrivals.rung([one, two]) == ()
    assert arrivals.rung([one, two]) == ()
    told = replace(two, times_told=1)
    assert arrivals.rung([one, told]) == (told,)
    new = replace(escalation(3, "c", "ls"), task_id=TaskId("c"), times_told=1)
    assert arrivals.rung([one, told, new]) == (new,)
