"""The tour of one minute: what one sees, what to press, and that it has been offered."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from aio_tui.commands.catalogue import key_of
from aio_tui.widgets.line import BLANK, Line, heading, paragraph

_ONLY_LOOKS = (
    "This cockpit only looks",
    "and gives no orders: keys for them say so. One that is opened without --read-only approves,"
    " steers and merges.",
)
_ORDERS = frozenset({"Steering", "Verified work"})
"""Stops that are about orders alone."""
_FROM_HERE_ORDERS = " {approve_once}"
"""Of a stop that is about more, where orders begin."""
_STOPS: tuple[tuple[str, str], ...] = (
    ("The top line",
     "says whether the run works, how many tasks wait for you, how many are at work, and what it"
     " has cost. A line with ! below it is something that is wrong."),
    ("The list",
     "has what needs you on top. {down} and {up} move, {open} goes into a task, {back} leads back."
     " {filter} shows only some, {find} searches everything."),
    ("A question",
     "is an agent that wants to do what its contract leaves to you. {go_to_inbox} shows all of"
     " them with the command or diff. {approve_once} approves once, {deny} denies with a reason"
     " that reaches the agent, {edit_and_approve} lets you change it first. Others work on."),
    ("A task",
     "has tabs: {show_timeline} its iterations, {show_output} what its agent says now,"
     " {show_ralph} the verdict and its proof. Nothing is called done that was not proved."),
    ("Steering",
     "{pause_or_resume} pauses a task, {steer} gives it a note, {cancel} ends it;"
     " {pause_or_resume_all} pauses everything, {halt} is the emergency stop."),
    ("Verified work",
     "waits on its branch: {merge} lets it in, {reject} sends it back, {revert} undoes a merge."),
    ("Leaving",
     "{leave} leaves, and the run goes on without you; aio-tui shows it again. {quit} quits."
     " {help} shows all keys of a screen, {palette} finds a command by name, {tour} is this tour."),
)  # fmt: skip


def tour_lines(width: int, *, only_looks: bool = False) -> list[Line]:
    """The tour, with the keys that are in force; for one who `only_looks`, without orders."""
    lines: list[Line] = []
    for title, text in _stops_of_looks() if only_looks else _STOPS:
        lines += [heading(title), *paragraph(_with_keys(text), width, indent="  "), BLANK]
    return lines


def _stops_of_looks() -> Iterator[tuple[str, str]]:
    """The stops without what orders something."""
    yield _ONLY_LOOKS
    for title, text in _STOPS:
        if title not in _ORDERS:
            yield title, text.partition(_FROM_HERE_ORDERS)[0]


def keys_in_tour() -> list[str]:
    """Names of the commands whose keys it names, in its order."""
    return [name for _, text in _STOPS for name in _names(text)]


def _names(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]


def _with_keys(text: str) -> str:
    return text.format_map({name: key_of(name) for name in _names(text)})


def offer(
    environ: dict[str, str], sign: Callable[[str], str] = key_of, *, of_what: str = "keys"
) -> str:
    """What a newcomer is told once; empty: told before, or it cannot be remembered. Commands are
    called by their `sign`, and the help tells all `of_what`.
    """
    told = _own_state(environ) / "tour"
    with suppress(OSError, RuntimeError):
        told.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.close(descriptor)
        return (
            f"new here? {sign('tour')} is a tour of one minute, {sign('help')} shows all {of_what}"
        )
    return ""


def _own_state(environ: dict[str, str]) -> Path:
    return Path(environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "aio-tui"
