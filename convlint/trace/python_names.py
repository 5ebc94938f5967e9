"""Python's own functions on sizes, kept symbolic while a model is traced.

``int(h / 2)``, ``max(a, 0)``, ``len(x)`` and ``math.sqrt(n)`` would force a symbolic size into one number, because the
interpreter insists on real ints there.  While a path is followed these names are replaced in the globals of the modules
of user code, as ``torch.fx.wrap`` does for builtins.
"""

from __future__ import annotations

import builtins
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

from convlint.trace.origin import is_internal
from convlint.trace.size_tuple import SizeTuple
from convlint.trace.symbool import SizeBool
from convlint.trace.symint import SizeFloat, SizeInt, extreme
from convlint.trace.tensor import SymbolicTensor

_SIZES = (SizeInt, SizeFloat)


def _is_size(value: Any) -> bool:
    return type(value) in _SIZES


class _IntMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, int)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, int)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs:
            value = args[0]
            if type(value) is SizeInt:
                return value
            if type(value) is SizeFloat:
                return math.trunc(value)
            if type(value) is SizeBool:
                return value._as_int()
        return int(*args, **kwargs)

    def __eq__(cls, other: object) -> bool:
        return other is int or other is cls

    def __hash__(cls) -> int:
        return hash(int)


class SymbolicInt(int, metaclass=_IntMeta):
    """``int`` that keeps a symbolic size symbolic."""


class _FloatMeta(_IntMeta):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, float)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, float)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and _is_size(args[0]):
            return args[0] if type(args[0]) is SizeFloat else args[0] * 1.0
        return float(*args, **kwargs)

    def __eq__(cls, other: object) -> bool:
        return other is float or other is cls

    def __hash__(cls) -> int:
        return hash(float)


class SymbolicFloat(float, metaclass=_FloatMeta):
    """``float`` that keeps a symbolic size symbolic."""


class _TypeMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, type)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, type)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs:
            kind = type(args[0])
            return _TYPES.get(kind, kind)
        return type(*args, **kwargs)

    def __eq__(cls, other: object) -> bool:
        return other is type or other is cls

    def __hash__(cls) -> int:
        return hash(type)


class SymbolicType(type, metaclass=_TypeMeta):
    """``type`` that calls a size an int, so that ``type(h) is int`` holds with the replaced ``int``."""


_TYPES: dict[type, type] = {
    int: SymbolicInt, SizeInt: SymbolicInt, float: SymbolicFloat, SizeFloat: SymbolicFloat,
    SymbolicTensor: torch.Tensor, SizeBool: bool, SizeTuple: torch.Size,
}


def _extreme(name: str) -> Any:
    original = getattr(builtins, name)

    def replacement(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            return original(*args, **kwargs)
        values = list(args[0]) if len(args) == 1 else args
        sizes = [value for value in values if _is_size(value)]
        if not sizes or not all(_is_size(value) or isinstance(value, (int, float)) for value in values):
            return original(values) if len(args) == 1 else original(*args)
        session = sizes[0].node.session
        best = values[0]
        for value in values[1:]:
            best = extreme(session, name, best, value)
        return best

    replacement.__name__ = name
    return replacement


def _len(value: Any) -> Any:
    if type(value) is SymbolicTensor:
        return value.size(0)
    return len(value)


def _sqrt(value: Any) -> Any:
    if _is_size(value):
        return value**0.5
    return _math_sqrt(value)


_math_sqrt = math.sqrt

REPLACEMENTS: dict[str, Any] = {
    "int": SymbolicInt,
    "float": SymbolicFloat,
    "type": SymbolicType,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "len": _len,
}
_NAMES = frozenset(REPLACEMENTS)
ORIGINALS: dict[Any, Any] = {SymbolicInt: int, SymbolicFloat: float, SymbolicType: type}


_SIZELESS = frozenset({"sympy", "mpmath"})
"""Packages of hundreds of modules that torch imports, and where sizes of tensors do not come."""

_latest: tuple[int, object] = (0, None)
_namespaces: dict[str, tuple[object, dict[str, Any] | None]] = {}
"""Every loaded module with its globals, None where it is no user code."""


def _user_namespaces() -> list[dict[str, Any]]:
    """Globals of every loaded module of user code; only modules that were not there before are looked at."""
    global _latest  # noqa: PLW0603 - a cache: to look at a thousand modules takes milliseconds
    latest = len(sys.modules), sys.modules[next(reversed(sys.modules))]
    if latest != _latest:
        loaded: dict[str, object] = dict(sys.modules)  # user code may put anything there
        for name in _namespaces.keys() - loaded.keys():
            del _namespaces[name]
        for name, module in loaded.items():
            if name not in _namespaces or _namespaces[name][0] is not module:
                may_see_sizes = name.partition(".")[0] not in _SIZELESS
                is_user_code = may_see_sizes and isinstance(module, ModuleType) and _is_user_code(module)
                _namespaces[name] = module, vars(module) if is_user_code else None
        _latest = latest
    return [names for _, names in _namespaces.values() if names is not None]


def _is_user_code(module: ModuleType) -> bool:
    path = vars(module).get("__file__")
    return isinstance(path, str) and path.endswith((".py", ".ipynb")) and not is_internal(path)


@contextmanager
def symbolic_names() -> Iterator[None]:
    """Replace the names in every loaded module of user code for as long as the context lasts."""
    replaced = [(names, REPLACEMENTS) for names in _user_namespaces()]
    for index, (names, _) in enumerate(replaced):
        if not _NAMES.isdisjoint(names):  # a module may have a ``max`` of its own
            replaced[index] = names, {name: REPLACEMENTS[name] for name in _NAMES - names.keys()}
        names.update(replaced[index][1])
    math.sqrt = _sqrt
    try:
        yield
    finally:
        math.sqrt = _math_sqrt
        for names, replacements in replaced:
            for name in replacements:
                if name in names:
                    del names[name]
