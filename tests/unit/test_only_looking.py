"""--read-only lets through what is declared to look, and nothing else, wherever it stands."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence

import pytest

from aio_tui.cli import main as program
from aio_tui.cli.grammar.leaves import leaf
from aio_tui.cli.parser import build_parser

LOOKING = frozenset(
    {
        "compare", "compliance report", "config show", "contracts check", "contracts explain",
        "contracts list", "contracts replay", "contracts show", "decisions replay",
        "decisions show", "decisions verify", "doctor", "escalations list", "escalations show",
        "keys", "merge list", "metrics", "replay", "report", "search", "serve", "service",
        "state reveal", "status", "task list", "task show", "worktrees clean", "worktrees list",
    }
)  # fmt: skip
"""Verbs that give no order and write nothing, as long as no option makes them."""
REACHED = 77
Call = Callable[..., tuple[int, list[str]]]


class _Everything:
    def __contains__(self, _: object) -> bool:
        return True


def _calls(parser: argparse.ArgumentParser, *path: str) -> Iterator[list[str]]:
    """Each verb with what it must have."""
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        yield [*path, *_needed(parser)]
    for group in groups:
        for name, below in group.choices.items():
            yield from _calls(below, *path, name)


def _needed(parser: argparse.ArgumentParser) -> Iterator[str]:
    for group in parser._mutually_exclusive_groups:
        if group.required:
            yield _value(group._group_actions[0])
    for action in parser._actions:
        if action.required and action.option_strings:
            yield from (action.option_strings[0], _value(action))
        elif action.required:
            yield _value(action)


def _value(action: argparse.Action) -> str:
    return str(next(iter(action.choices))) if action.choices else "7"


def _verb(call: Sequence[str]) -> str:
    return " ".join(call[:2]) if " ".join(call[:2]) in GROUPED else call[0]


CALLS = list(_calls(build_parser(_Everything())))
GROUPED = frozenset(
    " ".join(call[:2])
    for call in CALLS
    if call[0]
    in {
        "compliance", "config", "contracts", "decisions", "escalations", "merge", "notify", "state",
        "task", "worktrees",
    }
)  # fmt: skip


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setattr(program, "_dispatch", lambda _: REACHED)

    def call(*words: str) -> tuple[int, list[str]]:
        capsys.readouterr()
        code = program.main(words)
        return code, capsys.readouterr().err.splitlines()

    return call


def test_every_verb_looks_or_is_refused(said: Call) -> None:
    seen = set()
    for call in CALLS:
        verb = _verb(call)
        for words in (["--read-only", *call], [*call, "--read-only"]):
            code, lines = said(*words)
            if verb in LOOKING:
                assert (code, lines) == (REACHED, []), words
                continue
            [line] = lines
            assert (code, line) == (
                2,
                f"aio-tui: '{' '.join(['aio-tui', verb])}' gives orders or writes, and"
                " --read-only only looks; leave --read-only out to let it",
            )
        seen.add(verb)
    assert seen >= LOOKING
    assert len(seen - LOOKING) > 30


@pytest.mark.parametrize(
    ("line", "is_let"),
    [
        ("", True),
        ("--plain", True),
        ("--detach", False),
        ("--or-demo", False),
        ("discover --dry-run", True),
        ("discover", False),
        ("worktrees clean --yes", False),
        ("report --out file", False),
        ("compliance report --out file", False),
    ],
)
def test_an_option_can_make_the_difference(said: Call, line: str, is_let: bool) -> None:
    code, lines = said("--read-only", *line.split())
    assert (code, len(lines)) == ((REACHED, 0) if is_let else (2, 1))


def test_a_verb_that_declares_nothing_is_refused() -> None:
    parser = argparse.ArgumentParser(prog="aio-tui")
    leaf(parser.add_subparsers(), "anew", "any:thing", "what was written yesterday")
    args = parser.parse_args(["anew", "--read-only"])
    assert args.read_only
    assert not args.looks(args)
