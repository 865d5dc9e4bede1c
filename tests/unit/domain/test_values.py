"""The engine's `dataclass` does all that the standard library's does, and later."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, replace
from typing import Any, ClassVar, get_type_hints

import pytest

from engine.domain import values
from engine.domain.values import dataclass


def bare_classes() -> tuple[type, type, type]:
    """Fresh ones: a decorator takes them apart."""

    class Plain:
        """A value."""

        KIND: ClassVar[str] = "value"
        name: str
        parts: tuple[int, ...] = ()
        hidden: str = field(default="x", repr=False, compare=False)
        made: list[str] = field(default_factory=list, compare=False)

    class Couple:
        """Two of something, and in its own words."""

        left: int
        right: int = 2

        def __repr__(self) -> str:
            return "a couple"

    class Handle:
        """Equal to itself alone."""

        number: int = 0

    return Plain, Couple, Handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    KIND: ClassVar[str] = "kept"
    name: str
    tags: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list, compare=False)
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a name is needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed(Kept):
    size_bytes: int = 0


def story(decorator: Any) -> list[object]:
    """What classes made by it tell of themselves, and how their objects compare."""
    plain, couple, lone = bare_classes()
    value: Any = decorator(frozen=True, slots=True, kw_only=True)(plain)
    pair: Any = decorator(frozen=True, slots=True)(couple)
    handle: Any = decorator(frozen=True, slots=True, eq=False, kw_only=True)(lone)
    one, same, other = value(name="a"), value(name="a", hidden="y"), value(name="b", parts=(1,))
    held = handle()
    return [
        repr(one),
        str(inspect.signature(value)),
        str(inspect.signature(pair)),
        (one == same, one == other, one != other, one == "a"),
        hash(one) == hash(same),
        one.made is same.made,
        [each.name for each in fields(value)],
        (value.__match_args__, pair.__match_args__, value.__slots__),
        replace(one, parts=(2,)).parts,
        repr(pair(1)),
        pair(1, 2) == pair(1),
        (held == handle(), len({held, handle(), held})),
        (value.__doc__, value.KIND, value.__qualname__),
    ]


def test_it_tells_the_same_as_the_standard_librarys() -> None:
    assert story(dataclass) == story(dataclasses.dataclass)


def complaint(doing: Callable[[], object]) -> tuple[type[Exception], str]:
    try:
        doing()
    except Exception as error:  # noqa: BLE001  compared whatever it is
        return type(error), str(error)
    raise AssertionError("nothing was raised")


def refusals(decorator: Any) -> list[tuple[type[Exception], str]]:
    value: Any = decorator(frozen=True, slots=True, kw_only=True)(bare_classes()[0])
    one = value(name="a")
    return [
        complaint(lambda: value()),
        complaint(lambda: value(name="a", more=1)),
        complaint(lambda: value("a")),
        complaint(lambda: setattr(one, "name", "b")),
        complaint(lambda: delattr(one, "name")),
    ]


def test_it_refuses_the_same_as_the_standard_librarys() -> None:
    assert refusals(dataclass) == refusals(dataclasses.dataclass)


def test_a_value_of_a_narrower_class_has_the_fields_of_both() -> None:
    narrowed = Narrowed(name="a", size_bytes=3)
    assert repr(narrowed) == "Narrowed(name='a', tags=(), notes=[], size_bytes=3)"
    assert narrowed != Kept(name="a")
    with pytest.raises(ValueError, match="a name is needed"):
        Narrowed(name="")


def pickled(value: Kept) -> Kept:
    again: Kept = pickle.loads(pickle.dumps(value))  # noqa: S301  our own bytes
    return again


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_is_equal_and_as_fixed(again: Callable[[Kept], Kept]) -> None:
    value = Kept(name="a", tags=("b",), notes=["c"])
    copied = again(value)
    assert (copied, copied.notes) == (value, ["c"])
    with pytest.raises(FrozenInstanceError):
        copied.name = "b"  # type: ignore[misc]  # that is what is tried


def test_hints_of_the_constructor_can_be_read() -> None:
    assert get_type_hints(Narrowed.__init__)["size_bytes"] is int


def test_what_may_change_is_refused() -> None:
    with pytest.raises(TypeError, match="only for frozen values with slots"):
        values.dataclass(frozen=False, slots=True)


_COUNT = """
import dataclasses, sys
written, process = [], dataclasses._process_class
def counted(cls, *parts):
    if parts[0]:  # with a constructor
        written.append(cls)
    return process(cls, *parts)
dataclasses._process_class = counted
import aio_tui.cli.main, aio_tui.cli.run, engine.app.engine
ours = [cls for cls in written if cls.__module__.startswith(("engine.", "aio_tui."))]
known = sum(1 for name in sys.modules if name.startswith(("engine.", "aio_tui.")))
assert known > 100, known
print(len(ours), *(cls.__qualname__ for cls in ours))
"""
_AT_MOST = 25


@pytest.mark.slow
def test_loading_the_engine_writes_few_methods() -> None:
    """Each class written then costs each start 0.8 ms; there are more than 200 of them."""
    done = subprocess.run(
        [sys.executable, "-c", _COUNT], capture_output=True, text=True, check=True, timeout=60
    )
    count, *names = done.stdout.split()
    assert int(count) <= _AT_MOST, names
