"""What can be done next has a command that the command line knows, and words that hold alone."""

from __future__ import annotations

import shlex

import pytest

from aio_tui.cli.parser import build_parser
from aio_tui.commands.catalogue import ALWAYS, COCKPIT
from aio_tui.keyboard import rebind
from aio_tui.plain.words import by_word
from aio_tui.ways import COMMANDS, by_key, key_for
from engine.domain.steps import NextStep, Step
from engine.store import codec

_ONLY_IN_A_SHELL = {Step.NONE, Step.LIST_MERGES}


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.NONE])
def test_the_command_line_knows_the_command_of_each_step(step: Step) -> None:
    program, *words = shlex.split(NextStep(words="do it", step=step, about="fix-gcd").command)
    args = build_parser(words).parse_args(words)
    assert program == "aio-tui"
    named = [args.__dict__.get(name) for name in ("task_id", "task_ids", "escalation_id")]
    assert ("fix-gcd" in words) == ("fix-gcd" in named or ["fix-gcd"] in named)


def test_the_cockpit_has_a_key_for_each_step_but_those_of_a_shell() -> None:
    assert set(COMMANDS) == set(Step) - _ONLY_IN_A_SHELL
    assert set(COMMANDS.values()) <= {command.name for command in (*COCKPIT, *ALWAYS)}


def test_a_key_is_the_one_that_the_operator_chose() -> None:
    step = NextStep(words="let it try again", step=Step.RETRY, about="fix-gcd")
    assert step.told(by_key) == "let it try again: r"
    rebind({"retry": ("ctrl+r",)})
    try:
        assert (step.told(by_key), key_for(step)) == ("let it try again: Ctrl+R", "Ctrl+R")
    finally:
        rebind({})


def test_plain_mode_has_words_and_a_shell_does_what_it_has_none_for() -> None:
    retry = NextStep(words="let it try again", step=Step.RETRY, about="fix-gcd")
    merges = NextStep(words="see the queue", step=Step.LIST_MERGES)
    assert retry.told(by_word) == "let it try again: 'retry fix-gcd'"
    assert merges.told(by_word) == "see the queue: 'aio-tui merge list'"
    assert NextStep(words="wait").told(by_word) == "wait"


def test_a_step_that_only_a_newer_version_knows_is_told_in_its_words() -> None:
    step = codec.next_step('{"words":"sing to it","step":"sing","about":"fix-gcd"}')
    assert step == NextStep(words="sing to it", step=Step.NONE, about="fix-gcd")
    assert (str(step), step.told(by_key)) == ("sing to it", "sing to it")
