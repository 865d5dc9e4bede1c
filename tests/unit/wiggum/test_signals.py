"""What an agent says of its own work."""

from __future__ import annotations

import pytest

from engine.domain.work import TaskType
from engine.wiggum.signals import BLOCKED_FORM, blocked_reason, has_signal, signal_of

BUGFIX = TaskType.BUGFIX


def test_every_task_type_has_a_signal_of_its_own() -> None:
    signals = {signal_of(task_type) for task_type in TaskType}
    assert len(signals) == len(TaskType)
    assert signal_of(TaskType.TEST) == "<promise>TEST_WRITER_COMPLETE</promise>"


@pytest.mark.parametrize("task_type", TaskType)
def test_signal_is_recognised_for_its_type_alone(task_type: TaskType) -> None:
    text = f"All done.\n\n{signal_of(task_type)}\n"
    assert [other for other in TaskType if has_signal(text, other)] == [task_type]
    assert blocked_reason(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "<promise>BUGFIX_COMPLETE</promise>",
        "done <PROMISE> bugfix_complete </PROMISE>",
        "<promise>\nBUGFIX_COMPLETE\n</promise> Bye.",
        "`<promise>BUGFIX_COMPLETE</promise>`",
        "```\ncode\n```\n<promise>BUGFIX_COMPLETE</promise>",
    ],
)
def test_spacing_and_case_of_a_signal_do_not_matter(text: str) -> None:
    assert has_signal(text, BUGFIX)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BUGFIX_COMPLETE",
        "<promise>BUGFIX COMPLETE</promise>",
        "<promise>NOT BUGFIX_COMPLETE</promise>",
        "<promise>BUGFIX_COMPLETE",
        "```\n<promise>BUGFIX_COMPLETE</promise>\n```\nnot yet",
        "~~~text\n<promise>BUGFIX_COMPLETE</promise>",
        "<promise>BUGFIX_COMPLETE</promise>" + " and so on" * 300,
    ],
)
def test_text_without_a_signal_at_its_end_has_none(text: str) -> None:
    assert not has_signal(text, BUGFIX)


def test_reason_of_a_blocked_agent_is_one_line() -> None:
    text = "<promise>BLOCKED: the database\n  is missing</promise>"
    assert blocked_reason(text) == "the database is missing"
    assert not has_signal(text, BUGFIX)


def test_last_reason_counts() -> None:
    text = "<promise>BLOCKED: one</promise> later <promise>blocked: two</promise>"
    assert blocked_reason(text) == "two"


def test_blocked_agent_without_a_reason_is_still_blocked() -> None:
    assert blocked_reason("<promise>BLOCKED</promise>") == "no reason given"
    assert blocked_reason("<promise>BLOCKED: </promise>") == "no reason given"


def test_long_reason_is_capped() -> None:
    assert len(blocked_reason(f"<promise>BLOCKED: {'x' * 900}</promise>") or "") == 500


def test_form_of_a_blocked_agent_is_understood() -> None:
    assert blocked_reason(BLOCKED_FORM) == "reason"
