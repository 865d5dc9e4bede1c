"""The editor's commands: view, create, replace once, insert. Blocking; errors are for the model."""

from __future__ import annotations

import os
from pathlib import Path

from engine.domain.errors import InputError
from engine.sandbox.anchored import opened_folder
from engine.sandbox.paths import Place
from engine.sandbox.requests import Create, Insert, Replace, View
from engine.sandbox.textfile import read_text, write_text

_SNIPPET_LINES = 4
_LISTING_CAP = 1000


def view(place: Place, demand: View) -> str:
    """Numbered lines of a file, or what a folder holds, two levels deep.

    Raises:
        InputError: it cannot be read, or the range is beyond its end.
    """
    if place.real.is_dir():
        if demand.first is not None:
            raise InputError(f"{place.written!r} is a folder", hint="leave view_range out")
        return _listing(place.real)
    lines = _lines(read_text(place.real))
    first, last = demand.first or 1, demand.last or len(lines)
    if demand.first is not None and (first > len(lines) or last > len(lines)):
        raise InputError(
            f"{place.written!r} has {len(lines)} lines, not {max(first, last)}",
            hint=f"use a view_range up to {len(lines)}",
        )
    return _numbered(lines, first, last) or "(the file is empty)"


def create(place: Place, demand: Create) -> str:
    """Write the whole file, over the old one if there is one."""
    is_new = not place.real.exists()
    write_text(place.real, demand.text)
    done = "created" if is_new else "overwritten"
    return f"{place.written} was {done} with {len(_lines(demand.text))} lines."


def replace(place: Place, demand: Replace) -> str:
    """Replace the only place where the text stands.

    Raises:
        InputError: it stands nowhere, or more than once.
    """
    text = read_text(place.real)
    old, new = (_with_endings_of(text, part) for part in (demand.old, demand.new))
    places = _places(text, old)
    if not places:
        raise InputError(
            f"'old_str' was not found in {place.written!r}; nothing was changed",
            hint="view the file and copy the text exactly, with its indentation",
        )
    if len(places) > 1:
        numbers = ", ".join(str(text.count("\n", 0, at) + 1) for at in places[:10])
        raise InputError(
            f"'old_str' stands {len(places)} times in {place.written!r}, on lines "
            f"{numbers}; nothing was changed",
            hint="add lines around it until it is unique",
        )
    changed = text.replace(old, new)
    write_text(place.real, changed)
    first = text.count("\n", 0, places[0]) + 1
    return _edited(place, changed, first, first + new.count("\n"))


def insert(place: Place, demand: Insert) -> str:
    """Insert whole lines after a line.

    Raises:
        InputError: the file has no such line.
    """
    text = read_text(place.real)
    lines = text.split("\n")
    has_final_newline = lines[-1] == ""
    count = len(lines) - has_final_newline
    if not 0 <= demand.after_line <= count:
        raise InputError(
            f"{place.written!r} has {count} lines; {demand.after_line} is none of them",
            hint=f"use an insert_line from 0 to {count}",
        )
    whole_lines = demand.text.removesuffix("\n") + "\n"
    added = _with_endings_of(text, whole_lines).removesuffix("\n").split("\n")
    if demand.after_line == count and not has_final_newline:
        lines[-1:], added = _joined_at_end(text, lines[-1], added)
    at = demand.after_line
    changed = "\n".join([*lines[:at], *added, *lines[at:]])
    write_text(place.real, changed)
    return _edited(place, changed, at + 1, at + len(added))


def _joined_at_end(text: str, last: str, added: list[str]) -> tuple[list[str], list[str]]:
    """Where the file lacks a final newline it goes on lacking one, also after the insertion."""
    if _is_crlf(text):
        return [last + "\r"], [*added[:-1], added[-1].removesuffix("\r")]
    return [last], added


def _edited(place: Place, text: str, first: int, last: int) -> str:
    lines = _lines(text)
    shown_to = min(last + _SNIPPET_LINES, len(lines))
    snippet = _numbered(lines, max(1, first - _SNIPPET_LINES), shown_to)
    return f"{place.written} was changed. Now it reads there:\n{snippet}"


def _is_crlf(text: str) -> bool:
    return "\r\n" in text and text.count("\r\n") == text.count("\n")


def _with_endings_of(text: str, part: str) -> str:
    """A model that saw a CRLF file without its carriage returns means them all the same."""
    return part.replace("\n", "\r\n") if _is_crlf(text) and "\r" not in part else part


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _numbered(lines: list[str], first: int, last: int) -> str:
    return "\n".join(
        f"{number:6}\t{line}" for number, line in enumerate(lines[first - 1 : last], first)
    )


def _places(text: str, part: str) -> list[int]:
    """Every offset where `part` stands, overlapping ones too."""
    found: list[int] = []
    at = text.find(part)
    while at >= 0:
        found.append(at)
        at = text.find(part, at + 1)
    return found


def _listing(folder: Path) -> str:
    names: list[str] = []
    try:
        with opened_folder(folder) as handle:
            for parent, folders, files, _descriptor in os.fwalk(".", dir_fd=handle):
                here = Path(parent)
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                names += [f"{here / name}/" for name in folders]
                names += [str(here / name) for name in files if not name.startswith(".")]
                if len(here.parts) == 1:
                    folders.clear()
                if len(names) > _LISTING_CAP:
                    break
    except OSError as exc:
        raise InputError(
            f"{str(folder)!r} cannot be listed: {exc.strerror or exc}", hint="use another path"
        ) from exc
    shown = sorted(names)[:_LISTING_CAP]
    more = "\n... and more" if len(names) > _LISTING_CAP else ""
    return ("\n".join(shown) + more) if shown else "(nothing but hidden files)"
