"""Stand-ins for what imports of the user's files do not find, so that only a model that needs it fails (worker side).

A training script imports what draws its curves, a notebook what reads its tables, and no model needs either.  A plain
``import`` at the top level of the user's own file binds a stand-in where the module is not there.  While files are
imported, whatever is made of a stand-in is one, too, so that annotations, decorators and settings of such packages
pass; once models are built, any use raises `AbsentError`.  Imports that may be meant to fail (under ``try``, ``if``,
in functions, in installed packages) fail as ever, and so does a decision about a stand-in.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import linecache
import os
import sys
import typing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, ClassVar, NoReturn

from torch import nn

from convlint.trace.absent import Absent
from convlint.trace.blame import is_user_file
from convlint.trace.positions import span_at

_IMPORT_SYSTEM = "<frozen importlib"
_OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")
_PARAMETERS = nn.parameter.__file__


class AbsentError(ModuleNotFoundError):
    """Something is needed of a module that is not there."""

    def __init__(self, absent: Absent) -> None:
        super().__init__(f"No module named {absent.name!r}", name=absent.name)
        self.absent = absent


@dataclass(slots=True)
class StandIns:
    """The modules for which something stands in, by imports in the user's files: those below ``roots``."""

    libraries: Sequence[str]
    roots: Sequence[str] = ()
    project: str = ""
    absent: list[Absent] = field(default_factory=list)
    _statements: dict[str, frozenset[int]] = field(default_factory=dict)

    def begin(self, roots: Sequence[str], project: str) -> None:
        """Forget what stood in; the files of the user's are now those below ``roots``."""
        self.roots, self.project = roots, project
        self.absent.clear()

    def stand_in(self, error: ModuleNotFoundError, wanted: str, frame: FrameType, *, is_from: bool) -> object | None:
        """What the import of ``wanted`` in ``frame`` binds, which found nothing; None where it has to fail.

        ``import a.b`` binds ``a``, for which nothing may stand in where it is there.
        """
        found = [wanted] if is_from else [wanted.partition(".")[0]]
        while is_from and "." in found[-1]:
            found.append(found[-1].rpartition(".")[0])
        if error.name not in found or not _is_search(error) or not self._may_stand_in(frame):
            return None
        span = span_at(frame.f_code, frame.f_lasti, frame.f_lineno)
        absent = Absent.named(error.name, span, self.roots, self.project)
        self.absent.append(absent)
        return _made(absent, wanted if is_from else found[0])

    def _may_stand_in(self, frame: FrameType | None) -> bool:
        """Whether a plain import brought us here, from the file that is asked for through others of the user's."""
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(_OURS):
                if os.path.basename(file) == "importing.py":
                    return True
            elif not file.startswith(_IMPORT_SYSTEM) and file != importlib.__file__:
                is_plain = frame.f_code.co_name == "<module>" and frame.f_lineno in self._imports(file)
                if not (is_plain and is_user_file(file, self.roots, self.libraries)):
                    return False
            frame = frame.f_back
        return False

    def _imports(self, path: str) -> frozenset[int]:
        """The lines of the imports by name at the top level of a file, under no condition."""
        if path not in self._statements:
            body = ast.parse("".join(linecache.getlines(path))).body
            self._statements[path] = frozenset(
                each.lineno
                for each in body
                if isinstance(each, (ast.Import, ast.ImportFrom)) and each.names[0].name != "*"
            )
        return self._statements[path]


