"""How far a run is, in one line on standard error, as long as it takes."""

import os
import threading
from typing import TYPE_CHECKING, Self, TextIO

from convlint.cli.terminal import columns_of

if TYPE_CHECKING:
    from convlint.engine import Step

_DELAY = 0.5
"""Seconds in which most runs end: they show nothing."""

_PAUSE = 0.1
_BAR = 20


class ProgressLine:
    """Draws the last step that it was called with; nothing where ``stream`` is no terminal that can move its cursor.

    A thread of its own draws, so that the line is there when the first model takes long.
    """

    def __init__(self, stream: TextIO | None, *, delay: float = _DELAY) -> None:
        self._stream = stream
        self._columns = None if os.environ.get("TERM") == "dumb" else columns_of(stream)
        self._delay = delay
        self._step: Step | None = None
        self._drawn = ""
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._draw_on, daemon=True)

    def __call__(self, step: "Step") -> None:
        """Take down where the run is now."""
        self._step = step

    def __enter__(self) -> Self:
        if self._columns is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        if self._columns is not None:
            self._thread.join()
            self._draw("")

    def _draw_on(self) -> None:
        pause = self._delay
        while not self._is_over.wait(pause):
            if self._step is not None:
                self._draw(_line(self._step))
            pause = _PAUSE

    def _draw(self, text: str) -> None:
        """Write over the line that is there; a cursor in the last column would begin a new one."""
        shown = text[: (self._columns or 1) - 1]
        if self._stream is None or shown == self._drawn:
            return
        spaces = " " * (len(self._drawn) - len(shown))
        self._stream.write(f"\r{shown}{spaces}\r" if not shown else f"\r{shown}{spaces}")
        self._stream.flush()
        self._drawn = shown


def _line(step: "Step") -> str:
    filled = _BAR * step.done // max(step.total, 1)
    return f"[{'#' * filled}{'-' * (_BAR - filled)}] {step.done}/{step.total} {step.name}"
