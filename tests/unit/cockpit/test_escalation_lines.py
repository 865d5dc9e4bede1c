"""What a shell is told of a question has the words of the inbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aio_tui.cli.escalations import lines_of
from aio_tui.widgets.inbox import question_lines
from engine.domain.escalation import EscalationState
from engine.domain.usage import Usage
from tests.support.face import NOW
from tests.support.scene import WAITING, escalation


def test_a_question_has_the_words_of_the_inbox() -> None:
    asked = replace(
        escalation(1, WAITING, "rm -rf build"), risk="it is gone for good", wanted="I tidy up"
    )
    told = lines_of(asked, Usage(), NOW)
    inbox = [row.text for row in question_lines(asked, "1 of 1", Usage(), NOW, 200)]

    assert told[0] == f"esc-1  open  ({asked.severity.value})"
    names = [text.split(":")[0] for text in told[1:] if not text.startswith(" ")]
    assert {"effect", "risk", "stopped by", "it said"} <= set(names)
    for name in ("effect", "risk", "stopped by", "it said"):
        assert any(row.startswith(name) for row in inbox), name
    assert "wants to:    run" in told
    assert f"               {asked.action.target}" in told


def test_one_that_is_answered_waits_no_more() -> None:
    asked = replace(
        escalation(1, WAITING, "rm -rf build"),
        state=EscalationState.DENIED, answered_by="kim", reason="not from here",
    )  # fmt: skip
    told = "\n".join(lines_of(asked, Usage(), NOW + timedelta(hours=9)))

    assert "waits:" not in told
    assert f"asked:       {asked.raised_at:%Y-%m-%d %H:%M:%S} UTC" in told
    assert "answer:      denied by kim: not from here" in told
