"""The grammar of the command line is built as far as the words reach, and reads the same."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import pytest

from aio_tui.cli.parser import build_parser


class Everything:
    """Holds any word."""

    def __contains__(self, _: object) -> bool:
        return True


def said(
    parser: argparse.ArgumentParser, words: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> tuple[object, str, str]:
    """What the parser answers to a command line, and what it prints."""
    answer: object = None
    try:
        answer = vars(parser.parse_args(words))
    except SystemExit as ended:
        answer = ended.code
    printed = capsys.readouterr()
    return answer, printed.out, printed.err


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--help",
        "run --headless --max-tasks 3 --repo x",
        "run --help",
        "run --max-tasks none",
        "task",
        "task --help",
        "task add one 'its text'",
        "task add --help",
        "task remove one",
        "taks list",
        "escalations approve e-1 --for-task --always",
        "--repo task run",
        "decisions verify --holds a --holds b",
        "config show --json",
    ],
)
def test_it_answers_as_the_whole_grammar_would(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = line.split()
    assert said(build_parser(words), words, capsys) == said(
        build_parser(Everything()), words, capsys
    )


def test_a_start_builds_the_commands_it_was_given_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[str] = []
    initialise = argparse.ArgumentParser.__init__

    def counted(self: argparse.ArgumentParser, **settings: object) -> None:
        built.append(str(settings.get("prog")))
        initialise(self, **settings)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(argparse.ArgumentParser, "__init__", counted)
    build_parser(["task", "list"])
    assert [name for name in built if name.startswith("aio-tui ")] == [
        "aio-tui task",
        "aio-tui task list",
    ]
