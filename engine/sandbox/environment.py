"""What a started program may see of the caller's environment."""

from __future__ import annotations

from collections.abc import Mapping

INHERITED = (
    "PATH",
    "LANG",
    "LANGUAGE",
    "LC_ADDRESS",
    "LC_ALL",
    "LC_COLLATE",
    "LC_CTYPE",
    "LC_IDENTIFICATION",
    "LC_MEASUREMENT",
    "LC_MESSAGES",
    "LC_MONETARY",
    "LC_NAME",
    "LC_NUMERIC",
    "LC_PAPER",
    "LC_TELEPHONE",
    "LC_TIME",
    "TZ",
)
"""The only names taken over. Locale names one by one: `LC_` alone is also where people hide
values that ssh is to pass on."""


def child_environment(
    inherited: Mapping[str, str], own: Mapping[str, str], extra: Mapping[str, str]
) -> dict[str, str]:
    """The allowed part of `inherited`, with `own` over it and `extra` over both."""
    allowed = {name: inherited[name] for name in INHERITED if name in inherited}
    return {**allowed, "TERM": "dumb", "PYTHONUNBUFFERED": "1", **own, **extra}
