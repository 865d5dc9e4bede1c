"""Whose repository, and who gives the orders."""

from __future__ import annotations

import argparse
import getpass
import os

from engine.app.configuration import load_settings
from engine.domain.settings import Settings


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings of the repository that the command line names."""
    return load_settings(args.repo, project=args.project)


def operator() -> str:
    """Who gives the orders: the login name of this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
