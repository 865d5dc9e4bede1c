"""Every fact of the journal as a line, also those of which a watched run tells nothing."""

from __future__ import annotations

from dataclasses import fields

from aio_tui.cli.story import words_of
from engine.domain.facts import Fact, UnknownFact


def told(fact: Fact) -> str:
    """In words where there are any, else its kind and its fields."""
    words = words_of(fact)
    if words is not None:
        return words
    kind = fact.kind if isinstance(fact, UnknownFact) else fact.KIND
    values = [f"{field.name}={getattr(fact, field.name)}" for field in fields(fact)]
    return f"{kind.replace('_', ' ')}: {', '.join(values)}"
