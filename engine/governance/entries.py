"""Entries of a contract's lists: `TYPE:TEXT`, or plainly the beginning of a command."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import field
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache

from engine.domain.action import ActionKind
from engine.domain.values import dataclass
from engine.governance.held import HOLDABLE_RULES
from engine.governance.rules import RULES


class EntryType(StrEnum):
    """What an entry is about; the word before its colon."""

    COMMAND = "command"
    """The beginning of a simple command, word by word."""
    LINE = "line"
    """One whole command line or path, character by character."""
    RULE = "rule"
    """Everything that a guardrail rule finds."""
    KIND = "kind"
    """A whole kind of action."""
    PATH = "path"
    """A glob of paths, relative to the worktree or absolute."""
    HOST = "host"
    """A network host, or `*.` and a domain."""
    PACKAGE = "package"
    """A package by name; `*` stands for any characters."""
    GIT = "git"
    """An operation of git, wherever its options stand."""
    HELD = "held"
    """What a guardrail rule finds in a command that a sandbox holds."""


MEANINGS: Mapping[EntryType, str] = {
    EntryType.COMMAND: "the beginning of a simple command, word by word; the type may be left out",
    EntryType.LINE: "one whole command line (or the path of one file action), exactly",
    EntryType.RULE: "everything that this guardrail rule finds",
    EntryType.KIND: f"every action of a kind: {', '.join(ActionKind)}",
    EntryType.PATH: "paths that match a glob, relative to the worktree or absolute",
    EntryType.HOST: "a network host; `*.example.org` for all below a domain",
    EntryType.PACKAGE: "a package that is installed, by name; `*` stands for any characters",
    EntryType.GIT: "an operation of git, such as `push`, whatever options stand before it",
    EntryType.HELD: "in `allow` alone: what this rule finds in a command that a sandbox holds and "
    f"keeps from every network; one of {', '.join(sorted(HOLDABLE_RULES))}",
}
"""For the documentation."""

OWN_RULES = frozenset(
    {"autonomy", "contract-allow", "contract-ask", "contract-deny", "contract-unreadable"}
)
"""Rules that speak for contracts themselves; no entry names them."""
_TYPED = re.compile(r"([a-z_]+):(.*)", re.DOTALL)
_HOST = re.compile(r"(\*|(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]*\.?)+)")
_PACKAGE = re.compile(r"[@A-Za-z0-9*][\w@./*-]*")
_GIT = re.compile(r"[a-z][a-z-]*")


class EntryError(ValueError):
    """An entry says nothing that can be understood; its text says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, parsed."""

    type: EntryType
    text: str

    def __str__(self) -> str:
        return f"{self.type}:{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """A list of entries, sorted by type."""

    commands: tuple[tuple[str, ...], ...] = ()
    by_type: Mapping[EntryType, tuple[str, ...]] = field(default_factory=dict)

    def has_command(self, words: tuple[str, ...]) -> bool:
        """Whether a command of these words begins like one of the entries."""
        return any(words[: len(prefix)] == prefix for prefix in self.commands)

    def of(self, kind: EntryType) -> tuple[str, ...]:
        """The texts of one type."""
        return self.by_type.get(kind, ())

    def has(self, kind: EntryType, text: str) -> bool:
        """Whether an entry of this type has exactly this text."""
        return text in self.of(kind)

    def matches(self, kind: EntryType, text: str) -> bool:
        """Whether an entry of this type, as a glob, fits the text."""
        return any(fnmatchcase(text, glob) for glob in self.of(kind))


def parse_entry(text: str, *, key: str = "allow") -> Entry:
    """The entry, as it may stand in the list `key`.

    Raises:
        EntryError: it names no command, or nothing that exists.
    """
    typed = _TYPED.fullmatch(text.lstrip())
    if typed is None:
        return _checked(Entry(EntryType.COMMAND, text.strip()))
    if typed.group(1) == EntryType.HELD and key != "allow":
        raise EntryError(f"{text!r} is for 'allow' alone")
    name, rest = typed.groups()
    if name not in set(EntryType):
        raise EntryError(
            f"{text!r} is of no known type {name!r} (known: {', '.join(EntryType)}); "
            f"for a command of that name write 'command:{text.strip()}'"
        )
    return _checked(Entry(EntryType(name), rest.strip() if name != EntryType.LINE else rest))


@lru_cache(maxsize=256)
def entries_of(texts: tuple[str, ...]) -> Entries:
    """The parsed list.

    Raises:
        EntryError: one of them cannot be understood.
    """
    by_type: dict[EntryType, tuple[str, ...]] = {}
    for entry in map(parse_entry, texts):
        by_type[entry.type] = (*by_type.get(entry.type, ()), entry.text)
    commands = tuple(tuple(text.split()) for text in by_type.get(EntryType.COMMAND, ()))
    return Entries(commands=commands, by_type=by_type)


def _unless_in(known: Container[str], text: str, problem: str) -> str:
    return "" if text in known else problem


def _checked(entry: Entry) -> Entry:
    text = entry.text
    if not text.strip():
        raise EntryError(f"{text!r} names no command and no rule")
    problem = _problem_of(entry)
    if problem:
        raise EntryError(f"'{entry}' cannot be used: {problem}")
    return entry


def _problem_of(entry: Entry) -> str:
    text, problem = entry.text, ""
    match entry.type:
        case EntryType.RULE:
            named = RULES.keys() - OWN_RULES
            problem = _unless_in(named, text, "there is no such rule that a contract may name")
        case EntryType.HELD:
            known = ", ".join(sorted(HOLDABLE_RULES))
            problem = _unless_in(HOLDABLE_RULES, text, f"a sandbox makes good for {known}")
        case EntryType.KIND:
            problem = _unless_in(set(ActionKind), text, f"kinds are {', '.join(ActionKind)}")
        case EntryType.PATH:
            is_strange = text.startswith("~") or ".." in text.split("/") or "\\" in text
            problem = "write it relative to the worktree or absolute" if is_strange else ""
        case EntryType.HOST:
            problem = "" if _HOST.fullmatch(text) else "write a host name alone"
        case EntryType.PACKAGE:
            problem = "" if _PACKAGE.fullmatch(text) else "write a package name alone"
        case EntryType.GIT:
            problem = "" if _GIT.fullmatch(text) else "write one operation of git"
        case EntryType.COMMAND | EntryType.LINE:
            pass
    return problem
