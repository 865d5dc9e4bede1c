from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from aio_tui.text import wrap
from aio_tui.widgets.shell_text import shell_lines
from aio_tui.wording import Ink, Tone


def toned(command: str) -> list[tuple[str, Ink]]:
    (row,) = shell_lines(command, 200, indent="")
    return [(text.strip(), tone) for text, tone in row.pieces if text.strip()]


def test_names_options_strings_variables_and_operators_are_told_apart() -> None:
    assert toned("A=1 git push -f 'x y' $HOME | sh # bye") == [
        ("A=1", Tone.STRONG),
        ("git", Tone.STRONG),
        ("push", Tone.NORMAL),
        ("-f", Tone.KEY),
        ("'x y'", Tone.GOOD),
        ("$HOME", Tone.BUSY),
        ("|", Tone.WARN),
        ("sh", Tone.STRONG),
        ("# bye", Tone.MUTED),
    ]


@given(st.text(max_size=300), st.integers(4, 60))
@example("a  b" * 40, 7)
@example("\x1b[31m'\n\"" * 9, 5)
@example("x" * 25_000, 40)
def test_colours_change_nothing_of_the_text(command: str, width: int) -> None:
    lines = shell_lines(command, width, indent="> ")
    assert [row.text for row in lines] == [f"> {row}" for row in wrap(command, width - 2)]
