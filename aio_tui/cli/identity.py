"""Whose repository, how the program is called for it, and who gives the orders."""

from __future__ import annotations

import argparse
import getpass
import os
import shlex
import shutil
import sys
from pathlib import Path

from aio_tui.cli.output import warn
from engine.app.configuration import load_settings
from engine.domain.settings import Settings

_WITH_KEYS = frozenset({"cockpit:open_cockpit", "run:run", "keys:show"})
"""Commands that refuse keys which are wrong."""
_WITHOUT_SCREEN = ("headless", "detach", "json", "plain")


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings of the repository that the command line names. Keys that are wrong are told,
    where none are needed: a typing error there stops no run, and hinders nobody from stopping one.
    """
    settings = load_settings(args.repo, project=args.project)
    has_screen = not any(getattr(args, name, False) for name in _WITHOUT_SCREEN)
    needs_keys = args.command in _WITH_KEYS and has_screen
    if settings.cockpit.keys_problem is not None and not needs_keys:
        warn("; ".join(settings.cockpit.keys_problem))
    return settings


def call_of(settings: Settings) -> str:
    """What to type here to call the program for this repository again, such as `aio-tui`, or from
    elsewhere `aio-tui --repo /srv/shop`.
    """
    words = ["aio-tui" if shutil.which("aio-tui") else sys.argv[0]]
    if Path.cwd() != settings.repo:
        words += ["--repo", str(settings.repo)]
    if settings.project != load_settings(settings.repo).project:
        words += ["--project", settings.project]
    return shlex.join(words)


def operator() -> str:
    """Who gives the orders: the login name of this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
