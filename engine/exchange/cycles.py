"""Circles among dependencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T", bound=str)


def find_cycle(depends_on: Mapping[T, Sequence[T]]) -> list[T]:
    """One circle, its first name repeated at the end; empty: there is none.

    Names that are no key depend on nothing. Takes time in proportion to names and dependencies,
    and no recursion: a chain may be as long as the file.
    """
    done: set[T] = set()
    for start in depends_on:
        if start not in done:
            circle = _walk(start, depends_on, done)
            if circle:
                return circle
    return []


def _walk(start: T, depends_on: Mapping[T, Sequence[T]], done: set[T]) -> list[T]:
    path: dict[T, Iterator[T]] = {start: iter(depends_on[start])}
    while path:
        name = next(reversed(path))
        following = next(path[name], None)
        if following is None:
            done.add(name)
            del path[name]
        elif following in path:
            names = list(path)
            return [*names[names.index(following) :], following]
        elif following in depends_on and following not in done:
            path[following] = iter(depends_on[following])
    return []
