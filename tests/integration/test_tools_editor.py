from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ports.agent import ToolCall
from engine.sandbox.runner import SubprocessRunner
from engine.sandbox.tools import ToolBox, ToolOutput


@pytest.fixture
def box(tmp_path: Path) -> ToolBox:
    runner = SubprocessRunner(tmp_path / "state" / "home", tmp_path / "state" / "tmp")
    (tmp_path / "tree").mkdir()
    return ToolBox(runner, tmp_path / "tree", timeout_s=5)


@pytest.fixture
def tree(box: ToolBox, tmp_path: Path) -> Path:
    return tmp_path / "tree"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def edit(box: ToolBox, *, is_approved: bool = False, **arguments: Any) -> ToolOutput:
    call = ToolCall(call_id="c1", tool="str_replace_based_edit_tool", arguments=arguments)
    return await box.execute(box.request(call), is_approved=is_approved)


# View


async def test_a_file_is_shown_with_line_numbers(box: ToolBox, tree: Path) -> None:
    (tree / "a.py").write_bytes(b"one\r\n\ttwo\n\x0cthree")

    answer = await edit(box, command="view", path="a.py")

    assert answer.output == "     1\tone\n     2\t\ttwo\n     3\t\x0cthree"
    assert not answer.is_error


@pytest.mark.parametrize(
    ("view_range", "shown"),
    [([2, 3], "     2\tl2\n     3\tl3"), ([4, -1], "     4\tl4\n     5\tl5")],
)
async def test_a_range_of_lines_is_shown(
    box: ToolBox, tree: Path, view_range: list[int], shown: str
) -> None:
    (tree / "a").write_text("l1\nl2\nl3\nl4\nl5\n")

    assert (await edit(box, command="view", path="a", view_range=view_range)).output == shown


@pytest.mark.parametrize("view_range", [[2, 6], [6, 6], [7, -1]])
async def test_a_range_beyond_the_end_is_told(
    box: ToolBox, tree: Path, view_range: list[int]
) -> None:
    (tree / "a").write_text("l1\nl2\nl3\nl4\nl5\n")

    answer = await edit(box, command="view", path="a", view_range=view_range)

    assert answer.is_error
    assert "has 5 lines" in answer.output


async def test_an_empty_file_is_told(box: ToolBox, tree: Path) -> None:
    (tree / "a").touch()

    assert (await edit(box, command="view", path="a")).output == "(the file is empty)"


async def test_a_folder_is_listed_two_levels_deep(box: ToolBox, tree: Path) -> None:
    (tree / "p" / "q" / "r").mkdir(parents=True)
    for name in ("a.py", "p/b.py", "p/q/c.py", ".hidden", os.fsdecode(b"caf\xe9")):
        (tree / name).touch()

    answer = await edit(box, command="view", path=".")

    assert answer.output.splitlines() == ["a.py", "caf?", "p/", "p/b.py", "p/q/"]


async def test_a_long_file_is_cut_with_advice(box: ToolBox, tree: Path) -> None:
    (tree / "a").write_text("line\n" * 100_000)

    answer = await edit(box, command="view", path="a")

    assert len(answer.output) < 31_000
    assert "ask for a view_range" in answer.output


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"caf\xe9\n", "is not UTF-8 text (byte 3 is 0xe9)"),
        (b"PNG\0\1", "is a binary file of 5 bytes"),
        (b"x" * 5_000_001, "has 5000001 bytes, more than 5000000"),
    ],
)
@pytest.mark.parametrize("command", ["view", "str_replace", "insert"])
async def test_what_is_no_text_is_refused_and_left_as_it_is(
    box: ToolBox, tree: Path, content: bytes, complaint: str, command: str
) -> None:
    (tree / "a").write_bytes(content)
    more: dict[str, dict[str, Any]] = {
        "view": {},
        "str_replace": {"old_str": "x", "new_str": "y"},
        "insert": {"insert_line": 0, "insert_text": "y"},
    }

    answer = await edit(box, command=command, path="a", **more[command])

    assert answer.is_error
    assert complaint in answer.output
    assert (tree / "a").read_bytes() == content


async def test_a_pipe_does_not_block_the_view(box: ToolBox, tree: Path) -> None:
    os.mkfifo(tree / "pipe")

    answer = await edit(box, command="view", path="pipe")

    assert answer.is_error
    assert "is no regular file" in answer.output


