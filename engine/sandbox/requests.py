"""What a model asks for, parsed once into values: the border of the tools."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from engine.domain.action import Action, ActionKind
from engine.domain.errors import InputError
from engine.domain.values import dataclass
from engine.ports.agent import ToolCall

BASH = "bash"
EDITOR = "str_replace_based_edit_tool"
COMMAND_CAP_BYTES = 120_000
"""Below the longest single argument Linux passes to a program (131,072)."""
DETAIL_CAP = 20_000
"""Characters of an action's detail; its last line tells the hash of the whole."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCommand:
    """`bash` with a command."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartShell:
    """`bash` with `restart`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Show a file or list a folder."""

    path: str
    first: int | None = None
    """None: the whole file. Lines count from 1."""
    last: int | None = None
    """Inclusive; None: to the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Write a whole file."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """Replace the one place where `old` stands."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """Insert `text` after a line; 0 is the beginning of the file."""

    path: str
    after_line: int
    text: str


Demand = RunCommand | RestartShell | View | Create | Replace | Insert


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRequest:
    """A valid tool call that has not happened yet."""

    call_id: str
    demand: Demand
    action: Action
    """What the guardrails judge; equal calls give equal fingerprints."""
    summary: str
    """One line: the command, or the edit and its path."""


def parse_request(call: ToolCall) -> ToolRequest:
    """The request behind a tool call.

    Raises:
        InputError: unknown tool, or missing, unknown or wrong arguments; the text is for the model.
    """
    arguments = _Arguments(call.tool, call.arguments)
    demand = _DEMANDS[arguments.tool](arguments)
    arguments.refuse_unread()
    return ToolRequest(
        call_id=call.call_id,
        demand=demand,
        action=_action_of(demand, call.arguments),
        summary=_one_line(_summary_of(demand)),
    )


class _Arguments:
    """Reads each argument once and knows which nobody read."""

    def __init__(self, tool: str, arguments: Mapping[str, Any]) -> None:
        if tool not in _DEMANDS:
            raise InputError(f"there is no tool {tool!r}", hint=f"use {BASH} or {EDITOR}")
        self.tool = tool
        self._arguments = arguments
        self._read: set[str] = set()

    def required(self, name: str, kind: type[T]) -> T:
        value = self.optional(name, kind)
        if value is None:
            raise InputError(f"{self.tool}: argument {name!r} is missing", hint="add it")
        return value

    def optional(self, name: str, kind: type[T]) -> T | None:
        self._read.add(name)
        value = self._arguments.get(name)
        if value is None:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise InputError(
                f"{self.tool}: argument {name!r} is of type {type(value).__name__}",
                hint=f"give a {kind.__name__}",
            )
        if isinstance(value, str):
            self._refuse_unwritable(name, value)
        return value

    def refuse_unread(self) -> None:
        unknown = sorted(set(self._arguments) - self._read)
        if unknown:
            raise InputError(
                f"{self.tool}: unknown argument {unknown[0]!r}",
                hint=f"known here: {', '.join(sorted(self._read))}",
            )

    def _refuse_unwritable(self, name: str, value: str) -> None:
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise InputError(
                f"{self.tool}: argument {name!r} holds a lone surrogate at {exc.start}",
                hint="send text that UTF-8 can hold",
            ) from None


def _parse_bash(arguments: _Arguments) -> Demand:
    wants_restart = arguments.optional("restart", bool) or False
    command = arguments.optional("command", str)
    if wants_restart:
        return RestartShell()
    if command is None or not command.strip():
        raise InputError(f"{BASH}: argument 'command' is missing", hint="say what to run")
    if "\0" in command:
        raise InputError(f"{BASH}: the command holds a NUL character", hint="leave it out")
    if len(command.encode()) > COMMAND_CAP_BYTES:
        raise InputError(
            f"{BASH}: the command is longer than {COMMAND_CAP_BYTES} bytes",
            hint=f"write the text to a file with {EDITOR} and use the file",
        )
    return RunCommand(command=command)


def _parse_editor(arguments: _Arguments) -> Demand:
    command = arguments.required("command", str)
    path = arguments.required("path", str)
    if not path.strip() or "\0" in path:
        raise InputError(f"{EDITOR}: path {path!r} is no path", hint="name a file")
    match command:
        case "view":
            first, last = _line_range(arguments.optional("view_range", list))
            return View(path=path, first=first, last=last)
        case "create":
            return Create(path=path, text=arguments.required("file_text", str))
        case "str_replace":
            return _parse_replace(path, arguments)
        case "insert":
            line = arguments.required("insert_line", int)
            return Insert(path=path, after_line=line, text=arguments.required("insert_text", str))
        case _:
            raise InputError(
                f"{EDITOR}: unknown command {command!r}",
                hint="use view, create, str_replace or insert",
            )


def _parse_replace(path: str, arguments: _Arguments) -> Replace:
    old = arguments.required("old_str", str)
    new = arguments.optional("new_str", str) or ""
    if not old or old == new:
        raise InputError(
            f"{EDITOR}: 'old_str' is {'empty' if not old else 'the same as new_str'}",
            hint="give the exact text that is to be replaced, and its replacement",
        )
    return Replace(path=path, old=old, new=new)


def _line_range(view_range: list[Any] | None) -> tuple[int | None, int | None]:
    if view_range is None:
        return None, None
    is_pair = len(view_range) == 2 and all(type(number) is int for number in view_range)
    first, last = view_range if is_pair else (0, 0)
    if first < 1 or (last != -1 and last < first):
        raise InputError(
            f"{EDITOR}: view_range {view_range!r} is no range of lines",
            hint="give [first, last] counting from 1; -1 as last means the end",
        )
    return first, None if last == -1 else last


_DEMANDS = {BASH: _parse_bash, EDITOR: _parse_editor}


def _action_of(demand: Demand, arguments: Mapping[str, Any]) -> Action:
    match demand:
        case RunCommand(command=command):
            return Action(kind=ActionKind.RUN_COMMAND, target=command)
        case RestartShell():
            return Action(kind=ActionKind.RUN_COMMAND, target="true")
        case View(path=path):
            return Action(kind=ActionKind.READ_FILE, target=path)
        case Create(path=path, text=text):
            detail = text
        case Replace(path=path, old=old, new=new):
            detail = "@@ replace @@\n" + _prefixed("-", old) + _prefixed("+", new)
        case Insert(path=path, after_line=line, text=text):
            detail = f"@@ insert after line {line} @@\n" + _prefixed("+", text)
    return Action(kind=ActionKind.WRITE_FILE, target=path, detail=_sealed(detail, arguments))


def _prefixed(sign: str, text: str) -> str:
    return "".join(f"{sign}{line}\n" for line in text.removesuffix("\n").split("\n") if text)


def _sealed(detail: str, arguments: Mapping[str, Any]) -> str:
    """At most DETAIL_CAP characters and the hash of the arguments: equal only if all is equal."""
    whole = json.dumps(dict(arguments), sort_keys=True).encode()
    shown = detail[:DETAIL_CAP]
    if len(shown) < len(detail):
        shown += f"\n[... {len(detail) - len(shown)} characters not shown ...]"
    return f"{shown.removesuffix(chr(10))}\nsha256 {hashlib.sha256(whole).hexdigest()}"


def _summary_of(demand: Demand) -> str:
    match demand:
        case RunCommand(command=command):
            return command
        case RestartShell():
            return "restart the shell"
        case View(path=path, first=None):
            return f"view {path}"
        case View(path=path, first=first, last=last):
            return f"view {path} lines {first}-{last or 'end'}"
        case Create(path=path, text=text):
            return f"create {path} ({len(text)} characters)"
        case Replace(path=path, old=old):
            return f"edit {path}: replace {old.strip()}"
        case Insert(path=path, after_line=line):
            return f"edit {path}: insert after line {line}"


def _one_line(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= 200 else joined[:199] + "…"
