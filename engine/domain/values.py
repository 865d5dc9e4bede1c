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


_WRITERS = {
    "__init__": dataclasses.dataclass(frozen=True, repr=False, eq=False, match_args=False),
    "__repr__": dataclasses.dataclass(init=False, eq=False, match_args=False),
    "__eq__": dataclasses.dataclass(init=False, repr=False, match_args=False),
    "__hash__": dataclasses.dataclass(init=False, repr=False, unsafe_hash=True, match_args=False),
}
"""What makes the standard library write one of them, and little else."""


class _WrittenWhenUsed:
    """Stands for a method of a class until somebody needs it."""

    def __init__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __get__(self, value: object, owner: type) -> Any:
        """The true method, which has taken the place of this one by then."""
        method = _written(self._owner, self._name)
        setattr(self._owner, self._name, method)
        return method if value is None else method.__get__(value, owner)


def _dataclass(*, frozen: bool, slots: bool, kw_only: bool = False, eq: bool = True) -> Any:
    """See `dataclasses.dataclass`; only for values that never change.

    Raises:
        TypeError: not frozen or without slots; there the standard library's is the one to use.
    """
    if not (frozen and slots):
        raise TypeError("only for frozen values with slots; use dataclasses.dataclass")
    wanted = _WRITERS if eq else ("__init__", "__repr__")
    bare = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)

    def decorated(cls: type) -> type:
        own = vars(cls)
        missing = [name for name in wanted if own.get(name) is None]
        made: type = bare(cls)
        for name in missing:
            setattr(made, name, _WrittenWhenUsed(made, name))
        for name in _SHARED:
            setattr(made, name, vars(_Frozen)[name])
        return made

    return decorated


def _written(owner: type, name: str) -> Any:
    """The method that the standard library writes for the fields of `owner`."""
    fields = dataclasses.fields(owner)
    body: dict[str, Any] = {
        "__doc__": owner.__doc__ or owner.__name__,  # else one is made, of a signature
        "__module__": owner.__module__,
        "__qualname__": owner.__qualname__,
        "__annotations__": {field.name: field.type for field in fields},
        **{field.name: _as_declared(field) for field in fields},
    }
    if hasattr(owner, "__post_init__"):
        body["__post_init__"] = owner.__post_init__
    return vars(_WRITERS[name](type(owner.__name__, (), body)))[name]


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
