"""Filters with a name: picked, kept and forgotten by one key each."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, Protocol

from aio_tui.commands.base import Desk
from aio_tui.commands.catalogue import key_of
from aio_tui.screens.edges import Surroundings
from aio_tui.text import fit
from aio_tui.ways import by_key
from engine.domain.errors import EngineError

_PICK_KEYS = "123456789abcdefghijklmnopqrtuvwyz"  # all but s and x
_SAVE, _FORGET = "s", "x"
_NAME_CELLS, _WORDS_CELLS = 16, 50


class Filtered(Desk, Protocol):
    """A screen whose list has a filter."""

    @property
    def around(self) -> Surroundings: ...

    def set_filter(self, words: str) -> None:
        """Show only what these words mean."""
        ...

    def run_worker(
        self,
        work: Coroutine[Any, Any, None],
        name: str | None,
        group: str,
        *,
        exit_on_error: bool,
    ) -> object:
        """Do it in the background; Textual's."""
        ...


async def offer_views(screen: Filtered) -> None:
    """Ask which of the kept filters the screen's list is to have."""
    kept = await screen.around.face.kept_filters(screen.around.operator, screen.place)
    names = dict(zip(_PICK_KEYS, kept, strict=False))
    options = [(key, _described(name, kept[name])) for key, name in names.items()]
    if screen.filter_words:
        options.append((_SAVE, f"give the present filter a name: {screen.filter_words}"))
    if kept:
        options.append((_FORGET, "forget one"))
    if not options:
        screen.say(
            f"views: there are none yet; filter with {key_of('filter')}, then"
            f" {key_of('views')} gives the filter a name"
        )
        return

    def act(key: str) -> None:
        if key == _SAVE:
            screen.ask("Name of this view", lambda name: _keep(screen, name), may_be_empty=False)
        elif key == _FORGET:
            _ask_which_to_forget(screen, names, kept)
        else:
            screen.set_filter(kept[names[key]])

    screen.choose("Views of this list", options, act)


def _described(name: str, words: str) -> str:
    return f"{fit(name, _NAME_CELLS)}  {fit(words, _WORDS_CELLS).rstrip()}"


def _ask_which_to_forget(
    screen: Filtered, names: Mapping[str, str], kept: Mapping[str, str]
) -> None:
    options = [(key, _described(name, kept[name])) for key, name in names.items()]
    screen.choose(
        "Forget which view?", options, lambda key: _run(screen, names[key], "", "forgotten")
    )


def _keep(screen: Filtered, name: str) -> None:
    _run(screen, name, screen.filter_words, f"kept: {key_of('views')} picks it")


def _run(screen: Filtered, name: str, words: str, done: str) -> None:
    screen.run_worker(
        _change(screen, name, words, done), name="keeping the view", group="views",
        exit_on_error=False,
    )  # fmt: skip


async def _change(screen: Filtered, name: str, words: str, done: str) -> None:
    try:
        await screen.around.face.keep_filter(screen.around.operator, screen.place, name, words)
    except EngineError as error:
        screen.say(f"views: {error.told(by_key)}")
    else:
        screen.say(f"view {name!r} is {done}")