@pytest.mark.parametrize("path", ["missing.py", "a.py/below", "n" * 300, "loop"])
async def test_a_path_that_leads_nowhere_is_told(box: ToolBox, tree: Path, path: str) -> None:
    (tree / "a.py").touch()
    (tree / "loop").symlink_to("loop")

    answer = await edit(box, command="view", path=path)

    assert answer.is_error
    assert "cannot be" in answer.output


# Create


async def test_a_file_is_created_with_its_folders(box: ToolBox, tree: Path) -> None:
    answer = await edit(box, command="create", path="p/q/a.py", file_text="x = 'ü'\r\n")

    assert (tree / "p/q/a.py").read_bytes() == "x = 'ü'\r\n".encode()
    assert answer.output == "p/q/a.py was created with 1 lines."


async def test_an_absolute_path_inside_the_worktree_works(box: ToolBox, tree: Path) -> None:
    await edit(box, command="create", path=str(tree / "a.py"), file_text="")

    assert (tree / "a.py").read_bytes() == b""


async def test_overwriting_keeps_the_mode_and_leaves_no_other_file(
    box: ToolBox, tree: Path
) -> None:
    (tree / "run.sh").write_text("old")
    (tree / "run.sh").chmod(0o750)

    answer = await edit(box, command="create", path="run.sh", file_text="new")

    assert "overwritten" in answer.output
    assert (tree / "run.sh").stat().st_mode & 0o777 == 0o750
    assert names_in(tree) == ["run.sh"]


@pytest.mark.parametrize("path", ["p", "f/below"])
async def test_what_is_in_the_way_is_told(box: ToolBox, tree: Path, path: str) -> None:
    (tree / "p").mkdir()
    (tree / "f").touch()

    answer = await edit(box, command="create", path=path, file_text="")

    assert answer.is_error
    assert "could not be written" in answer.output
    assert names_in(tree) == ["f", "p"]


# Replace


async def test_the_only_place_is_replaced(box: ToolBox, tree: Path) -> None:
    (tree / "a").write_text("one\ntwo\nthree")

    answer = await edit(box, command="str_replace", path="a", old_str="two\n", new_str="2\n2b\n")

    assert (tree / "a").read_text() == "one\n2\n2b\nthree"
    assert "     2\t2\n     3\t2b\n     4\tthree" in answer.output


async def test_without_a_new_text_the_old_one_is_removed(box: ToolBox, tree: Path) -> None:
    (tree / "a").write_text("abc")

    await edit(box, command="str_replace", path="a", old_str="b")

    assert (tree / "a").read_text() == "ac"


async def test_text_that_is_not_there_changes_nothing(box: ToolBox, tree: Path) -> None:
    (tree / "a").write_text("one")

    answer = await edit(box, command="str_replace", path="a", old_str="ONE", new_str="x")

    assert answer.is_error
    assert "was not found in 'a'; nothing was changed" in answer.output
    assert (tree / "a").read_text() == "one"


@pytest.mark.parametrize(
    ("text", "old", "count", "lines"),
    [("x\ny\nx\n", "x", 2, "1, 3"), ("aaa", "aa", 2, "1, 1")],
)
async def test_text_that_stands_more_than_once_changes_nothing(
    box: ToolBox, tree: Path, text: str, old: str, count: int, lines: str
) -> None:
    (tree / "a").write_text(text)

    answer = await edit(box, command="str_replace", path="a", old_str=old, new_str="z")

    assert answer.is_error
    assert f"stands {count} times in 'a', on lines {lines};" in answer.output
    assert (tree / "a").read_text() == text


async def test_a_crlf_file_stays_one(box: ToolBox, tree: Path) -> None:
    (tree / "a").write_bytes(b"one\r\ntwo\r\nthree")

    await edit(box, command="str_replace", path="a", old_str="one\ntwo", new_str="1\n2")
    await edit(box, command="insert", path="a", insert_line=2, insert_text="new")
    await edit(box, command="insert", path="a", insert_line=4, insert_text="end\n")

    assert (tree / "a").read_bytes() == b"1\r\n2\r\nnew\r\nthree\r\nend"


async def test_a_file_with_mixed_ends_is_taken_exactly(box: ToolBox, tree: Path) -> None:
    (tree / "a").write_bytes(b"one\r\ntwo\nthree\n")

    missed = await edit(box, command="str_replace", path="a", old_str="one\ntwo", new_str="x")
    await edit(box, command="str_replace", path="a", old_str="two\nthree", new_str="2\n3")

    assert missed.is_error
    assert (tree / "a").read_bytes() == b"one\r\n2\n3\n"


