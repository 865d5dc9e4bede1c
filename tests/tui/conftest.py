"""What all tests of screens share."""

from __future__ import annotations

from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from tests.tui.stillness import until_still

_parse_rules = Stylesheet._parse_rules
_parsed: dict[Any, list[RuleSet]] = {}


def _parse_once(sheet: Stylesheet, css: str, *place: Any, **more: Any) -> list[RuleSet]:
    """The same text with the same colours has the same rules in each of the hundreds of apps."""
    variables = frozenset(sheet._variables.items())
    key = (css, place, tuple(more.items()), variables)
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, css, *place, **more)
    return _parsed[key]


@pytest.fixture(autouse=True)
def _stillness_and_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wait by the clock for keys to take effect, and no style sheet read again."""
    monkeypatch.setattr("textual.app.wait_for_idle", until_still)
    monkeypatch.setattr("textual.pilot.wait_for_idle", until_still)
    monkeypatch.setattr(Stylesheet, "_parse_rules", _parse_once)
