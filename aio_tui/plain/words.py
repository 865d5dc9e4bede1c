"""What is typed for each command of plain mode, and what is meant by what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from aio_tui.commands import leaving, lines, look, review, story
from aio_tui.commands.base import AnyCommand, TaskCommand
from aio_tui.commands.catalogue import COCKPIT, MERGE, QUESTIONS, RUN, RUN_LIMITS, TASK
from aio_tui.commands.lists import Find
from aio_tui.commands.questions import QuestionCommand
from aio_tui.places import PLACES
from aio_tui.ways import COMMANDS
from engine.domain.steps import NextStep, Step, by_command

_READ_HERE = ("task", "review", "decisions", "report", "metrics", "log", "config", "knowledge")
"""Screens that plain mode reads out; the others are made of what it has no use for."""

PLAIN: tuple[AnyCommand, ...] = (
    *lines.LINES,
    *QUESTIONS,
    review.MergeReviewed(), *(each for each in MERGE if each.name != "merge"),
    *RUN, *TASK, review.Remark(), review.SendBack(), *RUN_LIMITS,
    look.Open(), look.Back(),
    *(each for each in COCKPIT if isinstance(each, look.ShowTab)),
    *(look.GoTo(place) for place in PLACES if place.name in _READ_HERE),
    story.PartPrompt(), story.PartTools(), story.PartSession(),
    Find(),
    look.Down(), look.Up(), look.First(), look.Last(),
    look.Help(), look.Tour(), leaving.Quit(), leaving.Leave(), leaving.StepAside(),
)  # fmt: skip
"""What can be done in plain mode; named and meant as in the cockpit."""

_WORDS: Mapping[str, tuple[str, ...]] = {
    "approve_for_task": ("approve for task",),
    "approve_always": ("approve always", "always"),
    "acknowledge": ("seen",),
    "pause_or_resume": ("pause task", "resume task"),
    "pause_or_resume_all": ("resume all", "pause all"),
    "take_over": ("take over", "shell again"),
    "remark": ("comment",),
    "show_timeline": ("timeline",),
    "show_ralph": ("verdict", "proof"),
    "show_inbox": ("questions", "question", "inbox"),
    "show_knowledge": ("hits",),
    "go_to_task": ("show",),
    "go_to_review": ("diff", "review"),
    "go_to_metrics": ("metrics", "cost"),
    "part_tools": ("tools",),
    "part_session": ("session",),
    "find": ("search", "find"),
    "down": ("next",),
    "up": ("previous",),
    "leave": ("leave",),
    "step_aside": ("to the shell",),
}
"""By name of the command; of several the first is the one that is named. Of all others it is the
label, which the cockpit's key bar shows.
"""
_MORE: Mapping[str, str] = {
    "tasks": "[FILTER]",
    "more": "[all]",
    "approve_for_task": "[y]",
    "deny": "REASON",
    "edit_and_approve": "COMMAND",
    "deny_and_pause": "REASON",
    "merge": "[y]",
    "merge_all": "[y]",
    "reject": "REASON",
    "revert": "REASON",
    "discard_work": "[y]",
    "remark": "FILE:LINE TEXT",
    "send_back": "REASON",
    "pause_or_resume_all": "[y]",
    "start": "[y]",
    "override": "[p or f, and why]",
    "steer": "TEXT",
    "message_now": "TEXT",
    "grant": "NUMBER",
    "limits": "[m, t, o or a, and how much]",
    "branch": "[ITERATION]",
    "cancel": "[y]",
    "take_over": "[y]",
    "hand_back": "NOTE",
    "halt": "REASON",
    "stop": "[y or a]",
    "show_output": "[ITERATION]",
    "show_ralph": "[ITERATION]",
    "go_to_review": "[FILE]",
    "go_to_report": "[PERIOD, such as 8h or all]",
    "go_to_knowledge": "[ID]",
    "part_prompt": "[ITERATION]",
    "part_tools": "[ITERATION]",
    "part_session": "[ITERATION]",
    "find": "WORDS",
    "help": "[COMMAND]",
    "quit": "[y or b]",
}
"""By name: what may stand behind the command, and behind its task. All others take nothing."""
_SAID: Mapping[str, str] = {
    "open": "What a task is about now: its question, its change to merge, why it is stuck, else its"
    " timeline; without a task all of them.",
    "back": "Select no task; where something is asked, do nothing.",
    "down": "Select the next task.",
    "up": "Select the task before.",
    "first": "Select the first task: those that need you come first.",
    "last": "Select the last task.",
    "help": "All commands, or one.",
    "tour": "What there is to know, in a minute.",
    "show_timeline": "A task's iterations: verdict, time, money, decision.",
    "show_output": "What the agent said and did: the newest lines, or a whole iteration.",
    "show_ralph": "The verdict with its reasons and the proof, of the newest iteration or another.",
    "show_inbox": "Open questions with their whole evidence, of all tasks or of one.",
    "go_to_task": "A task in short, and its iterations.",
    "go_to_review": "What a task changed, file after file, line by line.",
    "go_to_report": "What happened since the last run began, or in that time, and what is next.",
    "go_to_metrics": "Cost of all and of each task, verdicts, waiting and checks, as figures.",
    "go_to_log": "What the engine logged, newest first.",
    "go_to_decisions": "Who decided what, newest first, and whether that trail is whole.",
    "pause_or_resume_all": "Go on with all; as `pause all`, start no further iteration.",
    "pause_or_resume": "Hold the task at its next safe point, or let it go on (`resume task`).",
    "find": "Search all tasks, decisions, knowledge and transcripts.",
    "quit": "Leave; asks if a run in this process has work to do, or something of yours to wait"
    " for.",
    "leave": "Leave, and let the run go on in the background; aio-tui shows it again.",
    "step_aside": "Back to the shell for a while: the run goes on, and fg comes back.",
}
"""What commands do here, where that is not what they do on a screen."""
_ABOUT_TASKS = frozenset({"select", "open", "remark", "send_back"})
_ABOUT_TASKS |= {"go_to_task", "go_to_review", "go_to_decisions"}
_INSTEAD = {"go_to_inbox": "show_inbox", "go_to_cockpit": "tasks"}
_HERE = {Step.VERIFY: "show_ralph"}
"""Steps that a shell does as well; here they are read."""
_MOST_WORDS = 4
_BLANKS = re.compile(r"\s+")


def words_of(command: AnyCommand) -> tuple[str, ...]:
    """What can be typed for it, besides its name and its key."""
    return _WORDS.get(command.name, (command.label,))


def help_of(command: AnyCommand) -> str:
    """What it does, in a sentence."""
    return _SAID.get(command.name, command.help)


def keys_of(command: AnyCommand) -> list[str]:
    """Its keys that can be typed as a letter and mean no other command here."""
    return [key for key, meant in _BY_KEY.items() if meant is command]


def takes_words(command: AnyCommand) -> str:
    """What may stand behind it, and behind its task: in capitals what is text; empty: nothing."""
    return _MORE.get(command.name, "")


def is_about_a_task(command: AnyCommand) -> bool:
    """Whether the first word behind it may name a task, or its question."""
    about = (TaskCommand, QuestionCommand, look.ShowTab, story.ShowPart)
    return isinstance(command, about) or command.name in _ABOUT_TASKS


def usage_of(command: AnyCommand) -> str:
    """Its word and what may stand behind it."""
    about = "[TASK]" if is_about_a_task(command) else ""
    return " ".join(filter(None, (words_of(command)[0], about, takes_words(command))))


class Order(NamedTuple):
    """What was typed, understood."""

    command: AnyCommand
    word: str
    """What it was called."""
    rest: str


def understood(text: str) -> Order | None:
    """The command that the line begins with, and what stands behind it; None: there is none."""
    parts = _BLANKS.split(text.strip())
    if parts[0] in _BY_KEY:
        return Order(_BY_KEY[parts[0]], parts[0], _behind(text, 1))
    for count in range(min(_MOST_WORDS, len(parts)), 0, -1):
        word = _spoken(" ".join(parts[:count]))
        if word in _BY_WORD:
            return Order(_BY_WORD[word], word, _behind(text, count))
    return None


def meant(text: str) -> list[str]:
    """Commands that somebody may have wanted to type, the likeliest first."""
    parts = _BLANKS.split(text.strip())
    found: list[str] = []
    for count in (2, 1):
        found += get_close_matches(_spoken(" ".join(parts[:count])), _OFFERED, n=2, cutoff=0.7)
    begun = [word for word in _OFFERED if len(parts[0]) > 1 and word.startswith(_spoken(parts[0]))]
    return list(dict.fromkeys([*found, *begun]))[:3]


def close_to(word: str, known: Iterable[str]) -> list[str]:
    """Those of the names that `word` may have been meant for."""
    by_case = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), by_case, n=2, cutoff=0.7)
    return [by_case[name] for name in found]


def matching(word: str) -> AnyCommand | None:
    """The command that is called so, by word, name or key."""
    return _BY_KEY.get(word) or _BY_WORD.get(_spoken(word))


def word_of(name: str) -> str:
    """The command of this name, or what stands for it here, to be typed; empty: there is none."""
    here = _INSTEAD.get(name, name)
    command = next((each for each in PLAIN if each.name == here), None)
    return f"'{words_of(command)[0]}'" if command is not None else ""


def by_word(step: NextStep) -> str:
    """How the next step is done here: what to type, or the command of a shell."""
    command = _HERE.get(step.step) or COMMANDS.get(step.step)
    word = word_of(command) if command else ""
    if not word or not step.about:
        return word or by_command(step)
    return f"{word[:-1]} {step.about}'"


def _spoken(word: str) -> str:
    return word.casefold().replace("_", " ").replace("-", " ").strip()


def _behind(text: str, words: int) -> str:
    parts = text.strip().split(maxsplit=words)
    return parts[words].strip() if len(parts) > words else ""


_BY_WORD: dict[str, AnyCommand] = {}
_BY_KEY: dict[str, AnyCommand] = {}
for _command in PLAIN:
    for _word in words_of(_command):
        _BY_WORD.setdefault(_spoken(_word), _command)
for _command in PLAIN:
    for _word in (_command.name, _command.label):
        _BY_WORD.setdefault(_spoken(_word), _command)
    for _key in _command.key_signs:
        if len(_key) == 1:
            _BY_KEY.setdefault(_key, _command)
_OFFERED = [word for each in PLAIN for word in words_of(each)]
