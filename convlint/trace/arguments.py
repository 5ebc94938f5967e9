"""What to call a constructor with: what the user gave, its own defaults, and well-known names (worker side)."""

from __future__ import annotations

import ast
import builtins
import difflib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import nn

from convlint.trace.assumptions import MANNERS, Manner, NoValueError, assume, without_weights

_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.USub: lambda a: -a,
    ast.UAdd: lambda a: +a,
    ast.Not: lambda a: not a,
}

_BUILD = "or write a function that builds the model, and check that: `convlint check FILE.py:build_model`"

_WORD = re.compile(r"[\w.-]+")


class ArgumentError(Exception):
    """The arguments of a call cannot be determined; `help` says how to give them.

    ``given`` is the name, or the position, of the one that was given and cannot be.
    """

    def __init__(self, message: str, *help_: str, given: str = "") -> None:
        super().__init__(message)
        self.help = help_
        self.given = given


@dataclass(frozen=True, slots=True)
class Arguments:
    """How to call a constructor; ``assumed`` are the values that nobody gave, as ``in_channels = 3``.

    ``guessed`` are those of them without a default; ``takes_any`` says whether there is a ``**kwargs``.
    """

    positional: tuple[Any, ...]
    keyword: Mapping[str, Any]
    assumed: tuple[str, ...]
    guessed: tuple[str, ...] = ()
    takes_any: bool = False


def find_arguments(
    function: Callable[..., object],
    given: Sequence[tuple[str, str]],
    module: ModuleType,
    *,
    manner: Manner = MANNERS[0],
    handed_on: Sequence[str] = (),
) -> Arguments:
    """Arguments for ``function``: those ``given`` as text, then defaults, then well-known names.

    ``handed_on`` are names that it takes as ``**kwargs`` and needs all the same.  Raises ArgumentError that names the
    argument that is missing, unknown or unreadable.
    """
    name = getattr(function, "__name__", "it")
    positions = {int(key): text for key, text in given if key.isdecimal()}
    named = {key: text for key, text in given if not key.isdecimal()}
    _check_positions(name, positions)
    positional = tuple(_evaluated(str(index), positions[index], module) for index in range(len(positions)))
    keyword = {key: _evaluated(key, text, module) for key, text in named.items()}
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return Arguments(positional, keyword, ())
    _check_names(name, named, len(positional), parameters)
    assumed: list[str] = []
    guessed: list[str] = []
    by_position = [item for item in parameters if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)]
    taken = {item.name for item in by_position[: len(positional)]}
    further = [inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY) for each in handed_on]
    for parameter in (*parameters, *further):
        if parameter.name in keyword or parameter.name in taken:
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        is_open = parameter.default is parameter.empty
        try:
            value = assume(parameter, module, manner) if is_open else without_weights(parameter, manner)
        except NoValueError as error:
            if is_open:
                help_ = (f"give it with `--arg {parameter.name}=VALUE`", _BUILD)
                raise ArgumentError(f"`{name}` needs the argument `{parameter.name}`", *help_) from error
            continue
        assumed.append(f"{parameter.name} = {_text(value)}")
        if is_open:
            guessed.append(assumed[-1])
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional = (*positional, value)
        else:
            keyword[parameter.name] = value
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    return Arguments(positional, keyword, tuple(assumed), tuple(guessed), takes_any)


def _evaluated(given: str, text: str, module: ModuleType) -> Any:
    """The value of the argument ``given``; raises ArgumentError that names it."""
    try:
        return evaluate(text, module)
    except ArgumentError as error:
        error.given = given
        raise


def evaluate(text: str, module: ModuleType) -> Any:
    """The value of an argument's text: a literal, a dotted name of ``module`` or torch, a call of one, or a bare word.

    A bare word that names nothing is a string, since shells eat quotes.  Raises ArgumentError.
    """
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        if _WORD.fullmatch(text.strip()):
            return text.strip()
        raise ArgumentError(f"cannot read the argument `{text}`: it is no Python expression") from error
    try:
        return _value(tree, module)
    except _UnknownNameError as error:
        if isinstance(tree, ast.Name):
            return tree.id
        raise ArgumentError(f"cannot read the argument `{text}`: {error}") from error
    except Exception as error:
        raise ArgumentError(f"cannot read the argument `{text}`: {error}") from error


class _UnknownNameError(Exception):
    """A name that is neither in the user's module nor in torch."""


