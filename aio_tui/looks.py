"""How the cockpit looks here: from the environment, the configuration and what the terminal is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from aio_tui.glyphs import Glyphs
from aio_tui.palette import DARK, LIGHT, NO_COLOUR, PALETTES, SIXTEEN
from engine.domain.errors import ConfigError
from engine.domain.settings import CockpitSettings
from engine.domain.values import dataclass

_AUTO = "auto"
_MANY_COLOURS = frozenset({"256color", "kitty"})
"""Ends of names in TERM, as Rich knows them; for other names it sends sixteen colours."""
_LIGHT_GROUNDS = frozenset({"7", "15"})
_THEMES = tuple(palette.name for palette in PALETTES)
_GLYPHS = (Glyphs.UNICODE.value, Glyphs.ASCII.value)
_MOTIONS = ("full", "reduced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What was chosen."""

    theme: str = DARK.name
    """Name of a palette."""
    glyphs: Glyphs = Glyphs.UNICODE
    is_calm: bool = False
    """Little moves: what changes is drawn once a second. Nothing is ever animated."""


def choose_looks(chosen: CockpitSettings, environ: Mapping[str, str]) -> Looks:
    """AIO_TUI_THEME, AIO_TUI_GLYPHS and AIO_TUI_MOTION first, then `chosen`, then what the
    terminal seems to be.

    Raises:
        ConfigError: a variable has no value that is known.
    """
    theme = _said(environ, "AIO_TUI_THEME", _THEMES) or _set(chosen.theme)
    glyphs = _said(environ, "AIO_TUI_GLYPHS", _GLYPHS) or _set(chosen.glyphs)
    motion = _said(environ, "AIO_TUI_MOTION", _MOTIONS) or _set(chosen.motion)
    return Looks(
        theme=theme or _fitting_theme(environ),
        glyphs=_fitting_glyphs(environ) if glyphs is None else _asked_glyphs(glyphs, environ),
        is_calm=motion == "reduced",
    )


def _said(environ: Mapping[str, str], name: str, known: tuple[str, ...]) -> str | None:
    value = environ.get(name, "")
    if value in ("", _AUTO):
        return None
    if value not in known:
        raise ConfigError(
            f"{name} is {value!r}, which is none of {', '.join(known)}",
            hint=f"set {name} to one of them, or unset it",
        )
    return value


def _set(value: str) -> str | None:
    return None if value == _AUTO else value


def _fitting_theme(environ: Mapping[str, str]) -> str:
    """Source of the rules: no-color.org; terminfo's names; COLORFGBG of rxvt and its followers."""
    if environ.get("NO_COLOR"):
        return NO_COLOUR.name
    kind = environ.get("TERM", "").rpartition("-")[2]
    if environ.get("COLORTERM") not in ("truecolor", "24bit") and kind not in _MANY_COLOURS:
        return SIXTEEN.name
    ground = environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if ground in _LIGHT_GROUNDS else DARK.name


def _fitting_glyphs(environ: Mapping[str, str]) -> Glyphs:
    if not speaks_utf8(environ):
        return Glyphs.ASCII_ONLY
    is_console = environ.get("TERM") == "linux"  # its font has few signs
    return Glyphs.ASCII if is_console else Glyphs.UNICODE


def _asked_glyphs(name: str, environ: Mapping[str, str]) -> Glyphs:
    if name == Glyphs.ASCII and not speaks_utf8(environ):
        return Glyphs.ASCII_ONLY
    return Glyphs(name)


def speaks_utf8(environ: Mapping[str, str]) -> bool:
    """Whether the locale of `environ` encodes in UTF-8."""
    names = (environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next((name for name in names if name), "")
    return "utf8" in locale.lower().replace("-", "")


def started_with(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with the locale that this process was started with: Python puts LC_CTYPE=C.UTF-8
    there by itself where it finds no locale (PEP 538), and the terminal knows nothing of that.
    """
    try:
        raw = Path("/proc/self/environ").read_bytes()
    except OSError:
        return dict(environ)
    names = {entry.partition(b"=")[0] for entry in raw.split(b"\0")}
    return {
        name: value for name, value in environ.items() if name != "LC_CTYPE" or b"LC_CTYPE" in names
    }


class Wearer(Protocol):
    """Whose looks they are."""

    @property
    def looks(self) -> Looks: ...

    def wear(self, looks: Looks) -> None:
        """Look so from now on."""
        ...
