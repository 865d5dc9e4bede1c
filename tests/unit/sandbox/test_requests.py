from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.action import ActionKind
from engine.domain.errors import InputError
from engine.ports.agent import ToolCall
from engine.sandbox.requests import ToolRequest, parse_request

EDITOR = "str_replace_based_edit_tool"


def parse(tool: str, **arguments: Any) -> ToolRequest:
    return parse_request(ToolCall(call_id="c1", tool=tool, arguments=arguments))


def test_a_command_is_judged_by_its_text() -> None:
    request = parse("bash", command="rm -rf x\n  && ls")

    assert request.call_id == "c1"
    assert request.action.kind is ActionKind.RUN_COMMAND
    assert request.action.target == "rm -rf x\n  && ls"
    assert request.action.detail == ""
    assert request.summary == "rm -rf x && ls"


def test_a_view_is_a_read() -> None:
    request = parse(EDITOR, command="view", path="a/b.py", view_range=[3, -1])

    assert (request.action.kind, request.action.target) == (ActionKind.READ_FILE, "a/b.py")
    assert request.summary == "view a/b.py lines 3-end"


@pytest.mark.parametrize(
    ("arguments", "shown", "summary"),
    [
        (
            {"command": "create", "file_text": "one\ntwo\n"},
            "one\ntwo\n",
            "create a.py (8 characters)",
        ),
        (
            {"command": "str_replace", "old_str": "one", "new_str": "two\nthree"},
            "-one\n+two\n+three\n",
            "edit a.py: replace one",
        ),
        (
            {"command": "insert", "insert_line": 4, "insert_text": "one"},
            "@@ insert after line 4 @@\n+one\n",
            "edit a.py: insert after line 4",
        ),
    ],
)
def test_a_write_shows_what_would_be_written(
    arguments: dict[str, Any], shown: str, summary: str
) -> None:
    request = parse(EDITOR, path="a.py", **arguments)

    assert (request.action.kind, request.action.target) == (ActionKind.WRITE_FILE, "a.py")
    assert shown in request.action.detail
    assert request.summary == summary


def test_a_long_write_is_cut_but_not_mistaken_for_another() -> None:
    one, other = (
        parse(EDITOR, command="create", path="a", file_text="x" * 100_000 + end) for end in "12"
    )

    assert len(one.action.detail) < 20_500
    assert "80001 characters not shown" in one.action.detail
    assert one.action.fingerprint != other.action.fingerprint


texts = st.text(st.sampled_from("a\n+-@ "), max_size=6)


@given(texts, texts, texts, texts)
def test_equal_fingerprints_mean_equal_edits(old: str, new: str, old2: str, new2: str) -> None:
    def fingerprint(old: str, new: str) -> str:
        edit = parse(EDITOR, command="str_replace", path="a", old_str="o" + old, new_str=new)
        return edit.action.fingerprint

    assert (fingerprint(old, new) == fingerprint(old2, new2)) == ((old, new) == (old2, new2))


@pytest.mark.parametrize(
    ("tool", "arguments", "complaint"),
    [
        ("computer", {}, "there is no tool 'computer'"),
        ("bash", {}, "argument 'command' is missing"),
        ("bash", {"command": " \n"}, "argument 'command' is missing"),
        ("bash", {"command": 5}, "argument 'command' is of type int"),
        ("bash", {"command": "ls", "timeout": 5}, "unknown argument 'timeout'"),
        ("bash", {"command": "a\0b"}, "holds a NUL character"),
        ("bash", {"command": "echo \ud800"}, "lone surrogate at 5"),
        ("bash", {"command": "x" * 120_001}, "longer than 120000 bytes"),
        ("bash", {"restart": "yes"}, "argument 'restart' is of type str"),
        (EDITOR, {}, "argument 'command' is missing"),
        (EDITOR, {"command": "undo_edit", "path": "a"}, "unknown command 'undo_edit'"),
        (EDITOR, {"command": "view"}, "argument 'path' is missing"),
        (EDITOR, {"command": "view", "path": ""}, "path '' is no path"),
        (EDITOR, {"command": "view", "path": "a\0"}, "is no path"),
        (EDITOR, {"command": "view", "path": "a", "view_range": [1]}, "is no range"),
        (EDITOR, {"command": "view", "path": "a", "view_range": [0, 3]}, "is no range"),
        (EDITOR, {"command": "view", "path": "a", "view_range": [3, 2]}, "is no range"),
        (EDITOR, {"command": "view", "path": "a", "view_range": [1, "2"]}, "is no range"),
        (EDITOR, {"command": "view", "path": "a", "view_range": "1-2"}, "is of type str"),
        (EDITOR, {"command": "create", "path": "a"}, "argument 'file_text' is missing"),
        (EDITOR, {"command": "create", "path": "a", "file_text": ["x"]}, "is of type list"),
        (EDITOR, {"command": "str_replace", "path": "a"}, "argument 'old_str' is missing"),
        (EDITOR, {"command": "str_replace", "path": "a", "old_str": ""}, "'old_str' is empty"),
        (
            EDITOR,
            {"command": "str_replace", "path": "a", "old_str": "x", "new_str": "x"},
            "the same as new_str",
        ),
        (
            EDITOR,
            {"command": "insert", "path": "a", "insert_text": "x"},
            "'insert_line' is missing",
        ),
        (EDITOR, {"command": "insert", "path": "a", "insert_line": 1}, "'insert_text' is missing"),
        (
            EDITOR,
            {"command": "insert", "path": "a", "insert_line": True, "insert_text": "x"},
            "is of type bool",
        ),
    ],
)
def test_a_malformed_call_is_explained_to_the_model(
    tool: str, arguments: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse(tool, **arguments)

    assert complaint in str(caught.value)
    assert caught.value.hint


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
names = st.sampled_from(
    [
        "command",
        "path",
        "file_text",
        "old_str",
        "new_str",
        "insert_line",
        "insert_text",
        "view_range",
        "restart",
        "x",
    ]
)
commands = st.sampled_from(["view", "create", "str_replace", "insert"]) | values


@given(st.sampled_from(["bash", EDITOR]), st.dictionaries(names, values), commands)
def test_any_arguments_give_a_request_or_an_explanation(
    tool: str, arguments: dict[str, Any], command: Any
) -> None:
    try:
        request = parse(tool, **{**arguments, "command": command})
    except InputError as exc:
        explanation = exc.message
        assert "\n" not in explanation
    else:
        assert "\n" not in request.summary
        assert request.action.fingerprint
