"""What identifies a person, as HIPAA sees it."""

from __future__ import annotations

import re

from engine.redaction.pattern import Pattern

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}\.?\s+{_MONTH},?\s+\d{{4}})"
)
_BEFORE = re.compile(r"(?:(?<![\w.+%-])|(?<=\\[nrt]))")
"""No number goes on into what follows; a line end written as an escape is none."""
_GAP = r"[\"'\s_:=#>|-]{0,8}(?:(?:is|was|of)\s)?[\"']?"
_SHORTEST_CARD, _LONGEST_CARD = 13, 19
_CARD = r"(?:[3-6]|2[2-7])\d{2,3}[ -]?\d(?:[ -]?\d)"
"""Looked for at each such digit, as long and as short as it can be: an amount may stand right
before or after the number of a card.
"""


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the checksum of the others.

    >>> passes_luhn("4111111111111111"), passes_luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) << (place & 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _begins(found: re.Match[str]) -> bool:
    return _BEFORE.match(found.string, found.start()) is not None


def _is_card(found: re.Match[str]) -> bool:
    digits = "".join(filter(str.isdigit, found[0]))
    is_long_enough = _SHORTEST_CARD <= len(digits) <= _LONGEST_CARD
    return _begins(found) and is_long_enough and len(set(digits)) > 1 and passes_luhn(digits)


_LOCAL = re.compile(r"(?:(?<![\w.+%\\-])|(?<=\\[nrt]))(?!git\Z)[\w.+%-]{1,64}\Z")
"""The part of an address before the `@`."""


def _just_before(found: re.Match[str]) -> tuple[int, int]:
    return max(0, found.start() - 64), found.start()


_COUNTRY = re.compile(r"(?:(?<![\w.+%-])|(?<=\\[nrt]))(?:\+?1[-. ]?)?\(?\Z")


def _is_phone(found: re.Match[str]) -> bool:
    return _COUNTRY.search(found.string, max(0, found.start() - 4), found.start()) is not None


def _is_foreign_phone(found: re.Match[str]) -> bool:
    """A line that begins with a plus and digits is one of a diff."""
    text, start = found.string, found.start()
    if start == 0 or text[start - 1] == "\n" or not _begins(found):
        return False
    return 8 <= sum(map(str.isdigit, found[0])) <= 15


PERSONAL: tuple[Pattern, ...] = (
    Pattern(
        kind="ssn",
        regex=re.compile(r"\d{3}(?P<gap>[- ])(?!00)\d{2}(?P=gap)(?!0000)\d{4}(?![\w-])"),
        accepts=lambda found: _begins(found) and found[0][:3] not in ("000", "666"),
    ),
    Pattern(
        kind="ssn",
        regex=re.compile(
            r"(?:ssn|itin|social[ _-]?security(?:[ _-]?(?:number|no\.?|#))?)"
            rf"{_GAP}(?P<secret>\d{{3}}[- ]?\d{{2}}[- ]?\d{{4}})(?!\d)",
            re.IGNORECASE,
        ),
        anchors=("ssn", "itin", "social"),
        has_border=False,
    ),
    Pattern(
        kind="mrn",
        regex=re.compile(
            r"(?:mrn|medical[ _-]?record(?:[ _-]?(?:number|no\.?|num|id|#))?"
            r"|patient[ _-]?(?:id|no\.?|number|num|#)|chart[ _-]?(?:number|no\.?))"
            rf"{_GAP}(?P<secret>(?=[A-Z0-9-]{{0,6}}\d{{4}})[A-Z]{{0,4}}-?\d[\d-]{{3,14}}\d)(?!\w)",
            re.IGNORECASE,
        ),
        anchors=("mrn", "medical", "patient", "chart"),
        has_border=False,
    ),
    Pattern(
        kind="birth-date",
        regex=re.compile(
            r"(?:dob|d\.o\.b\.?|date[ _-]?of[ _-]?birth|birth[ _-]?(?:date|day)"
            rf"|born(?:\s+on)?){_GAP}(?P<secret>{_DATE})",
            re.IGNORECASE,
        ),
        anchors=("dob", "d.o.b", "date", "birth", "born"),
        has_border=False,
    ),
    Pattern(
        kind="mail",
        regex=re.compile(
            r"@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,5}\.[A-Za-z]{2,24}(?![\w-])"
        ),
        anchors=("@",),
        left=_LOCAL,
        has_border=False,
        accepts=lambda found: _LOCAL.search(found.string, *_just_before(found)) is not None,
    ),
    *(
        Pattern(
            kind="card",
            regex=re.compile(rf"{_CARD}{often}(?![\w-]|\.\d)"),
            anchors=tuple("23456"),
            has_border=False,
            accepts=_is_card,
        )
        for often in ("{8,14}", "{8,14}?")
    ),
    Pattern(
        kind="phone",
        regex=re.compile(r"[2-9]\d{2}(?:\) ?|[-. ])[2-9]\d{2}[-. ]\d{4}(?![\w-])"),
        left=_COUNTRY,
        has_border=False,
        accepts=_is_phone,
    ),
    Pattern(
        kind="phone",
        regex=re.compile(
            r"\+\d{1,3}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d{1,5}(?:[ .-]?\d{2,5}){1,4}(?!\w)"
        ),
        anchors=("+",),
        has_border=False,
        accepts=_is_foreign_phone,
    ),
)
