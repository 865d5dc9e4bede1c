"""Words, redirects and simple commands, as the rules see them."""

from __future__ import annotations

from pathlib import Path

from engine.domain.values import dataclass

UNKNOWN = "\x00"
"""Stands in a word for text that cannot be foreseen."""
INSIDE = "\x01"
"""Stands for text that cannot lead anywhere: a number, a date, the name of a listed file."""
DECODED = "\x02"
"""Stands for the output of a decoder, which hides what it says."""
QUOTED_BRACE = "\x03"
"""A brace in quotes, which the shell does not expand."""
RESERVED = (UNKNOWN, INSIDE, DECODED, QUOTED_BRACE)


def names_of(text: str) -> frozenset[str]:
    """The words of a table of names."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Redirect:
    """`operator` such as `>`, `>>`, `<`, `&>`; `target` is a path."""

    operator: str
    target: str

    @property
    def writes(self) -> bool:
        """Whether the target is written."""
        return ">" in self.operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One simple command. `name` is empty where there are only assignments or redirects."""

    name: str
    arguments: tuple[str, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    piped: bool = False
    """Whether another program takes what it prints, and keeps none of it."""
    fed: str | None = None
    """What flows into its standard input, as far as it is known; None: nothing is fed."""

    @property
    def program(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]

    @property
    def words(self) -> tuple[str, ...]:
        """Name and arguments."""
        return (self.name, *self.arguments)

    @property
    def text(self) -> str:
        """The words in one line, for people."""
        return " ".join(word for word in self.words if word)

    @property
    def operands(self) -> tuple[str, ...]:
        """Arguments that are no options; after `--` all of them."""
        head, tail = self.arguments, tuple[str, ...]()
        if "--" in head:
            cut = head.index("--")
            head, tail = head[:cut], head[cut + 1 :]
        return (*(word for word in head if not word.startswith("-") or word == "-"), *tail)

    @property
    def options(self) -> tuple[str, ...]:
        """Arguments that begin with a dash, up to `--`."""
        head = self.arguments
        head = head[: head.index("--")] if "--" in head else head
        return tuple(word for word in head if word.startswith("-") and word != "-")

    def has_short(self, letter: str) -> bool:
        """Whether `-letter` is there, alone or in a bundle."""
        return any(letter in option[1:] for option in self.options if not option.startswith("--"))


@dataclass(frozen=True, slots=True)
class Step:
    """A simple command and the folders it may run in; none: unknown."""

    command: Command
    folders: tuple[Path, ...]
