from __future__ import annotations

from typing import Any

import pytest

from engine.domain.errors import InputError
from engine.domain.state import TaskState
from engine.session.content import CHANGEABLE, SessionContent, changed

EMPTY = SessionContent(task_id="fix-1", project="shop")


def test_changes_leave_the_original_as_it_was() -> None:
    after = changed(EMPTY, {"next_steps": ["look", "act"], "tokens_used": 7})

    assert after == SessionContent(
        task_id="fix-1", project="shop", next_steps=("look", "act"), tokens_used=7
    )
    assert SessionContent(task_id="fix-1", project="shop") == EMPTY


def test_an_enum_member_is_taken_as_its_text() -> None:
    assert changed(EMPTY, {"status": TaskState.QUEUED}).status == "queued"


@pytest.mark.parametrize("name", ["objectives", "task_id", "project", "checkpoint"])
def test_an_unknown_field_is_refused_with_those_that_exist(name: str) -> None:
    with pytest.raises(InputError) as caught:
        changed(EMPTY, {name: "x", "phase": "implement"})

    assert name in caught.value.message
    assert all(known in caught.value.hint for known in CHANGEABLE)


@pytest.mark.parametrize(
    "change",
    [
        {"tokens_used": "7"},
        {"tokens_used": True},
        {"iteration_count": -1},
        {"context_window": 1.5},
        {"phase": "two\nlines"},
        {"branch": "fix/\x1b[2J"},
        {"commit": "\ud800"},
        {"objective": None},
        {"last_output": b"bytes"},
        {"next_steps": "a single text"},
        {"error_history": ["text", 3]},
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_in_one_line(change: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        changed(EMPTY, change)

    assert "fix-1" in caught.value.message
    assert next(iter(change)) in caught.value.message
    assert "\n" not in str(caught.value)
