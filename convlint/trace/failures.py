"""What an exception of user code means to the user: one clear failure, at a line of theirs (worker side)."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch

from convlint.diagnostics import Span
from convlint.trace.absent import Absent
from convlint.trace.blame import library_directories
from convlint.trace.protocol import AS_SCRIPT, NO_EXIT, FailureRule, TraceFailure
from convlint.trace.replay import is_out_of_memory
from convlint.trace.stand_ins import AbsentError

LIBRARIES = library_directories(
    os.path.dirname(os.path.abspath(torch.__file__)),
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
)
"""Directories whose frames are never the user's fault: the standard library, torch, convlint."""


class LoadError(Exception):
    """There is no model; `failure` says why.

    ``wrong`` is what of the request is at fault, where that is it: ``arg:depth``, ``input:0``, ``where:1``.
    """

    def __init__(self, failure: TraceFailure, wrong: str = "") -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.wrong = wrong


def describe(
    error: BaseException, rule: FailureRule, doing: str, span: Span | None, help_: Sequence[str] = ()
) -> TraceFailure:
    """One clear failure for an exception.

    Exits, by whatever exception ordinary handlers let pass, exhausted memory, and the want of a module that an import
    did not find, have rules of their own.
    """
    if isinstance(error, AbsentError):
        return error.absent.failure()
    alone = (AS_SCRIPT if rule == "import-failed" else NO_EXIT,)
    if isinstance(error, SystemExit):
        how = f"sys.exit({error.code!r})"
        parsing = _of_command_line(error)
        if parsing:
            how = f"`{parsing}()` calls {how}"
            if rule == "import-failed":
                alone = (f'put `{parsing}()` and what follows under `if __name__ == "__main__":`',)
        return TraceFailure("timed-out", f"the program exits while {doing}: {how}", span, alone)
    if not isinstance(error, Exception):
        return TraceFailure("timed-out", f"the program exits while {doing}: {summary(error)}", span, alone)
    if is_out_of_memory(error):
        out = ("raise the limit with `--memory MEGABYTES`, or build a smaller model with `--arg name=value`",)
        return TraceFailure("timed-out", f"{doing} ran out of memory", span, out)
    if isinstance(error, ModuleNotFoundError) and error.name:
        help_ = Absent(error.name).failure().help
    message = f"{doing} raises {summary(error)}"
    if isinstance(error, RecursionError):
        message = f"{doing} recurses without end: {summary(error)}"
    return TraceFailure(rule, message, span, tuple(help_))


def _of_command_line(error: SystemExit) -> str:
    """The method of `argparse` that ended the program, such as ``parse_args``; empty for other exits."""
    step = error.__traceback__
    while step is not None:
        frame = step.tb_frame
        if frame.f_globals.get("__name__") == "argparse" and frame.f_code.co_name.startswith("parse_"):
            return frame.f_code.co_name
        step = step.tb_next
    return ""


def ends_the_program(error: BaseException) -> bool:
    """Whether no ordinary handler catches ``error``, or none could go on: exits, interrupts, exhausted memory."""
    return not isinstance(error, Exception) or isinstance(error, MemoryError)


def is_layers_refusal(error: BaseException) -> bool:
    """Whether the constructor of one of torch's own layers checked its numbers and refused them."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    layers = os.path.dirname(os.path.abspath(torch.nn.modules.__file__ or ""))
    return (
        isinstance(error, (ValueError, AssertionError))
        and step is not None
        and os.path.dirname(step.tb_frame.f_code.co_filename) == layers
        and step.tb_frame.f_code.co_name == "__init__"
    )


def summary(error: BaseException) -> str:
    """The exception's class and the first line of what it says."""
    try:
        text = str(error).strip()
    except Exception:
        text = ""
    first = text.splitlines()[0] if text else ""
    name = type(error).__name__
    return f"{name}: {first[:300]}" if first else name
