"""What every family of commands is built of."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Container
from functools import cache
from pathlib import Path
from typing import Any

Looks = Callable[[argparse.Namespace], bool]
"""Whether a command, called so, only looks: it gives no order and writes nothing."""


def always(_: argparse.Namespace) -> bool:
    """A command that only looks, however it is called."""
    return True


def never(_: argparse.Namespace) -> bool:
    """A command that orders or writes: what is not declared otherwise."""
    return False


def with_option(name: str) -> Looks:
    """A command that only looks where this option is given."""
    return lambda args: bool(getattr(args, name))


def without_option(name: str) -> Looks:
    """A command that only looks where this option is not given."""
    return lambda args: not getattr(args, name)


class Unnamed:
    """Stands for a command that the command line does not name: it is listed, and has nothing that
    takes time to build.
    """

    prog = ""

    def add_argument(self, *_: Any, **__: Any) -> None: ...

    def set_defaults(self, **_: Any) -> None: ...

    def add_mutually_exclusive_group(self, **_: Any) -> Unnamed:
        return self

    def add_subparsers(self, **_: Any) -> Unnamed:
        return self

    def add_parser(self, *_: Any, **__: Any) -> Unnamed:
        return self


def named_in(words: Container[str]) -> type[argparse.ArgumentParser]:
    """Parsers of commands that are among the words, and of those below them."""

    class Named(argparse.ArgumentParser):
        def __new__(cls, *, prog: str, **_: Any) -> Any:
            return super().__new__(cls) if prog.rpartition(" ")[2] in words else Unnamed()

    return Named


@cache
def common(*, default: bool = False) -> argparse.ArgumentParser:
    """Options that stand before or after the command."""
    unset: Any = argparse.SUPPRESS
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument(
        "--repo",
        type=Path,
        default=Path() if default else unset,
        metavar="PATH",
        help="the target repository (default: the current folder)",
    )
    parser.add_argument(
        "--project",
        default=None if default else unset,
        metavar="NAME",
        help="its name (default: from the configuration, or the folder)",
    )
    parser.add_argument(
        "--debug",
        action="store_true",
        default=False if default else unset,
        help="show a traceback with an error",
    )
    parser.add_argument(
        "--read-only",
        action="store_true",
        default=False if default else unset,
        help="look, and give no orders",
    )
    return parser


def leaf(
    commands: Any,
    name: str,
    command: str,
    text: str,
    *,
    json: bool | str = True,
    looks: Looks = never,
) -> argparse.ArgumentParser:
    """A command that is done by `command`, a `module:function` of `aio_tui.cli`.

    `looks` is what --read-only lets pass; a command that does not say it is refused there.
    """
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, parents=[common()], allow_abbrev=False
    )
    made.set_defaults(command=command, verb=made.prog, looks=looks)
    if json:
        told = json if isinstance(json, str) else "print one JSON document"
        made.add_argument("--json", action="store_true", help=told)
    return made


def group(commands: Any, name: str, text: str) -> Any:
    """A word that commands stand behind."""
    made = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    return made.add_subparsers(metavar="ACTION", required=True)


def positive(text: str) -> int:
    """A whole number of 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not 1 or more")
    return number


def port_number(text: str) -> int:
    """A port to listen at; 0: any that is free."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(
            f"{number} is no port: use 1 to 65535, or 0 for a free one"
        )
    return number


def above_zero(text: str) -> float:
    """A number above 0."""
    number = float(text)
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def add_bandwidth(parser: argparse.ArgumentParser) -> None:
    """`--bandwidth`, of every command that opens the cockpit."""
    parser.add_argument(
        "--bandwidth",
        type=_bandwidth,
        metavar="RATE",
        help="send the terminal at most so many bytes a second, such as 8k",
    )


def _bandwidth(text: str) -> int:
    from aio_tui.thrift import bytes_per_second

    return bytes_per_second(text)
