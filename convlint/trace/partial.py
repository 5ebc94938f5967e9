"""A file whose import stops after its classes are defined: what it defined until then (worker side).

Scripts train, parse arguments or exit at their top level, and some take longer than anybody waits.
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from types import FrameType, ModuleType

from torch import nn

from convlint.trace.stand_ins import absent_of


class ImportTooLongError(BaseException):
    """The top level of a file is still at work when there should be time left for its models."""


@dataclass(slots=True)
class Begun:
    """The modules that the file at ``path`` began to be executed as, the last one last."""

    path: str
    modules: list[ModuleType] = field(default_factory=list)

    def with_models(self) -> ModuleType | None:
        """The last of these modules, where it defines models; it can be imported by its name again."""
        module = self.modules[-1] if self.modules else None
        if module is None or not any(_is_own_model(value, module) for value in vars(module).values()):
            return None
        sys.modules[module.__name__] = module
        return module


@contextmanager
def begun(path: str, seconds: float) -> Iterator[Begun]:
    """Take down what the file at ``path`` is executed as.

    Where the system has a timer, an import that takes longer than ``seconds`` raises ImportTooLongError once there are
    models in it.
    """
    execute = SourceFileLoader.exec_module
    found = Begun(os.path.realpath(path))

    def exec_module(self: SourceFileLoader, module: ModuleType) -> None:
        if os.path.realpath(self.path) == found.path:
            found.modules.append(module)
        execute(self, module)

    SourceFileLoader.exec_module = exec_module  # type: ignore[method-assign, assignment]
    try:
        with _interrupted(found, seconds):
            yield found
    finally:
        SourceFileLoader.exec_module = execute  # type: ignore[method-assign]


@contextmanager
def _interrupted(found: Begun, seconds: float) -> Iterator[None]:
    """Raise ImportTooLongError after ``seconds``, and leave the timer of the request's own limit as it would be."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    started = time.monotonic()
    limit, _ = signal.getitimer(signal.ITIMER_REAL)
    handler = signal.getsignal(signal.SIGALRM)

    def restore() -> None:
        signal.signal(signal.SIGALRM, handler)
        left = max(limit - (time.monotonic() - started), 0.001)
        signal.setitimer(signal.ITIMER_REAL, left if limit else 0)

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        restore()
        if found.with_models() is not None:
            raise ImportTooLongError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        restore()


def _is_own_model(value: object, module: ModuleType) -> bool:
    is_model = absent_of(value) is None and inspect.isclass(value) and issubclass(value, nn.Module)
    return is_model and value.__module__ == module.__name__
