"""`dataclass` for frozen values, as the standard library's, but written when one is made.

The standard library writes and compiles six methods of each class while its module is loaded, which
was half of all the time that loading the engine took. Of the hundreds of values a program knows a
start uses few. Here a class pays when its first object is made, shown or compared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # for type checkers they are one and the same


class _Frozen:
    """What is the same in all of these classes."""

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __getstate__(self: Any) -> list[Any]:
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def __setstate__(self: Any, state: list[Any]) -> None:
        for field, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)


_SHARED = ("__setattr__", "__delattr__", "__getstate__", "__setstate__")


class _WrittenWhenUsed:
    """Stands for a method of a class until somebody needs one of them."""

    def __init__(self, owner: type, name: str, names: tuple[str, ...]) -> None:
        self._owner = owner
        self._name = name
        self._names = names

    def __get__(self, value: object, owner: type) -> Any:
        """The true method; it and those beside it have replaced their stand-ins by then."""
        _write_methods(self._owner, self._names)
        method = getattr(self._owner, self._name)
        return method if value is None else method.__get__(value, owner)


def _dataclass(*, frozen: bool, slots: bool, kw_only: bool = False, eq: bool = True) -> Any:
    """See `dataclasses.dataclass`; only for values that never change.

    Raises:
        TypeError: not frozen or without slots; there the standard library's is the one to use.
    """
    if not (frozen and slots):
        raise TypeError("only for frozen values with slots; use dataclasses.dataclass")
    wanted = ("__init__", "__repr__", *(("__eq__", "__hash__") if eq else ()))
    bare = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)

    def decorated(cls: type) -> type:
        own = vars(cls)
        names = tuple(name for name in wanted if own.get(name) is None)
        made: type = bare(cls)
        for name in names:
            setattr(made, name, _WrittenWhenUsed(made, name, names))
        for name in _SHARED:
            setattr(made, name, vars(_Frozen)[name])
        return made

    return decorated


def _write_methods(owner: type, names: tuple[str, ...]) -> None:
    """Give `owner` the methods that the standard library writes for its fields."""
    fields = dataclasses.fields(owner)
    body: dict[str, Any] = {
        "__module__": owner.__module__,
        "__qualname__": owner.__qualname__,
        "__annotations__": {field.name: field.type for field in fields},
        **{field.name: _as_declared(field) for field in fields},
    }
    if hasattr(owner, "__post_init__"):
        body["__post_init__"] = owner.__post_init__
    written: type = dataclasses.dataclass(frozen=True)(type(owner.__name__, (), body))
    for name in names:
        setattr(owner, name, vars(written)[name])


def _as_declared(field: dataclasses.Field[Any]) -> Any:
    return dataclasses.field(
        default=field.default,
        default_factory=field.default_factory,
        init=field.init,
        repr=field.repr,
        hash=field.hash,
        compare=field.compare,
        metadata=field.metadata,
        kw_only=field.kw_only,
    )


if not TYPE_CHECKING:
    dataclass: Callable[..., Any] = _dataclass
