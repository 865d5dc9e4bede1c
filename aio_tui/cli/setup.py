"""`aio-tui init`, `doctor` and `config show`."""

from __future__ import annotations

import argparse
from contextlib import suppress

from aio_tui.beginnings import LACKING_KEY, lacks_key, ways_in_lines
from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import settings_of
from aio_tui.cli.output import print_json, print_lines, print_table
from engine.app.configuration import load_settings, settings_sources
from engine.app.setup import Finding, examine, initialise
from engine.domain.errors import ConfigError, EngineError
from engine.domain.settings import Settings


async def init(args: argparse.Namespace) -> Exit:
    """Write the configuration; existing files stay as they are."""
    written = await initialise(args.repo, project=args.project)
    if args.json:
        print_json({"written": [str(path) for path in written]})
    else:
        told = [f"wrote {path}" for path in written] or ["everything was there already"]
        print_lines([*told, *_what_comes_next(settings_of(args))])
    return Exit.DONE


def _what_comes_next(settings: Settings) -> list[str]:
    return [
        "",
        "Look through them and commit them ('git add .aibrain'). Then fill the queue:",
        *ways_in_lines(),
        "'aio-tui' shows the queue and works on it; 'aio-tui doctor' says what a run needs.",
        *([LACKING_KEY] if lacks_key(settings) else []),
    ]


async def doctor(args: argparse.Namespace) -> Exit:
    """Check that everything a run needs is there; exit 1 if something is missing."""
    findings = [*await examine(args.repo, project=args.project), *_keys(args)]
    is_well = not any(finding.is_problem for finding in findings)
    if args.json:
        print_json(
            {
                "is_well": is_well,
                "findings": [
                    {"what": f.what, "state": f.state, "is_problem": f.is_problem, "hint": f.hint}
                    for f in findings
                ],
            }
        )
    else:
        print_table(
            ("", "WHAT", "STATE"),
            [
                ("✗" if f.is_problem else "✓", f.what, f.state + (f"; {f.hint}" * bool(f.hint)))
                for f in findings
            ],
        )
    return Exit.DONE if is_well else Exit.FAILED


def _keys(args: argparse.Namespace) -> list[Finding]:
    """What the cockpit would refuse to start for; nothing where no configuration can be read."""
    from aio_tui.keyboard import take_keys

    with suppress(EngineError):
        cockpit = load_settings(args.repo, project=args.project).cockpit
        try:
            take_keys(cockpit)
        except ConfigError as error:
            return [Finding(what="keys", state=error.message, is_problem=True, hint=error.hint)]
    return []


async def config_show(args: argparse.Namespace) -> Exit:
    """Each value in force with its source."""
    settings = settings_of(args)
    rows = settings_sources(settings.repo)
    if args.json:
        print_json([{"key": k, "value": v, "source": s} for k, v, s in rows])
    else:
        print_table(("KEY", "VALUE", "SOURCE"), rows)
    return Exit.DONE
