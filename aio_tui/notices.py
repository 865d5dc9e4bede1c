"""Notices of the terminal itself: the bell, and what terminals show on the desktop they run on.

They go out the way the screen does, over SSH too; a terminal that knows them not ignores them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aio_tui.text import clean, fit
from aio_tui.wording import wish
from engine.domain.escalation import Escalation
from engine.domain.settings import NotificationSettings, Settings
from engine.ports.cockpit import ToldNews

BELL = "\x07"
_MOST_CELLS = 160
_KITTY = ("kitty",)
_OSC_777 = ("foot", "rxvt", "ghostty", "wezterm")
_SILENT = frozenset({"", "dumb", "linux", "unknown"})


def kind_of(settings: NotificationSettings, environment: Mapping[str, str]) -> str:
    """`osc9`, `osc777`, `osc99` or `off`: one of them, as some terminals know several and would
    show each.
    """
    if settings.terminal != "auto":
        return settings.terminal
    term = environment.get("TERM", "")
    program = environment.get("TERM_PROGRAM", "")
    named = f"{term} {program}".casefold()
    if term in _SILENT:
        return "off"
    if "KITTY_WINDOW_ID" in environment or any(name in named for name in _KITTY):
        return "osc99"
    if "VTE_VERSION" in environment or any(name in named for name in _OSC_777):
        return "osc777"
    return "osc9"


def ring(
    title: str, body: str, settings: NotificationSettings, environment: Mapping[str, str]
) -> str:
    """What to write to the terminal. No text can end a sequence early: what could is made visible
    by the gate before it gets here.
    """
    title, body = _short(title), _short(body)
    notice = _sequence(kind_of(settings, environment), title, body)
    if notice and "TMUX" in environment:
        doubled = notice.replace("\x1b", "\x1b\x1b")
        notice = f"\x1bPtmux;{doubled}\x1b\\"  # passed on where allow-passthrough is on
    return notice + (BELL if settings.bell else "")


def notice_text(
    told: Sequence[Escalation], news: ToldNews | None, settings: Settings
) -> tuple[str, str]:
    """Title and body for these questions and this news; under HIPAA without what they are about."""
    number = len(told)
    waits = f"{'1 question waits' if number == 1 else f'{number} questions wait'} for you"
    titles = [*([waits] if told else []), *([news.headline] if news else [])]
    title = ", ".join(titles)
    if settings.hipaa.enabled:
        return title, settings.project
    if not told:
        about = news.about if news else ""
        return title, f"{settings.project}: {about}" if about else settings.project
    first = told[0]
    more = f" (and {number - 1} more)" if number > 1 else ""
    return title, f"{settings.project}: {first.task_id} wants to {wish(first)}{more}"


def _short(text: str) -> str:
    shown = clean(" ".join(text.split()))
    return fit(shown, min(len(shown), _MOST_CELLS)).rstrip()


def _sequence(kind: str, title: str, body: str) -> str:
    match kind:
        case "osc9":  # begins with a word: `4;` and other numbers mean something else there
            return f"\x1b]9;aio-tui: {title}: {body}\x07"
        case "osc777":
            return f"\x1b]777;notify;{title.replace(';', ',')};{body}\x07"
        case "osc99":
            return f"\x1b]99;i=aio-tui:d=0;{title}\x1b\\\x1b]99;i=aio-tui:p=body;{body}\x1b\\"
        case _:
            return ""
