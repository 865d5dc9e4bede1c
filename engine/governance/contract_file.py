"""One contract file: from its bytes to a layer, or to one line about what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from engine.domain.errors import GuardrailError
from engine.domain.values import dataclass
from engine.governance.contract import Layer, Limits
from engine.governance.contract_schema import ContractTable, LimitsTable
from engine.governance.entries import EntryError, parse_entry

KNOWN = "correct it; known keys are " + ", ".join(ContractTable.__struct_fields__)
_ENTRY_KEYS = ("allow", "ask", "deny")
_AT = re.compile(r" - at `\$([^`]*)`")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
_TOLD_LINE = re.compile(r"line (\d+)")

Place = tuple[str | int, ...]
"""Keys and positions on the way to a value."""


class ContractText:
    """The text of a file; knows where its keys and entries stand.

    Raises:
        GuardrailError: it is empty, half written, no YAML, or says a key twice.
    """

    def __init__(self, text: bytes, path: Path) -> None:
        self.path = path
        self.text = text
        self._lines: dict[Place, int] = {}
        if not text.strip():
            raise self.problem("it is empty", hint="write a contract, or remove the file")
        if not text.endswith(b"\n"):
            raise self.problem(
                "its last line does not end, as if it were half written",
                line=text.count(b"\n") + 1,
                hint="end it with a line break",
            )
        self._survey()

    def problem(
        self, what: str, *, line: int | None = None, place: Place = (), hint: str = KNOWN
    ) -> GuardrailError:
        """An error that names the file and the line of the place, as far as it is known."""
        number = line or self._line_of(place)
        where = f"{self.path}:{number}" if number else str(self.path)
        return GuardrailError(f"contract {where}: {' '.join(what.split())}", hint=hint)

    def _line_of(self, place: Place) -> int | None:
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place)

    def _survey(self) -> None:
        import yaml  # type: ignore[import-untyped]  # late: without files nobody needs it

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(self.text, Loader=loader):
                self._refuse_strange(yaml, event)
            node = yaml.compose(self.text, Loader=loader)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            told = _TOLD_LINE.search(str(error))
            raise self.problem(
                f"it is no YAML: {_short(str(error))}", line=int(told[1]) if told else None
            ) from error
        for place, number in self._places(yaml, node, ()):
            if place in self._lines:
                raise self.problem(f"key `{place[-1]}` stands there twice", line=number)
            self._lines[place] = number

    def _refuse_strange(self, yaml: Any, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self.problem("anchors and aliases are not used here", line=line)
        is_document_end = isinstance(event, yaml.DocumentEndEvent)
        if isinstance(event, yaml.DocumentStartEvent):
            self._opened = event.explicit
        if is_document_end and self._opened and not event.explicit:
            raise self.problem(
                "it begins with '---' and does not end with '...', as if it were half written",
                line=line,
                hint="end it with '...'",
            )

    def _places(self, yaml: Any, node: Any, place: Place) -> Iterator[tuple[Place, int]]:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*place, str(key.value))
                yield here, key.start_mark.line + 1
                yield from self._places(yaml, value, here)
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                yield (*place, number), value.start_mark.line + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFile:
    """A file, parsed."""

    document: ContractText
    layer: Layer
    extends: tuple[str, ...]
    """Names of what it extends, not looked up yet."""

    @property
    def path(self) -> Path:
        return self.document.path


def parse_file(text: bytes, path: Path) -> ContractFile:
    """What a file says; `path` is for messages and the layer's name.

    Raises:
        GuardrailError: it is malformed; the message names file, line and key.
    """
    document = ContractText(text, path)
    try:
        raw = msgspec.yaml.decode(text, type=ContractTable)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _refused(document, str(error)) from error
    for key in _ENTRY_KEYS:
        for number, entry in enumerate(getattr(raw, key)):
            try:
                parse_entry(entry, key=key)
            except EntryError as error:
                raise document.problem(f"{key}: {error}", place=(key, number)) from error
    _refuse_blank(document, raw)
    _refuse_endless(document, raw.limits or LimitsTable())
    names = (raw.extends,) if isinstance(raw.extends, str) else tuple(raw.extends or ())
    layer = Layer(
        source=path.name,
        role=raw.role,
        project=raw.project,
        is_base=raw.base,
        autonomy=raw.autonomy,
        allow=tuple(raw.allow),
        ask=tuple(raw.ask),
        deny=tuple(raw.deny),
        protected=tuple(raw.protected),
        programs=tuple(raw.programs),
        limits=_limits(raw.limits or LimitsTable()),
    )
    return ContractFile(document=document, layer=layer, extends=names)


def _limits(raw: LimitsTable) -> Limits:
    return Limits(
        cost_usd=None if raw.cost_usd is None else Decimal(str(raw.cost_usd)),
        minutes=raw.minutes,
        changed_lines=raw.changed_lines,
        changed_files=raw.changed_files,
    )


def _refuse_blank(document: ContractText, raw: ContractTable) -> None:
    for key in ("protected", "programs"):
        for number, text in enumerate(getattr(raw, key)):
            if not text.strip():
                raise document.problem(f"{key}: an entry is blank", place=(key, number))
    if raw.project is not None and not raw.project.strip():
        raise document.problem("project: it is blank", place=("project",))
    if raw.role is None and raw.project is None and not raw.base:
        raise document.problem(
            "it names neither `role` nor `project`",
            hint="add one of them, or `base: true` if others are to extend it",
        )


def _refuse_endless(document: ContractText, raw: LimitsTable) -> None:
    for key in ("cost_usd", "minutes"):
        if not math.isfinite(getattr(raw, key) or 0):
            raise document.problem(f"limits: {key} is no number", place=("limits", key))


def _refused(document: ContractText, message: str) -> GuardrailError:
    told = _TOLD_LINE.search(message)
    found = _AT.search(message)
    place = _place(found[1]) if found else ()
    if unknown := _UNKNOWN.search(message):
        place = (*place, unknown[1])
    line = int(told[1]) if told and not place else None
    return document.problem(_short(message), place=place, line=line)


def _place(path: str) -> Place:
    steps = (name or number for name, number in _STEP.findall(path))
    return tuple(int(step) if step.isdigit() else step for step in steps if step != "...")


def _short(problem: str) -> str:
    one_line = " ".join(problem.replace('in "<byte string>", ', "").split())
    return one_line if len(one_line) <= 200 else f"{one_line[:197]}..."
