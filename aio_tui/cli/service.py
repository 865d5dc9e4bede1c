"""`aio-tui service`: a unit that lets systemd keep a repository's run alive."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import settings_of
from aio_tui.cli.output import print_lines
from engine.domain.errors import ConfigError
from engine.domain.settings import Settings

_UNIT = """\
[Unit]
Description=aio-tui works on {project}
Documentation=man:systemd.service(5)

[Service]
Type=simple
WorkingDirectory={repo}
EnvironmentFile=-%h/.config/aio-tui/environment
ExecStart={program} --repo {repo} --project {project} run --headless --stay
KillMode=mixed
TimeoutStopSec=60
Restart=on-failure
RestartSec=10
SuccessExitStatus=3 130

[Install]
WantedBy=default.target
"""


async def service(args: argparse.Namespace) -> Exit:
    """Print a user unit for the repository."""
    print_lines(unit_of(settings_of(args), Path(sys.argv[0])).splitlines())
    return Exit.DONE


def unit_of(settings: Settings, program: Path) -> str:
    """The text of the unit.

    Raises:
        ConfigError: a path or the project's name has characters that a unit cannot hold.
    """
    return _UNIT.format(
        project=_word(settings.project),
        repo=_word(str(settings.repo)),
        program=_word(str(program.absolute())),
    )


def _word(text: str) -> str:
    """As one word of a unit: quoted where it must be, with what systemd expands doubled."""
    if not text.isprintable():
        raise ConfigError(
            f"{text!r} cannot stand in a unit", hint="give the folder a printable name"
        )
    doubled = text.replace("%", "%%").replace("$", "$$")
    if any(letter in doubled for letter in " \t\"'\\;"):
        escaped = doubled.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return doubled
