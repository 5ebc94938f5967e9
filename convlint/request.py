"""What the user asks for, read and checked before anything runs: targets, inputs, sizes, rules.

Every mistake is a `UsageError` that knows its place in what was written.
"""

import ast
import difflib
import errno
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from convlint.report import Problem
from convlint.symbolic.dim import Size, symbols_of
from convlint.symbolic.parse import ExpressionError, parse_condition, parse_shape
from convlint.trace.protocol import InputText, ModelRef

DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
    "complex64", "complex128",
)  # fmt: skip
_DTYPE_ALIASES = {"float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int64"}
_SHAPE_HELP = 'a shape is written "N 3 H W": numbers, symbols, and expressions without blanks such as S//2'


class UsageError(ValueError):
    """What was asked for cannot be understood; ``problem`` says where and how to ask."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Options:
    """How models are built and run.  ``inputs``, ``arguments`` and ``where`` speak of explicit targets only.

    ``timeout`` is in seconds for each model, ``memory`` in megabytes for a worker; ``python`` None looks for the
    project's interpreter.
    """

    inputs: tuple[InputText, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    where: tuple[str, ...] = ()
    timeout: float = 60.0
    memory: int = 4096
    python: str | None = None

    @classmethod
    def read(
        cls,
        *,
        inputs: Sequence[str] = (),
        arguments: Sequence[str] = (),
        where: Sequence[str] = (),
        timeout: float = 60.0,
        memory: int = 4096,
        python: str | None = None,
    ) -> "Options":
        """The options for what was written on the command line; raises UsageError."""
        if python is not None and not Path(python).exists():
            raise UsageError(Problem("there is no such interpreter", "--python", python, 0, len(python)))
        read_inputs = tuple(read_input(text) for text in inputs)
        check_conditions(where, read_inputs)
        return cls(read_inputs, tuple(read_argument(text) for text in arguments), tuple(where), timeout, memory, python)

    def check_path(self, text: str) -> None:
        """That nothing was said that fits one model only, for a path with several; raises UsageError."""
        said = {"--input": self.inputs, "--arg": self.arguments, "--where": self.where}
        for option, values in said.items():
            if values:
                message = f"{option} speaks of one model, and {text} may have several"
                raise UsageError(Problem(message, "", text, 0, len(text), (f"name the model: {_example(text)}",)))


@dataclass(frozen=True, slots=True)
class Target:
    """One model that was asked for: ``path/file.py:Class`` or ``package.module:callable``."""

    text: str
    source: str
    qualname: str

    @classmethod
    def read(cls, text: str) -> "Target | Path":
        """A target, or the path of a file or directory; raises UsageError for neither."""
        source, colon, qualname = text.rpartition(":")
        if not colon or (os.path.exists(text) and not source):
            return _read_path(text)
        if not all(part.isidentifier() for part in qualname.split(".")):
            if os.path.exists(text):
                return Path(text)
            message = "after the colon stands the name of a class or function"
            raise UsageError(Problem(message, "", text, len(source) + 1, max(len(qualname), 1), (_TARGET_HELP,)))
        target = cls(text, source, qualname)
        if target.is_file:
            target._check_file()
        elif not all(part.isidentifier() for part in source.split(".")):
            message = "before the colon stands a file ending in .py, or a module"
            raise UsageError(Problem(message, "", text, 0, max(len(source), 1), (_TARGET_HELP,)))
        return target

    @classmethod
    def read_one(cls, text: str) -> "Target":
        """One model and no path; raises UsageError."""
        target = cls.read(text)
        if isinstance(target, cls):
            return target
        help_ = f"name the model: {_example(text)}"
        raise UsageError(Problem("a model is needed here, not a path", "", text, 0, len(text), (help_,)))

    @property
    def is_file(self) -> bool:
        """Whether ``source`` is a path rather than a dotted module."""
        return self.model().is_file

    def model(self, arguments: tuple[tuple[str, str], ...] = ()) -> ModelRef:
        """How the worker is told of it; a worker that was started elsewhere finds it too."""
        reference = ModelRef(self.source, self.qualname, arguments)
        return replace(reference, source=str(Path(self.source).absolute())) if reference.is_file else reference

    def _check_file(self) -> None:
        path = Path(self.source)
        if not os.path.isfile(path):
            closed = _why_closed(path)
            message = f"{self.source} cannot be read: {closed}" if closed else f"there is no file {self.source}"
            raise UsageError(Problem(message, "", self.text, 0, len(self.source)))
        known = _top_level_names(path)
        first = self.qualname.partition(".")[0]
        if known is not None and first not in known.names:
            near = _nearest(first, known.classes) or _nearest(first, known.names) or known.classes
            help_ = (f"did you mean {self.source}:{near[0]}?",) if near else ()
            column = len(self.source) + 1
            message = f"there is no `{self.qualname}` in {self.source}"
            raise UsageError(Problem(message, "", self.text, column, len(self.qualname), help_))


def _example(text: str) -> str:
    """A target in this path, with a class of it where it is a file."""
    path = Path(text)
    names = _top_level_names(path) if os.path.isfile(path) else None
    if names and names.classes:
        return f"{text}:{names.classes[-1]}"
    return f"{path / 'file.py'}:Class" if os.path.isdir(path) else f"{text}:Class"


def _nearest(name: str, known: Sequence[str]) -> list[str]:
    """The known name most like ``name``, whatever its case; none where all are far from it."""
    by_case = {each.lower(): each for each in known}
    return [by_case[each] for each in difflib.get_close_matches(name.lower(), by_case, 1)]


_TARGET_HELP = "a target is path/file.py:Class or package.module:callable"


@dataclass(frozen=True, slots=True)
class _Names:
    names: list[str]
    classes: list[str]


def _top_level_names(path: Path) -> _Names | None:
    """What a file binds at its top level; None where only running it can tell, or where it is no Python."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError):
        return None
    names: list[str] = []
    classes: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return None
            case ast.ClassDef(name=name):
                classes.append(name)
                names.append(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.append(name)
            case ast.Name(id="globals" | "exec" | "setattr"):
                return None
            case ast.Name(id=name, ctx=ast.Store()):
                names.append(name)
            case ast.alias(name=name, asname=alias):
                names.append(alias or name.partition(".")[0])
            case _:
                pass
    return _Names(names, classes)


def _why_closed(path: Path) -> str:
    """Why the system does not say what is at ``path``; empty where that is because nothing is there."""
    try:
        os.stat(path)
    except OSError as error:
        absent = error.errno in {errno.ENOENT, errno.ENOTDIR}
        return "" if absent else (error.strerror or str(error)).lower()
    return ""


def _read_path(text: str) -> Path:
    path = Path(text)
    if path.suffix == ".ipynb" and os.path.isfile(path):
        convert = f"write its code to a file first: jupyter nbconvert --to script {text}"
        raise UsageError(Problem("a notebook cannot be read", "", text, 0, len(text), (convert,)))
    if os.path.exists(path):
        return path
    closed = _why_closed(path)
    if closed:
        raise UsageError(Problem(f"this path cannot be read: {closed}", "", text, 0, len(text)))
    help_: tuple[str, ...] = (_TARGET_HELP,)
    module, dot, name = text.rpartition(".")
    if dot and name != "py" and all(part.isidentifier() for part in text.split(".")):
        help_ = (f"for a model in a module, write {module}:{name}",)
    elif os.path.isdir(path.parent) and os.access(path.parent, os.R_OK):
        near = difflib.get_close_matches(path.name, os.listdir(path.parent), 1)
        help_ = (f"did you mean {path.parent / near[0]}?",) if near else help_
    raise UsageError(Problem("there is no such file or directory", "", text, 0, len(text), help_))


def read_input(text: str) -> InputText:
    """``[NAME=]SHAPE[:dtype]``; raises UsageError."""
    named = re.match(r"\s*([A-Za-z_]\w*(?:\.\w+)*)\s*=(?!=)", text)
    name = named[1] if named else None
    start = named.end() if named else 0
    shape, colon, dtype = text[start:].partition(":")
    dtype = dtype.strip()
    if colon:
        dtype = dtype.removeprefix("torch.")
        dtype = _DTYPE_ALIASES.get(dtype, dtype)
        if dtype not in DTYPES:
            column = start + len(shape) + 1
            near = difflib.get_close_matches(dtype, DTYPES, 1)
            help_ = f"did you mean {near[0]}?" if near else f"one of {', '.join(DTYPES)}"
            raise UsageError(
                Problem(f"`{dtype}` is no dtype", "--input", text, column, max(len(text) - column, 1), (help_,))
            )
    try:
        sizes = parse_shape(shape)
    except ExpressionError as error:
        raise _expression_problem(error, "--input", text, start, _SHAPE_HELP) from error
    _check_positive(sizes, text, start)
    return InputText(shape.strip(), name, dtype or "float32")


def _check_positive(sizes: Sequence[Size], text: str, start: int) -> None:
    for match, size in zip(re.finditer(r"\S+", text[start:]), sizes, strict=False):
        if isinstance(size, int) and size < 0:
            raise UsageError(
                Problem("a size cannot be negative", "--input", text, start + match.start(), len(match[0]))
            )


def read_argument(text: str) -> tuple[str, str]:
    """``NAME=VALUE``, where a number as NAME is a position; raises UsageError."""
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not (name.isidentifier() or name.isdecimal()):
        raise UsageError(Problem("an argument is written NAME=VALUE", "--arg", text, 0, max(len(name), 1)))
    column = len(text) - len(value)
    try:
        ast.parse(value.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        offset = min((getattr(error, "offset", None) or 1) - 1, max(len(value) - 1, 0))
        help_ = "a value is a Python literal: 3, True, (1, 2), \"'bilinear'\""
        raise UsageError(Problem("this is no Python value", "--arg", text, column + offset, 1, (help_,))) from error
    return name, value.strip()


def check_conditions(where: Sequence[str], inputs: Sequence[InputText]) -> None:
    """That conditions can be read, and speak of sizes of ``inputs`` where there are any; raises UsageError."""
    symbols = {name for each in inputs for size in parse_shape(each.shape) for name in symbols_of(size)}
    for text in where:
        read_condition(text, symbols if inputs else None)


def read_condition(text: str, symbols: Iterable[str] | None, source: str = "--where") -> None:
    """Check a condition on sizes; with ``symbols``, that it speaks of no other.  Raises UsageError."""
    try:
        condition = parse_condition(text)
    except ExpressionError as error:
        raise _expression_problem(
            error, source, text, 0, 'a condition compares sizes: "H % 32 == 0", "64 <= H <= 1024 and W == H"'
        ) from error
    if symbols is None:
        return
    known = sorted(symbols)
    for name in sorted(condition.symbols - set(known)):
        found = re.search(rf"\b{re.escape(name)}\b", text)
        column = found.start() if found else 0
        inputs = f"the inputs have {', '.join(known)}" if known else "the inputs have no symbol"
        help_ = f'{inputs}; declare it in one, as in --input "N 3 {name} {name}"'
        raise UsageError(Problem(f"no input has a size `{name}`", source, text, column, len(name), (help_,)))


def _expression_problem(error: ExpressionError, source: str, text: str, start: int, help_: str) -> UsageError:
    column = min(start + error.column - 1, max(len(text) - 1, 0)) if text else None
    message = error.message if error.message != "cannot be read" else "this cannot be read"
    return UsageError(Problem(message, source, text, column, 1, (help_,)))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules report: those whose code or name begins ``select`` (all where empty), without ``ignore``."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @classmethod
    def read(cls, select: Sequence[str], ignore: Sequence[str], rules: Mapping[str, str]) -> "Selection":
        """``rules`` are the names by code.  Several words may stand in one option; raises UsageError."""
        return cls(_read_rules("--select", select, rules), _read_rules("--ignore", ignore, rules))

    def admits(self, code: str, name: str) -> bool:
        """Whether a finding of this rule is reported."""
        chosen = not self.select or any(_names(word, code, name) for word in self.select)
        return chosen and not any(_names(word, code, name) for word in self.ignore)


def _names(word: str, code: str, name: str) -> bool:
    return word == name or code.startswith(word.upper())


def _read_rules(source: str, texts: Sequence[str], rules: Mapping[str, str]) -> tuple[str, ...]:
    words: list[str] = []
    for text in texts:
        for match in re.finditer(r"[^\s,]+", text):
            word = match[0]
            if not any(_names(word, code, name) for code, name in rules.items()):
                raise _no_rule(word, rules, source, text, match.start())
            words.append(word)
    return tuple(words)


def read_rule(word: str, rules: Mapping[str, str]) -> str:
    """The code of the one rule that has this code or name; ``rules`` are the names by code.  Raises UsageError."""
    for code, name in rules.items():
        if word.upper() == code or word.lower() == name:
            return code
    raise _no_rule(word, rules, "", word, 0)


def _no_rule(word: str, rules: Mapping[str, str], source: str, text: str, column: int) -> UsageError:
    """That there is no such rule, and the one whose name or code is nearest."""
    near = difflib.get_close_matches(word.lower(), rules.values(), 1, cutoff=0.5)
    near = near or difflib.get_close_matches(word.upper(), rules, 1)
    help_ = (f"did you mean {near[0]}?",) if near else ()
    return UsageError(Problem(f"there is no rule `{word}`", source, text, column, len(word), help_))


@dataclass(frozen=True, slots=True)
class ContractQuery:
    """Which sizes to answer for: ``listed`` is (symbol, low, high), both included; ``at`` sizes by symbol."""

    listed: tuple[str, int, int] | None = None
    at: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, listed: str | None, at: Sequence[str]) -> "ContractQuery":
        """``S=1:300`` and ``S=100``, several separated by commas or blanks; raises UsageError."""
        sizes: dict[str, int] = {}
        for text in at:
            for match in re.finditer(r"[^\s,]+", text):
                found = re.fullmatch(r"([A-Za-z_]\w*)=(\d+)", match[0])
                if not found:
                    message = "a size is written S=100"
                    raise UsageError(Problem(message, "--at", text, match.start(), len(match[0])))
                sizes[found[1]] = int(found[2])
        if listed is None:
            return cls(None, sizes)
        found = re.fullmatch(r"\s*([A-Za-z_]\w*)=(\d+):(\d+)\s*", listed)
        if not found or int(found[2]) > int(found[3]):
            message = "a range is written S=1:300, the lower number first"
            raise UsageError(Problem(message, "--list", listed, 0, max(len(listed), 1)))
        return cls((found[1], int(found[2]), int(found[3])), sizes)

    def check(self, symbols: Sequence[str]) -> None:
        """That it speaks of ``symbols`` only; raises UsageError."""
        asked = [("--at", name, f"{name}={size}") for name, size in self.at.items()]
        if self.listed:
            name, low, high = self.listed
            asked.append(("--list", name, f"{name}={low}:{high}"))
        for source, name, text in asked:
            if name not in symbols:
                help_ = f"the inputs have {', '.join(symbols)}" if symbols else "the inputs have no symbol"
                message = f"no input has a size `{name}`"
                raise UsageError(Problem(message, source, text, 0, len(name), (help_,)))
