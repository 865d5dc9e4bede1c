"""The grammar of every filter line: `gcd state:blocked cost:>1`.

Bare words stand somewhere in the row's text; `field:word` stands in that field, and `field:>1`
(also `<`, `>=`, `<=`) compares a number. All must hold; case does not count.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping

Fields = Mapping[str, str | float]
"""A row as the filter sees it; the field "" is what bare words are looked for in besides all text
fields."""

_TERM = re.compile(r"([a-z_]+):(>=|<=|>|<)?(.*)", re.DOTALL)
_COMPARE = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}


def matches(words: str, fields: Fields) -> bool:
    """Whether the row has all of `words`."""
    return all(_holds(word, fields) for word in words.lower().split())


def _holds(word: str, fields: Fields) -> bool:
    term = _TERM.fullmatch(word)
    if term is None or term[1] not in fields:
        return any(word in value.lower() for value in fields.values() if isinstance(value, str))
    value, comparison, wanted = fields[term[1]], term[2], term[3]
    if comparison is None:
        return wanted.replace("_", " ") in str(value).lower()
    try:
        return bool(_COMPARE[comparison](float(value), float(wanted)))
    except ValueError:
        return False
