"""`aio-tui state ...`: the key that state is sealed with, and what is sealed."""

from __future__ import annotations

import argparse
import asyncio

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import settings_of
from aio_tui.cli.output import print_json, print_lines
from engine.app import keeping


async def new_key(args: argparse.Namespace) -> Exit:
    """Make a key file; it is never written over."""
    keeping.new_key(args.file, settings_of(args))
    if args.json:
        print_json({"key_file": str(args.file)})
    else:
        print_lines(
            [f"wrote {args.file}; keep a copy elsewhere: without it the state cannot be read"]
        )
    return Exit.DONE


async def rekey(args: argparse.Namespace) -> Exit:
    """From now on another key opens the state."""
    await asyncio.to_thread(keeping.rekey, settings_of(args), args.key_file)
    if args.json:
        print_json({"key_file": str(args.key_file)})
    else:
        print_lines([f"{args.key_file} opens the state now: name it in [hipaa] of aio.toml"])
    return Exit.DONE


async def seal(args: argparse.Namespace) -> Exit:
    """Seal what was written before [hipaa] was enabled."""
    done = await asyncio.to_thread(keeping.seal_state, settings_of(args))
    if args.json:
        print_json({"texts": done.texts, "files": done.files})
    else:
        print_lines([f"sealed {done.texts} texts in databases and {done.files} files"])
    return Exit.DONE


async def reveal(args: argparse.Namespace) -> Exit:
    """Print a sealed file as it reads."""
    text = await asyncio.to_thread(keeping.reveal, settings_of(args), args.file)
    print_lines(text.splitlines())
    return Exit.DONE
