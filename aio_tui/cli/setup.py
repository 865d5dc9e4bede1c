"""`aio-tui init`, `doctor` and `config show`."""

from __future__ import annotations

import argparse

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import settings_of
from aio_tui.cli.output import print_json, print_lines, print_table
from engine.app.configuration import settings_sources
from engine.app.setup import examine, initialise


async def init(args: argparse.Namespace) -> Exit:
    """Write the configuration; existing files stay as they are."""
    written = await initialise(args.repo, project=args.project)
    if args.json:
        print_json({"written": [str(path) for path in written]})
    elif written:
        print_lines([f"wrote {path}" for path in written])
    else:
        print_lines(["everything was there already"])
    return Exit.DONE


async def doctor(args: argparse.Namespace) -> Exit:
    """Check that everything a run needs is there; exit 1 if something is missing."""
    findings = await examine(args.repo, project=args.project)
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


async def config_show(args: argparse.Namespace) -> Exit:
    """Each value in force with its source."""
    settings = settings_of(args)
    rows = settings_sources(settings.repo)
    if args.json:
        print_json([{"key": k, "value": v, "source": s} for k, v, s in rows])
    else:
        print_table(("KEY", "VALUE", "SOURCE"), rows)
    return Exit.DONE