def _value(tree: ast.expr, module: ModuleType) -> Any:
    match tree:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return _look_up(name, module)
        case ast.Attribute(value=owner, attr=name):
            try:
                return getattr(_value(owner, module), name)
            except AttributeError as error:
                raise _UnknownNameError(str(error)) from error
        case ast.Tuple(elts=items):
            return tuple(_value(item, module) for item in items)
        case ast.List(elts=items):
            return [_value(item, module) for item in items]
        case ast.Set(elts=items):
            return {_value(item, module) for item in items}
        case ast.Dict(keys=keys, values=values) if all(keys):
            return {_value(key, module): _value(value, module) for key, value in zip(keys, values, strict=True) if key}
        case ast.UnaryOp(op=operator, operand=operand) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_value(operand, module))
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_value(left, module), _value(right, module))
        case ast.Subscript(value=owner, slice=index):
            return _value(owner, module)[_value(index, module)]
        case ast.Call(func=function, args=arguments, keywords=keywords) if all(item.arg for item in keywords):
            called = _value(function, module)
            named = {str(item.arg): _value(item.value, module) for item in keywords}
            return called(*(_value(item, module) for item in arguments), **named)
    raise ArgumentError("give a literal, a name, or a call of one")


def _look_up(name: str, module: ModuleType) -> Any:
    if name in vars(module):
        return vars(module)[name]
    if name in ("torch", "nn", "F"):
        return {"torch": torch, "nn": nn, "F": nn.functional}[name]
    for place in (builtins, nn, torch):
        if hasattr(place, name):
            return getattr(place, name)
    raise _UnknownNameError(f"there is no `{name}` in {module.__name__} or torch")


def _check_positions(name: str, positions: Mapping[int, str]) -> None:
    """That positions are counted from 0 on without a gap; raises ArgumentError."""
    for index, position in enumerate(sorted(positions)):
        if index != position:
            message = f"`{name}` is given an argument {position}, and none at position {index}"
            raise ArgumentError(message, "positions count from 0: `--arg 0=VALUE`", given=str(position))


def _check_names(
    name: str, given: Mapping[str, str], positional: int, parameters: Sequence[inspect.Parameter]
) -> None:
    """That there is a parameter for each argument, and one for no two; raises ArgumentError."""
    kinds = {each.kind for each in parameters}
    places = [each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    known = [each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    if positional > len(places) and inspect.Parameter.VAR_POSITIONAL not in kinds:
        message = f"`{name}` takes no argument at position {len(places)}"
        raise ArgumentError(message, _takes(known), given=str(len(places)))
    for key in given:
        if key in places[:positional]:
            raise ArgumentError(f"`{key}` is given by its name and by its position", "give it once", given=key)
        if key not in known and inspect.Parameter.VAR_KEYWORD not in kinds:
            raise unknown_argument(name, key, known)


def unknown_argument(name: str, key: str, known: Sequence[str]) -> ArgumentError:
    """That ``name`` takes no argument ``key``, and the nearest of those that are ``known``."""
    near = difflib.get_close_matches(key, known, 1)
    help_ = f"did you mean `{near[0]}`?" if near else _takes(known)
    return ArgumentError(f"`{name}` takes no argument `{key}`", help_, given=key)


def about_words(
    function: Callable[..., object], given: Sequence[tuple[str, str]], module: ModuleType
) -> tuple[str, ...]:
    """What to say of bare words that were read as strings, where ``function`` has no string for a default."""
    try:
        defaults = {key: each.default for key, each in inspect.signature(function).parameters.items()}
    except (TypeError, ValueError):
        defaults = {}
    return tuple(
        f"`{text}` was read as the string {text!r}: write a Python literal, such as `{key}=3`"
        for key, text in ((key, text.strip()) for key, text in given)
        if _WORD.fullmatch(text) and not isinstance(defaults.get(key), str) and _is_word(text, module)
    )


def _is_word(text: str, module: ModuleType) -> bool:
    """Whether the text of an argument that could be read stands for itself."""
    value = evaluate(text, module)
    return isinstance(value, str) and value == text


def other_arguments(assumed: Sequence[str], guessed: Sequence[str]) -> tuple[str, ...]:
    """What to do about a constructor that refuses its arguments; ``assumed`` and ``guessed`` as in `Arguments`."""
    chosen = f"; assumed were {', '.join(guessed)}" if guessed else ""
    help_ = f"give other arguments with `--arg name=value`{chosen}"
    withheld = [each for each in assumed if each not in guessed]
    if not withheld:
        return (help_,)
    options = " ".join(f"--arg {each.partition(' ')[0]}=VALUE" for each in withheld)
    return help_, f"convlint fetches no weights, and chose {', '.join(withheld)}: give what you use with `{options}`"


def _takes(known: Sequence[str]) -> str:
    return f"it takes {', '.join(f'`{each}`' for each in known)}" if known else "it takes none"


def _text(value: object) -> str:
    """A value as one would write it."""
    if inspect.isclass(value):
        return value.__name__
    return f"{type(value).__name__}(...)" if isinstance(value, nn.Module) else repr(value)
