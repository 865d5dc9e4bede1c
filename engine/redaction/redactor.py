"""Puts the patterns together: the one function that texts go through before they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.domain.errors import ConfigError
from engine.redaction.pattern import PLACEHOLDER, Pattern, placeholder
from engine.redaction.personal import PERSONAL
from engine.redaction.secrets import SECRETS

Redact = Callable[[str], str]

_NEEDS = re.compile(r"[\d@]|-----")
"""All built-in patterns want one of them; most short texts of the engine have none."""

_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Redactor:
    """Replaces what is secret by its kind. Pure, for any thread; a second pass changes nothing.

    Args:
        patterns: what is looked for, in this order.
        known: goes before the patterns: takes out what is known by its value.
        needs: a text without a match of it holds nothing; None: each text is searched.
    """

    def __init__(
        self,
        patterns: Iterable[Pattern],
        *,
        known: Redact | None = None,
        needs: re.Pattern[str] | None = None,
    ) -> None:
        self._patterns = tuple(patterns)
        self._known = known
        self._needs = needs

    def __call__(self, text: str) -> str:
        """The text without what may not be written.

        >>> secrets_redactor()("postgres://shop:tiger@db/shop")
        'postgres://shop:[redacted:password]@db/shop'
        """
        if self._known is not None:
            text = self._known(text)
        if self._needs is not None and self._needs.search(text) is None:
            return text
        lowered = _lowered(text)
        for pattern in self._patterns:
            taken = list(pattern.spans(text, lowered))
            if taken:
                text = _without(text, taken, placeholder(pattern.kind))
                lowered = _lowered(text)
        return text

    def kinds_in(self, text: str) -> frozenset[str]:
        """Which kinds are found in the text."""
        lowered = _lowered(text)
        return frozenset(
            pattern.kind for pattern in self._patterns if any(pattern.spans(text, lowered))
        )


def _lowered(text: str) -> str:
    """In lower case, each character in its place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(one.lower() if one < "\x80" else one for one in text)


def _without(text: str, spans: Iterable[tuple[int, int]], stand_in: str) -> str:
    pieces: list[str] = []
    end = 0
    for start, stop in spans:
        pieces += text[end:start], stand_in
        end = stop
    return "".join((*pieces, text[end:]))


def secrets_redactor(*, known: Redact | None = None) -> Redactor:
    """What every text goes through: credentials."""
    return Redactor(SECRETS, known=known, needs=_NEEDS)


def hipaa_redactor(own: Mapping[str, str], *, known: Redact | None = None) -> Redactor:
    """Credentials, personal data, and the target's own patterns by kind.

    Raises:
        ConfigError: a pattern cannot be used; it is named.
    """
    needs = None if own else _NEEDS
    return Redactor((*own_patterns(own), *SECRETS, *PERSONAL), known=known, needs=needs)


def own_patterns(own: Mapping[str, str]) -> tuple[Pattern, ...]:
    """Patterns of the configuration.

    Raises:
        ConfigError: a kind or an expression is malformed, or would match nothing at all.
    """
    return tuple(_own(kind, expression) for kind, expression in own.items())


def _own(kind: str, expression: str) -> Pattern:
    where = f"[hipaa.patterns] {kind} = {expression!r}"
    if _KIND.fullmatch(kind) is None:
        raise ConfigError(
            f"{where}: the kind is malformed", hint="use small letters, digits and '-'"
        )
    try:
        regex = re.compile(expression)
    except (re.error, OverflowError, RecursionError) as exc:
        raise ConfigError(
            f"{where} is no regular expression: {exc}", hint="write it as Python's re module does"
        ) from exc
    if regex.search("") is not None:
        raise ConfigError(
            f"{where} matches nothing at all, so it would match everywhere",
            hint="let it demand at least one character",
        )
    return Pattern(kind=kind, regex=regex, has_border=False, accepts=_is_no_placeholder)


def _is_no_placeholder(found: re.Match[str]) -> bool:
    """A pattern for any word would take placeholders apart for ever."""
    text, (start, end) = found.string, found.span()
    around = PLACEHOLDER.finditer(text, max(0, start - 80), end + 80)
    return all(end <= one.start() or one.end() <= start for one in around)


def holds_placeholder(text: str) -> bool:
    """Whether something was taken out of the text, so that it is not what it was."""
    return PLACEHOLDER.search(text) is not None


def redacted_leaves(value: Any, redact: Redact) -> Any:
    """Plain data (of JSON) with each text in it redacted; keys and numbers stay."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: redacted_leaves(inner, redact) for key, inner in value.items()}
        case list() | tuple():
            return [redacted_leaves(inner, redact) for inner in value]
        case _:
            return value