async def test_a_byte_order_mark_is_kept(box: ToolBox, tree: Path) -> None:
    (tree / "a").write_bytes(b"\xef\xbb\xbfone")

    await edit(box, command="str_replace", path="a", old_str="one", new_str="two")

    assert (tree / "a").read_bytes() == b"\xef\xbb\xbftwo"


# Insert


@pytest.mark.parametrize(
    ("before", "line", "text", "after"),
    [
        ("a\nb\n", 0, "x", "x\na\nb\n"),
        ("a\nb\n", 1, "x\ny\n", "a\nx\ny\nb\n"),
        ("a\nb\n", 2, "x\n", "a\nb\nx\n"),
        ("a\nb", 2, "x\n", "a\nb\nx"),
        ("a\nb", 1, "x", "a\nx\nb"),
        ("", 0, "x", "x\n"),
        ("a\n", 1, "", "a\n\n"),
    ],
)
async def test_lines_are_inserted_after_a_line(
    box: ToolBox, tree: Path, before: str, line: int, text: str, after: str
) -> None:
    (tree / "a").write_text(before)

    answer = await edit(box, command="insert", path="a", insert_line=line, insert_text=text)

    assert not answer.is_error
    assert (tree / "a").read_text() == after


@pytest.mark.parametrize("line", [-1, 3])
async def test_a_line_that_is_not_there_changes_nothing(
    box: ToolBox, tree: Path, line: int
) -> None:
    (tree / "a").write_text("a\nb\n")

    answer = await edit(box, command="insert", path="a", insert_line=line, insert_text="x")

    assert answer.is_error
    assert "use an insert_line from 0 to 2" in answer.output
    assert (tree / "a").read_text() == "a\nb\n"


# Borders


@pytest.mark.parametrize("path", ["../out", "link/out", "link-to-file", ".git", ".git/config"])
async def test_nothing_is_written_outside_without_approval(
    box: ToolBox, tree: Path, tmp_path: Path, path: str
) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "file").write_text("old")
    (tree / "link").symlink_to(tmp_path / "victim")
    (tree / "link-to-file").symlink_to(tmp_path / "victim" / "file")

    answer = await edit(box, command="create", path=path, file_text="new")

    assert answer.is_error
    assert "leads out of the worktree" in answer.output
    assert (tmp_path / "victim" / "file").read_text() == "old"
    assert not (tmp_path / "out").exists()
    assert not (tree / ".git").exists()


async def test_an_approved_write_may_leave_the_worktree(box: ToolBox, tmp_path: Path) -> None:
    path = tmp_path / "outside.txt"

    answer = await edit(box, command="create", path=str(path), file_text="ok", is_approved=True)

    assert not answer.is_error
    assert path.read_text() == "ok"


async def test_a_link_inside_the_worktree_is_written_through(box: ToolBox, tree: Path) -> None:
    (tree / "real").write_text("old")
    (tree / "link").symlink_to("real")

    await edit(box, command="create", path="link", file_text="new")

    assert (tree / "link").is_symlink()
    assert (tree / "real").read_text() == "new"


async def test_a_link_that_leaves_is_not_read_through(
    box: ToolBox, tree: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("s3cret")
    (tree / "notes").symlink_to(tmp_path / "secret")

    through_link = await edit(box, command="view", path="notes")
    by_name = await edit(box, command="view", path=str(tmp_path / "secret"))

    assert through_link.is_error
    assert "s3cret" not in through_link.output
    assert "s3cret" in by_name.output


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(st.sampled_from("ab\n\r é"), max_size=30),
    st.text(st.sampled_from("ab\n\r é"), min_size=1, max_size=4),
    st.text(st.sampled_from("xy\n"), max_size=4).map(lambda new: f"z{new}"),
)
async def test_a_replacement_changes_that_place_or_nothing(
    box: ToolBox, tree: Path, text: str, old: str, new: str
) -> None:
    (tree / "a").write_bytes(text.encode())

    answer = await edit(box, command="str_replace", path="a", old_str=old, new_str=new)

    after = (tree / "a").read_bytes().decode()
    if answer.is_error:
        assert after == text
    else:
        is_crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
        if is_crlf and "\r" not in old:
            old = old.replace("\n", "\r\n")
        if is_crlf:
            new = new.replace("\n", "\r\n")
        assert text.count(old) == 1
        assert after == text.replace(old, new)
