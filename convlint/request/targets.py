"""Which models are meant: ``net.py:UNet``, ``package.module:factory``, or all below a path."""

import ast
import difflib
import errno
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from convlint.discover.files import is_source
from convlint.filesystem import is_file, why_refused
from convlint.report import Problem
from convlint.request.mistakes import UsageError
from convlint.source.notebook import SUFFIX, NotebookError, is_notebook, read_notebook
from convlint.source.text import read_content
from convlint.source.unsaved import held_content
from convlint.trace.protocol import ModelRef

_TARGET_HELP = "a target is path/file.py:Class or package.module:callable"


class NotPythonError(UsageError):
    """A file that was named is there, and is no Python."""


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
            called = re.fullmatch(r"([\w.]+)\(.*\)", qualname)
            help_ = f"write {source}:{called[1]}, with arguments as in --arg depth=3" if called else _TARGET_HELP
            raise UsageError(Problem(message, "", text, len(source) + 1, max(len(qualname), 1), (help_,)))
        target = cls(text, source, qualname)
        if target.is_file:
            target._check_file()
        elif not all(part.isidentifier() for part in source.split(".")):
            message = "before the colon stands a file ending in .py, or a module"
            bare = source.rstrip(":")
            help_ = f"write {bare}:{qualname}, with one colon" if bare and bare != source else _TARGET_HELP
            raise UsageError(Problem(message, "", text, 0, max(len(source), 1), (help_,)))
        return target

    @classmethod
    def read_one(cls, text: str) -> "Target":
        """One model and no path; raises UsageError."""
        target = cls.read(text)
        if isinstance(target, cls):
            return target
        help_ = f"name the model: {example_of(text)}"
        raise UsageError(Problem("a model is needed here, not a path", "", text, 0, len(text), (help_,)))

    @property
    def is_file(self) -> bool:
        """Whether ``source`` is a path rather than a dotted module."""
        return self.model().is_file

    @property
    def path(self) -> str | None:
        """The file that is meant; None for a module that is neither in the working directory nor in its ``src``."""
        if self.is_file:
            return self.source
        inside = self.source.replace(".", os.sep)
        candidates = (f"{inside}.py", os.path.join(inside, "__init__.py"))
        return next(filter(is_file, (os.path.join(top, each) for top in ("", "src") for each in candidates)), None)

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
        _check_language(self)
        known = _top_level_names(path)
        first = self.qualname.partition(".")[0]
        if known is not None and first not in known.names:
            near = _nearest(first, known.classes) or _nearest(first, known.names) or known.classes
            help_ = (f"did you mean {self.source}:{near[0]}?",) if near else ()
            column = len(self.source) + 1
            message = f"there is no `{self.qualname}` in {self.source}"
            raise UsageError(Problem(message, "", self.text, column, len(self.qualname), help_))


def _check_language(target: Target) -> None:
    """Raise UsageError for a model in a notebook of another language."""
    try:
        language = read_notebook(read_content(target.source)).language if is_notebook(target.source) else "python"
    except (OSError, NotebookError):
        return  # the import says so
    if language != "python":
        message = f"{target.source} is a notebook in {language}: only those in Python have models"
        raise UsageError(Problem(message, "", target.text, 0, len(target.source)))


def example_of(text: str) -> str:
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


@dataclass(frozen=True, slots=True)
class _Names:
    names: list[str]
    classes: list[str]


def _top_level_names(path: Path) -> _Names | None:
    """What a file binds at its top level; None where only running it can tell, or where it is no Python."""
    try:
        data = read_content(str(path))
        tree = ast.parse(read_notebook(data).text if is_notebook(str(path)) else data)
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
        return "" if absent else why_refused(error)
    return ""


def _read_path(text: str) -> Path:
    path = Path(text)
    if os.path.isfile(path) and not is_source(text):
        out = "models are in .py files, notebooks (.ipynb), and scripts whose first line names python"
        raise NotPythonError(Problem("this file is no Python", "", text, 0, len(text), (out,)))
    if os.path.exists(path) or held_content(text) is not None:
        return path
    closed = _why_closed(path)
    if closed:
        raise UsageError(Problem(f"this path cannot be read: {closed}", "", text, 0, len(text)))
    help_: tuple[str, ...] = (_TARGET_HELP,)
    module, dot, name = text.rpartition(".")
    if dot and f".{name}" not in {".py", SUFFIX} and all(part.isidentifier() for part in text.split(".")):
        help_ = (f"for a model in a module, write {module}:{name}",)
    elif os.path.isdir(path.parent) and os.access(path.parent, os.R_OK):
        near = difflib.get_close_matches(path.name, os.listdir(path.parent), 1)
        help_ = (f"did you mean {path.parent / near[0]}?",) if near else help_
    raise UsageError(Problem("there is no such file or directory", "", text, 0, len(text), help_))
