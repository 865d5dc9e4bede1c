"""What an expression of nothing but written values comes to."""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
from collections.abc import Callable, Mapping
from typing import Any

_MAX_CHARS = 4000
_METHODS = frozenset(
    {"join", "replace", "lower", "upper", "title", "swapcase", "strip", "removeprefix",
     "removesuffix", "decode", "encode", "format", "translate", "casefold", "capitalize"}
)  # fmt: skip
_FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "chr": chr,
    "str": str,
    "int": int,
    "float": float,
    "Decimal": float,
    "bytes": bytes,
    "tuple": tuple,
    "list": list,
    "reversed": lambda items: list(reversed(items)),
    "fromhex": bytes.fromhex,
    "unhexlify": binascii.unhexlify,
    "b64decode": base64.b64decode,
    "b32decode": base64.b32decode,
    "b16decode": base64.b16decode,
    "codecs.decode": codecs.decode,
}


def text_of(node: ast.AST) -> str:
    """The text that the expression gives, bytes read as ASCII; empty: it is none, or not known."""
    value = folded(node)
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    return value if isinstance(value, str) else ""


def folded(node: ast.AST) -> object:
    """The value of an expression that is written out, however it is put together; None: it depends
    on something, or is too long to be put together here.
    """
    try:
        return _value(node)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, AttributeError):
        return None


def _value(node: ast.AST) -> object:
    """Raises ValueError for what is not written out, and what the operation itself raises."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.JoinedStr(values=values):
            return "".join(str(_value(value)) for value in values)
        case ast.FormattedValue(value=value, format_spec=None):
            return _value(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_of(_value(operand), int, float)
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(_value(left), op, _value(right))
        case ast.Subscript(value=value, slice=index):
            return _of(_value(value), str, bytes, list)[_index(index)]
        case ast.Call(func=func, args=args):
            return _called(func, [_value(argument) for argument in args])
        case _:
            raise ValueError(ast.dump(node)[:80])


def _index(node: ast.AST) -> Any:
    if not isinstance(node, ast.Slice):
        return _value(node)
    bounds = (node.lower, node.upper, node.step)
    return slice(*(None if bound is None else _value(bound) for bound in bounds))


def _combined(left: object, op: ast.operator, right: object) -> object:
    numbers = (int, float)
    match op:
        case ast.Add() if isinstance(left, str | bytes):
            return left + _of(right, type(left))
        case ast.Mod() if isinstance(left, str) and len(left) < _MAX_CHARS:
            return left % (tuple(right) if isinstance(right, list) else right)
        case ast.Add():
            return _of(left, *numbers) + _of(right, *numbers)
        case ast.Sub():
            return _of(left, *numbers) - _of(right, *numbers)
        case ast.Mult() if isinstance(left, str) and isinstance(right, int) and right < _MAX_CHARS:
            return left * right if len(left) * right < _MAX_CHARS else left
        case ast.Mult():
            return _of(left, *numbers) * _of(right, *numbers)
        case ast.Div():
            return _of(left, *numbers) / _of(right, *numbers)
        case _:
            raise ValueError(op)


def _called(func: ast.expr, args: list[object]) -> object:
    name = ast.unparse(func)
    function = _FUNCTIONS.get(name) or _FUNCTIONS.get(name.rpartition(".")[2])
    if isinstance(func, ast.Attribute) and func.attr in _METHODS and function is None:
        owner = _of(_value(func.value), str, bytes)
        if len(owner) + sum(len(str(arg)) for arg in args) > _MAX_CHARS:
            raise ValueError(name)
        return getattr(owner, func.attr)(*args)
    if function is None or any(len(str(arg)) > _MAX_CHARS for arg in args):
        raise ValueError(name)
    is_size = function is bytes and any(isinstance(arg, int) for arg in args)
    if is_size:
        raise ValueError(name)
    return function(*args)


def _of(value: object, *kinds: type) -> Any:
    """The value, which must be of one of the kinds."""
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise TypeError(type(value))
    return value
