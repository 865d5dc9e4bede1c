"""A diff taken apart, and put on the screen."""

from __future__ import annotations

import unicodedata
from difflib import unified_diff

from hypothesis import given, settings
from hypothesis import strategies as st

from aio_tui.highlighting import highlighted
from aio_tui.patch import DiffLine, LineRef, Mark, parsed
from aio_tui.widgets.diff_lines import Shown, diff_lines, hunk_starts, texts_of
from aio_tui.wording import Ground, Inked, Tone

DIFF = """diff --git a/x.py b/x.py
old mode 100644
new mode 100755
index 1111111..2222222
--- a/x.py
+++ b/x.py
@@ -1,3 +1,3 @@ def first():
 a
--- a sql remark
++++ not a head
 b
@@ -40 +40,2 @@
-old
\\ No newline at end of file
+new
+@@ -1 +1 @@
"""
FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
TEXTS = st.lists(st.text(st.characters(exclude_characters="\n"), max_size=60), max_size=12)


def test_lines_get_their_numbers_and_lines_that_look_like_heads_stay_lines() -> None:
    patch = parsed(DIFF)
    assert patch.notes == ("old mode 100644", "new mode 100755")
    assert [hunk.title for hunk in patch.hunks] == ["def first():", ""]
    assert patch.hunks[0].lines == (
        DiffLine(Mark.KEPT, "a", LineRef(1, 1)),
        DiffLine(Mark.REMOVED, "-- a sql remark", LineRef(2, None)),
        DiffLine(Mark.ADDED, "+++ not a head", LineRef(None, 2)),
        DiffLine(Mark.KEPT, "b", LineRef(3, 3)),
    )
    assert patch.hunks[1].lines == (
        DiffLine(Mark.REMOVED, "old", LineRef(40, None), has_newline=False),
        DiffLine(Mark.ADDED, "new", LineRef(None, 40)),
        DiffLine(Mark.ADDED, "@@ -1 +1 @@", LineRef(None, 41)),
    )
    assert patch.line_at(LineRef(None, 40)) == patch.hunks[1].lines[1]


def test_a_binary_file_has_a_note_and_no_hunks() -> None:
    patch = parsed("diff --git a/i b/i\nindex 1..2\nBinary files a/i and b/i differ\n")
    assert patch == ((), ("Binary files a/i and b/i differ",))


def test_a_diff_that_was_cut_in_the_middle_of_a_hunk_keeps_what_there_is() -> None:
    assert len(parsed("@@ -1,9 +1,9 @@\n a\n-b\n").hunks[0].lines) == 2


def test_a_row_of_two_columns_holds_what_was_removed_beside_what_came() -> None:
    lines = diff_lines(Shown(parsed(DIFF), is_side_by_side=True), 60)
    row = next(row for row in lines if row.key == LineRef(None, 2))
    left, _, right = row.text.partition(" │ ")
    assert left.split() == ["2", "-", "--", "a", "sql", "remark"]
    assert right.split() == ["2", "+", "+++", "not", "a", "head"]


def test_a_long_line_goes_on_in_the_next_row_and_nothing_of_it_is_lost() -> None:
    text = "x" * 45 + "漢" * 20
    patch = parsed(f"@@ -0,0 +1 @@\n+{text}\n")
    lines = diff_lines(Shown(patch), 24)
    assert "".join(row.text[7:].strip() for row in lines[1:]) == text
    assert [row.key is None for row in lines[1:]] == [False] + [True] * (len(lines) - 2)


def test_a_comment_stands_below_its_line() -> None:
    ref = LineRef(None, 40)
    lines = [row.text for row in diff_lines(Shown(parsed(DIFF), remarks={ref: "why?"}), 60)]
    at = lines.index("       ✎ why?")
    assert lines[at - 1].endswith("+ new")


def test_the_changes_of_a_file_are_found_in_one_column_and_in_two() -> None:
    patch = parsed(DIFF)
    for is_side_by_side in (False, True):
        lines = diff_lines(Shown(patch, is_side_by_side=is_side_by_side), 80)
        rows = [lines[y] for y in hunk_starts(lines, patch)]
        assert ["sql" in row.text or "old" in row.text for row in rows] == [True, True]


async def test_colours_lie_on_the_ground_of_what_became_of_the_line() -> None:
    patch = parsed("@@ -1 +1 @@\n-def f(): return 1\n+def f(): return 'a'\n")
    colours = await highlighted("x.py", texts_of(patch))
    rows = diff_lines(Shown(patch, colours), 80)
    assert ("def", Inked(Tone.CODE_WORD, Ground.REMOVED)) in rows[1].pieces
    assert ("'a'", Inked(Tone.CODE_TEXT, Ground.ADDED)) in rows[2].pieces


async def test_what_no_lexer_knows_has_no_colours() -> None:
    assert await highlighted("x.nothing-known", ["def"]) is None
    assert await highlighted("x.py", ["x" * 200_000]) is None


@settings(max_examples=60, deadline=None)
@given(before=TEXTS, after=TEXTS, width=st.integers(12, 130), is_wide=st.booleans())
def test_any_text_fits_its_width_and_says_nothing_to_the_terminal(
    before: list[str], after: list[str], width: int, is_wide: bool
) -> None:
    rows = list(unified_diff(before, after, "a", "b", lineterm=""))
    shown = Shown(parsed("\n".join(rows)), is_side_by_side=is_wide)
    kept = [row for hunk in shown.patch.hunks for row in hunk.lines]
    assert [row.text for row in kept] == [row[1:] for row in rows[2:] if row[:2] != "@@"]
    for row in diff_lines(shown, width):
        assert row.cells <= max(width, 25)
        assert not {unicodedata.category(char) for char in row.text} & FORBIDDEN
