"""Where in the user's source a layer was built and a call was made."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import CodeType, FrameType
from typing import Any

import torch

from convlint.diagnostics import Span
from convlint.trace.blame import is_user_file
from convlint.trace.positions import span_at

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_TORCH = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_STDLIB = sysconfig.get_paths()["stdlib"] + os.sep
_SITE = tuple({sysconfig.get_paths()["purelib"] + os.sep, sysconfig.get_paths()["platlib"] + os.sep})

_internal: dict[str, bool] = {}
_constructors: dict[int, Span] = {}


def is_internal(path: str) -> bool:
    """Whether a file belongs to torch, to the standard library, or to convlint: never the user's."""
    known = _internal.get(path)
    if known is None:
        known = path.startswith((_OWN, _TORCH, "<")) or (path.startswith(_STDLIB) and not path.startswith(_SITE))
        _internal[path] = known
    return known


@cache
def is_user_code(path: str, roots: tuple[str, ...]) -> bool:
    """Whether a file belongs to the project under ``roots``, not to a package installed below it."""
    return is_user_file(path, roots)


def span_of(frame: FrameType) -> Span:
    """The exact range of the expression that a frame is evaluating."""
    return span_at(frame.f_code, frame.f_lasti, frame.f_lineno)


def user_frame(roots: tuple[str, ...], frame: FrameType | None = None) -> FrameType | None:
    """The innermost frame of the user's own files (under ``roots``), else of any that is not torch's or ours."""
    current = frame or sys._getframe(1)
    fallback: FrameType | None = None
    while current is not None:
        path = current.f_code.co_filename
        if not is_internal(path):
            if not roots or is_user_code(path, roots):
                return current
            if fallback is None:
                fallback = current
        elif current.f_code.co_name == "follow_path" and path.startswith(_OWN):
            break
        current = current.f_back  # type: ignore[assignment]
    return fallback


def outermost_frame(code: CodeType) -> FrameType | None:
    """The outermost frame under way that runs ``code``.

    Who keeps it can ask `span_of` once it has returned: a frame stays at the statement by which it was left.
    """
    found: FrameType | None = None
    current: FrameType | None = sys._getframe(1)
    while current is not None:
        if current.f_code is code:
            found = current
        current = current.f_back
    return found


def user_span(roots: tuple[str, ...]) -> Span | None:
    """Where in the user's source the call under way stands."""
    frame = user_frame(roots, sys._getframe(1))
    return span_of(frame) if frame is not None else None


@contextmanager
def recording_constructors(roots: tuple[str, ...] = ()) -> Iterator[None]:
    """While active, remember for every module the expression that built it (see `constructor_span`)."""
    original = torch.nn.Module.__init__

    def __init__(self: torch.nn.Module, *args: Any, **kwargs: Any) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and _builds(frame, self):
            frame = frame.f_back
        if frame is not None:
            user = user_frame(roots, frame)
            if user is not None:
                _constructors[id(self)] = span_of(user)
        original(self, *args, **kwargs)

    torch.nn.Module.__init__ = __init__  # type: ignore[method-assign]
    try:
        yield
    finally:
        torch.nn.Module.__init__ = original  # type: ignore[method-assign]


def _builds(frame: FrameType, module: torch.nn.Module) -> bool:
    """Whether a frame is an ``__init__`` of the module itself (of its class or a base of it)."""
    code = frame.f_code
    if code.co_name != "__init__" or not code.co_varnames:
        return False
    return frame.f_locals.get(code.co_varnames[0]) is module


def constructor_span(module: torch.nn.Module) -> Span | None:
    """The expression that built a module while `recording_constructors` was active."""
    return _constructors.get(id(module))
