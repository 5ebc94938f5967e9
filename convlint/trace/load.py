"""From a name in a module to a model on meta tensors: find it, find its arguments, construct it (worker side)."""

from __future__ import annotations

import difflib
import inspect
import os
import re
import time
import tokenize
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from types import ModuleType

import torch
from torch import nn

from convlint.diagnostics import Span
from convlint.trace.arguments import ArgumentError, about_words, find_arguments, other_arguments, unknown_argument
from convlint.trace.assumptions import MANNERS, Manner
from convlint.trace.blame import blamed_span
from convlint.trace.failures import LIBRARIES, LoadError, describe, is_layers_refusal, summary
from convlint.trace.on_meta import moved, parameters_on_meta, with_parameters_moved, without_downloads
from convlint.trace.origin import recording_constructors
from convlint.trace.positions import line_span
from convlint.trace.protocol import FailureRule, ModelRef, TraceFailure
from convlint.trace.replay import is_out_of_memory
from convlint.trace.stand_ins import AbsentError, absent_of, behind

_PATIENCE = 5.0
"""Seconds after which a constructor that refuses what was assumed is given nothing else."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the user named, found: the object, where it is defined, and which directories hold the user's code."""

    value: object
    module: ModuleType
    span: Span
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A constructed model in eval mode.

    ``assumed`` are the arguments that nobody gave, one line each, ``guessed`` those of them that have no default.
    """

    module: nn.Module
    target: Target
    assumed: tuple[str, ...]
    real_values: bool
    """Whether everything but the parameters was built with values, since the constructor needs them."""
    guessed: tuple[str, ...] = ()


def find(model: ModelRef, module: ModuleType, roots: tuple[str, ...]) -> Target:
    """Look the name of ``model`` up in its module; raises LoadError."""
    path = os.path.abspath(model.source) if model.is_file else module.__file__ or model.source
    value: object = module
    for part in model.qualname.split("."):
        try:
            value = getattr(value, part)
        except AttributeError as error:
            known = [name for name, member in vars(module).items() if callable(member)]
            near = difflib.get_close_matches(model.qualname, known, 1)
            help_ = (f"did you mean `{near[0]}`?",) if near else ()
            message = f"there is no `{model.qualname}` in {model.source}"
            raise LoadError(TraceFailure("construct-failed", message, line_span(path, 1), help_)) from error
        absent = absent_of(value)
        if absent is not None:
            raise LoadError(absent.failure())
    return Target(value, module, _definition(value, path), roots)


def construct(target: Target, model: ModelRef, *, real_values: bool = False) -> Loaded:
    """Build the module: all of it on meta, else (or with ``real_values``) only its parameters, else none of it.

    Raises LoadError.
    Of a model with a ``part``, that is what is given back, with its class for a place.
    """
    loaded = _construct(target, model, real_values=real_values)
    if not model.part:
        return loaded
    try:
        part = loaded.module.get_submodule(model.part)
    except AttributeError as error:
        raise _construct_error(target, f"`{model.qualname}` was built without `{model.part}`") from error
    return replace(loaded, module=part, target=replace(target, span=_definition(part, target.span.path)))


def _construct(target: Target, model: ModelRef, *, real_values: bool) -> Loaded:
    value = target.value
    if isinstance(value, nn.Module):
        return Loaded(moved(value).eval(), target, (), real_values=True)
    if not callable(value):
        raise _construct_error(target, f"`{model.qualname}` is no class or function, but {_kind(value)}")
    first: LoadError | None = None
    tried: set[tuple[str, ...]] = set()
    deadline = time.monotonic() + _PATIENCE
    for manner in MANNERS:
        call = _Call(value, target, model, manner, frozenset(tried))
        try:
            return _build(call, real_values=real_values)
        except _TriedError:
            continue
        except LoadError as error:
            # What the user wrote comes before a None that nobody wrote, where that may be at fault.
            if first is None or (manner.keeps_files and "None" in str(first)):
                first = error
            tried.add(call.assumed)
            if not call.assumed or time.monotonic() > deadline:
                break
    assert first is not None
    raise first


class _TriedError(Exception):
    """The arguments are those of a call that failed."""


@dataclass(slots=True)
class _Call:
    """A constructor and what it is called with; ``tried`` are the assumed arguments that it refused before."""

    function: Callable[..., object]
    target: Target
    model: ModelRef
    manner: Manner
    tried: frozenset[tuple[str, ...]]
    assumed: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()

    def run(self, making: AbstractContextManager[object]) -> object:
        """Evaluate the arguments and construct.  Layers that an argument builds are made and recorded as all others.

        Raises _TriedError where nothing is new.
        """
        handed_on: list[str] = []
        with making, without_downloads(), recording_constructors(self.target.roots):
            while True:
                found = find_arguments(
                    self.function, self.model.arguments, self.target.module, manner=self.manner, handed_on=handed_on
                )
                self.assumed, self.guessed = found.assumed, found.guessed
                if found.assumed in self.tried:
                    raise _TriedError
                try:
                    return self.function(*found.positional, **found.keyword)
                except TypeError as error:
                    missing = [each for each in _missing(error) if each not in found.keyword]
                    if not found.takes_any or not missing:
                        raise
                    handed_on += missing


def _missing(error: TypeError) -> list[str]:
    """The arguments that Python says a call lacks."""
    found = _MISSING.search(str(error))
    return re.findall(r"'(\w+)'", found[1]) if found is not None else []


_MISSING = re.compile(r"missing \d+ required (?:positional|keyword-only) arguments?: (.*)")


def _build(call: _Call, *, real_values: bool) -> Loaded:
    """The module of one call; raises LoadError, and _TriedError as `_Call.run` does."""
    target, model = call.target, call.model
    built: object = None
    is_real = False
    try:
        if not real_values:
            try:
                built = call.run(torch.device("meta"))
            except _TriedError:
                raise
            except Exception as error:
                if is_out_of_memory(error):
                    raise
                real_values = True
        if real_values:
            try:
                built = call.run(parameters_on_meta())
            except Exception as error:
                if not _may_want_values(error):
                    raise
                is_real = True
        if is_real:
            built = call.run(nullcontext())
    except _TriedError:
        raise
    except ArgumentError as error:
        if isinstance(error.__cause__, AbsentError):
            raise LoadError(error.__cause__.absent.failure()) from error
        raise _misgiven(target, error) from error
    except BaseException as raised:
        cause = behind(raised)
        unknown = _handed_on_in_vain(cause, call)
        if unknown is not None:
            raise _misgiven(target, unknown) from raised
        if not call.assumed and is_layers_refusal(cause):
            message = f"PyTorch refuses to build this layer: {summary(cause).partition(': ')[2]}"
            span = blamed_span(cause, target.roots, LIBRARIES) or target.span
            raise LoadError(TraceFailure("invalid-layer", message, span)) from raised
        name = model.qualname.rpartition(".")[2]
        words = about_words(call.function, model.arguments, target.module) if isinstance(cause, TypeError) else ()
        help_ = (*words, *other_arguments(call.assumed, call.guessed))
        raise failure_of(cause, "construct-failed", f"building `{name}`", target, *help_) from raised
    module = _module_in(built)
    if module is None:
        raise _construct_error(target, f"`{model.qualname}` returned {_kind(built)}, no torch.nn.Module")
    if is_real:
        module = with_parameters_moved(module)
    elif not real_values:
        module = moved(module)
    return Loaded(module.eval(), target, call.assumed, real_values, call.guessed)


def _may_want_values(error: Exception) -> bool:
    """Whether ``error`` may be one that no parameter with values raises, as ``weight.data = torch.Tensor(…)`` does."""
    return not is_out_of_memory(error) and (isinstance(error, RuntimeError) or "meta" in str(error))


def _handed_on_in_vain(error: BaseException, call: _Call) -> ArgumentError | None:
    """The argument that was given, taken as one of ``**kwargs``, and refused where it was handed on."""
    found = _UNEXPECTED.search(str(error)) if isinstance(error, TypeError) else None
    if found is None or found["key"] not in dict(call.model.arguments):
        return None
    owner = getattr(call.target.module, found["name"] or "", None)
    try:
        parameters = inspect.signature(owner).parameters.values() if callable(owner) else ()
    except (TypeError, ValueError):
        parameters = ()
    known = [each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    return unknown_argument(found["name"] or call.model.qualname, found["key"], known)


_UNEXPECTED = re.compile(r"(?:(?P<name>\w+)\.)?\w+\(\) got an unexpected keyword argument '(?P<key>\w+)'")


def _module_in(built: object) -> nn.Module | None:
    """The module that a factory returned, alone or with companions."""
    if isinstance(built, nn.Module):
        return built
    if isinstance(built, (tuple, list)):
        return next((item for item in built if isinstance(item, nn.Module)), None)
    return None


def failure_of(error: BaseException, rule: FailureRule, doing: str, target: Target, *help_: str) -> LoadError:
    """What ``error``, raised in user code while ``doing``, is to the user: with its line, and under its rule."""
    span = blamed_span(error, target.roots, LIBRARIES) or target.span
    return LoadError(describe(error, rule, doing, span, help_))


def _misgiven(target: Target, error: ArgumentError) -> LoadError:
    """An argument that is missing, or was given and cannot be."""
    failure = TraceFailure("construct-failed", str(error), target.span, error.help)
    return LoadError(failure, f"arg:{error.given}" if error.given else "")


def _construct_error(target: Target, message: str, *help_: str) -> LoadError:
    return LoadError(TraceFailure("construct-failed", message, target.span, help_))


def _kind(value: object) -> str:
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[:1] in 'aeiouAEIOU' else 'a'} {name}"


def _definition(value: object, fallback: str) -> Span:
    """The line of ``class X`` or ``def x``, from the keyword to the name's end."""
    subject = type(value) if isinstance(value, nn.Module) else inspect.unwrap(value) if callable(value) else value
    try:
        path = inspect.getsourcefile(subject) or fallback  # type: ignore[arg-type]
        lines, first = inspect.getsourcelines(subject)  # type: ignore[arg-type]
    except (TypeError, OSError, tokenize.TokenError, SyntaxError, IndexError):
        return line_span(fallback, 1)
    for offset, text in enumerate(lines):
        bare = text.lstrip()
        if bare.startswith(("class ", "def ", "async def ")):
            name = getattr(subject, "__name__", "")
            start = text.find(name, text.find("class ") if bare.startswith("class") else text.find("def "))
            if name and start >= 0:
                return Span(os.path.abspath(path), first + offset, start + 1, first + offset, start + 1 + len(name))
            break
    return line_span(os.path.abspath(path), max(first, 1))
