"""The grammar of every filter line: `gcd state:blocked team:qa cost:>1`.

Bare words stand somewhere in the row's text; `field:word` stands in that field, `field:one,two` is
either; `field:>1` (also `<`, `>=`, `<=`) compares a number, `age:>2h` a length of time. `!` before
a term turns it round, quotes make one word of several. All must hold; case does not count.
Each list declares its fields; a name that is none of them is an error and not a word.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum, auto

from engine.domain.values import dataclass

Fields = Mapping[str, str | float | None]
"""A row as the filter sees it, by the names of its declared fields; None: it has no such value.
The field "" is what bare words are looked for in besides all text fields."""


class Kind(Enum):
    """How a field is compared."""

    TEXT = auto()
    NUMBER = auto()
    DURATION = auto()
    """Seconds; written as `30s`, `5m`, `2h`, `3d`."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a list can be filtered by."""

    name: str
    """Lower-case letters."""
    kind: Kind = Kind.TEXT
    values: tuple[str, ...] = ()
    """Words that are offered for it."""
    others: tuple[str, ...] | None = None
    """Words that it may be besides; what is part of none is a mistake. None: it may be anything."""
    is_bare: bool = True
    """Whether bare words are looked for in it."""


class FilterError(ValueError):
    """A filter line means nothing here; says why in one line."""


Term = Callable[[Fields], bool]
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
    "=": operator.eq,
}  # fmt: skip
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_TERM = re.compile(r"(!?)([a-z_]+):(?![:/\\])(.*)", re.DOTALL)
_COMPARISON = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_NUMBER = re.compile(r"\$?(-?\d{1,15}(?:\.\d{0,9})?)([a-z]?)")
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter line, understood."""

    terms: tuple[Term, ...] = ()

    def holds(self, fields: Fields) -> bool:
        """Whether the row has all that is asked for."""
        return all(term(fields) for term in self.terms)


EVERYTHING = Filter()
"""What an empty line means."""


def parse(words: str, known: Sequence[Field]) -> Filter:
    """What `words` mean for rows with the fields `known`.

    Raises:
        FilterError: a field is unknown, its value missing, or no number where one is needed.
    """
    if not words.strip():
        return EVERYTHING
    by_name = {field.name: field for field in known}
    bare = tuple(field.name for field in known if field.is_bare and field.kind is Kind.TEXT)
    return Filter(tuple(_term(word, by_name, bare) for word in _joined(words.lower(), by_name)))


def _joined(words: str, by_name: Mapping[str, Field]) -> Iterator[str]:
    """The words, with those put together that are one value of a field, as in `state:needs you`."""
    parts = _WORD.findall(words)
    while parts:
        word = parts.pop(0)
        term = _TERM.fullmatch(word)
        field = by_name.get(term[2]) if term else None
        if term is not None and field is not None:
            for value in sorted(field.values, key=len, reverse=True):
                more = value.lower().split()
                if len(more) > 1 and [term[3], *parts[: len(more) - 1]] == more:
                    word = f"{word} {' '.join(more[1:])}"
                    del parts[: len(more) - 1]
                    break
        yield word


def _term(word: str, by_name: Mapping[str, Field], bare: Sequence[str]) -> Term:
    found = _TERM.fullmatch(word)
    if found is None:
        is_not = len(word) > 1 and word.startswith("!")
        return _turned(is_not, _bare(_plain(word[is_not:]), bare))
    is_not, name, value = bool(found[1]), found[2], found[3]
    field = by_name.get(name)
    if field is None:
        names = ", ".join(by_name) or "none"
        raise FilterError(f"no field {name!r} here; fields: {names} (quote it to find the text)")
    if not _plain(value):
        raise FilterError(f"{name}: says nothing; write a value behind it{_example(field)}")
    make = _text if field.kind is Kind.TEXT else _number
    either = [make(field, _plain(one)) for one in _alternatives(value) if _plain(one)]
    return _turned(is_not, lambda fields: any(one(fields) for one in either))


def _alternatives(value: str) -> list[str]:
    return [value] if value.startswith('"') else value.split(",")


def _plain(word: str) -> str:
    return word.replace('"', "")


def _example(field: Field) -> str:
    match field.kind:
        case Kind.NUMBER:
            return f", such as {field.name}:>1"
        case Kind.DURATION:
            return f", such as {field.name}:>2h"
        case Kind.TEXT:
            return f", such as {field.name}:{field.values[0]}" if field.values else ""


def _turned(is_not: bool, term: Term) -> Term:
    return (lambda fields: not term(fields)) if is_not else term


def _bare(word: str, names: Sequence[str]) -> Term:
    def holds(fields: Fields) -> bool:
        return any(word in str(fields.get(name) or "").lower() for name in ("", *names))

    return holds


def _text(field: Field, value: str) -> Term:
    if value[0] in "<>":
        raise FilterError(f"{field.name} is text: {value!r} compares it as a number")
    name, wanted = field.name, value.removeprefix("=").replace("_", " ")
    _refuse_unknown(field, wanted)

    def holds(fields: Fields) -> bool:
        found = str(fields.get(name) or "").lower()
        return value in found or wanted in found.replace("_", " ")

    return holds


def _refuse_unknown(field: Field, wanted: str) -> None:
    """Raises: FilterError if the field is never that, with what it can be."""
    if field.others is None:
        return
    known = [word.lower().replace("_", " ") for word in (*field.values, *field.others)]
    if any(wanted in word for word in known):
        return
    near = get_close_matches(wanted, known, 1)
    says = f"did you mean {near[0]}? It" if near else "it"
    raise FilterError(f"{field.name} is never {wanted!r}: {says} can be {', '.join(field.values)}")


def _number(field: Field, value: str) -> Term:
    sign, told = _COMPARISON.fullmatch(value).groups()  # type: ignore[union-attr]  # fits any text
    number = _NUMBER.fullmatch(told)
    units = _UNIT_S if field.kind is Kind.DURATION else _SCALE
    if number is None or number[2] not in units:
        what = "length of time (30s, 5m, 2h, 3d)" if units is _UNIT_S else "number"
        raise FilterError(f"{field.name}: {told!r} is no {what}")
    name, wanted, compare = field.name, float(number[1]) * units[number[2]], _COMPARE[sign or "="]

    def holds(fields: Fields) -> bool:
        found = fields.get(name)
        return found is not None and compare(float(found), wanted)

    return holds


def completions(words: str, known: Sequence[Field]) -> list[str]:
    """What the last word may become: names of fields, or values of the field that it names."""
    last = _last(words)
    head, colon, begun = last.lower().partition(":")
    is_not = "!" if head.startswith("!") else ""
    name = head.removeprefix("!")
    if not colon:
        return [f"{is_not}{field.name}:" for field in known if field.name.startswith(name)]
    field = next((each for each in known if each.name == name), None)
    values = field.values if field else ()
    return [
        f"{is_not}{name}:{_quoted(value)}" for value in values if value.lower().startswith(begun)
    ]


def completed(words: str, known: Sequence[Field]) -> str:
    """`words` with the last one completed as far as all that it may become agree."""
    found = completions(words, known)
    if not found:
        return words
    last = _last(words)
    common = found[0]
    for other in found[1:]:
        while not other.startswith(common):
            common = common[:-1]
    if len(common) < len(last):
        return words
    stem = words[: len(words) - len(last)]
    return f"{stem}{common}{'' if common.endswith(':') or len(found) > 1 else ' '}"


def _last(words: str) -> str:
    """The word that is being written; empty behind a space."""
    return words.rsplit(" ", 1)[-1]


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