@contextmanager
def standing_in(stand_ins: StandIns) -> Iterator[None]:
    """Bind stand-ins in the files that are imported meanwhile; afterwards, whatever uses one fails."""
    original = builtins.__import__

    def import_(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        try:
            return original(name, globals, locals, fromlist, level)
        except ModuleNotFoundError as error:
            package = str((globals or {}).get("__package__") or "")
            wanted = importlib.util.resolve_name("." * level + name, package) if level else name
            found = stand_ins.stand_in(error, wanted, sys._getframe(1), is_from=bool(fromlist))
            if found is None:
                raise
            return found

    _Phase.is_importing = True
    builtins.__import__ = import_
    try:
        yield
    finally:
        builtins.__import__ = original
        _Phase.is_importing = False


class _Phase:
    is_importing = False
    made: ClassVar[dict[str, Absent]] = {}
    """What the stand-ins are of, by the names that their types have in messages of others."""


def behind(error: BaseException) -> BaseException:
    """The use of a stand-in that ``error`` is about: C code speaks of an argument of a wrong type; else itself."""
    if isinstance(error, Exception) and not isinstance(error, AbsentError):
        try:
            text = str(error)
        except Exception:
            return error
        for name, absent in _Phase.made.items():
            if name in text:
                return AbsentError(absent)
    return error


def _is_search(error: ModuleNotFoundError) -> bool:
    """Whether the import itself found nothing, and no code that it executed."""
    step = error.__traceback__
    while step is not None:
        if not step.tb_frame.f_code.co_filename.startswith((_IMPORT_SYSTEM, _OURS)):
            return False
        step = step.tb_next
    return True


def absent_of(value: object) -> Absent | None:
    """The module that ``value`` stands in for, or something of it; None for anything else."""
    return object.__getattribute__(value, "_absent") if isinstance(value, _StandIn) else None


class _StandIn:
    """Something of a module that is not there; its class has its name, for messages of others that speak of it."""

    __slots__ = ("_absent", "_title")
    _absent: Absent
    _title: str

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What `isinstance` asks for: a decision once models are built, unless a module only keeps it."""
        if not _Phase.is_importing and not _is_kept(sys._getframe(1)):
            _refuse(self._absent)
        return type(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__version__":
            raise AttributeError(name)  # who asks for these wants to know what kind of object it is
        return _part(self, f"{self._title}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        _part(self, name)

    def __delattr__(self, name: str) -> None:
        _part(self, name)

    def __repr__(self) -> str:
        return f"<{self._title}, which is not installed>"

    def __str__(self) -> str:
        _part(self, "")
        return repr(self)

    def __format__(self, spec: str) -> str:
        return str(self)

    def __copy__(self) -> _StandIn:
        return self

    def __deepcopy__(self, memo: object) -> _StandIn:
        return self

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        def refuse(cls: type, *args: object, **kwargs: object) -> NoReturn:
            _refuse(self._absent)

        def __init_subclass__(cls: type, /, **kwargs: object) -> None:
            """Take whatever the real class would take."""

        body = {"__new__": refuse, "__init_subclass__": classmethod(__init_subclass__), "_absent": self._absent}
        return (type(self._title, (), body),)

    def __eq__(self, other: object) -> bool:
        return self is other if _is_for_typing(sys._getframe(1)) else _refuse(self._absent)

    def __bool__(self) -> bool:
        return _is_for_typing(sys._getframe(1)) or _refuse(self._absent)

    __hash__ = object.__hash__


def _made(absent: Absent, title: str) -> _StandIn:
    name = f"{title}, which is not installed"
    _Phase.made[name] = absent
    made: _StandIn = object.__new__(type(name, (_StandIn,), {"__slots__": ()}))
    object.__setattr__(made, "_absent", absent)
    object.__setattr__(made, "_title", title)
    return made


def _part(value: _StandIn, title: str) -> _StandIn:
    """Something made of a stand-in, while files are imported; raises AbsentError once models are built."""
    if not _Phase.is_importing:
        _refuse(value._absent)
    return _made(value._absent, title)


def _refuse(absent: Absent) -> NoReturn:
    raise AbsentError(absent)


def _is_for_typing(frame: FrameType) -> bool:
    """Whether an annotation is made, ``Optional[absent.Table]``, which looks for None and what is there twice."""
    return _Phase.is_importing and frame.f_code.co_filename == typing.__file__


def _is_kept(frame: FrameType | None) -> bool:
    """Whether a module asks what kind of attribute it is given: ``self.logger = logger`` needs no logger."""
    while frame is not None and frame.f_code.co_filename == _PARAMETERS:
        frame = frame.f_back
    return frame is not None and frame.f_code is nn.Module.__setattr__.__code__


_MAKING = (
    "call getitem add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul and "
    "rand or ror xor rxor lshift rlshift rshift rrshift neg pos abs invert lt le gt ge enter setitem delitem"
).split()
"""Operations whose result stands in as well."""

_DECIDING = "ne len iter next contains int float index complex round instancecheck subclasscheck".split()
"""Operations whose result has to be known."""


def _making(self: _StandIn, *args: object, **kwargs: object) -> _StandIn:
    return _part(self, self._title)


def _deciding(self: _StandIn, *args: object) -> NoReturn:
    _refuse(self._absent)


def _leave(self: _StandIn, *error: object) -> None:
    _part(self, "")


for _operation in _MAKING:
    setattr(_StandIn, f"__{_operation}__", _making)
for _operation in _DECIDING:
    setattr(_StandIn, f"__{_operation}__", _deciding)
_StandIn.__exit__ = _leave  # type: ignore[attr-defined]
