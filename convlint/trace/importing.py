"""From what the user named to a Python module, imported as its project would import it (worker side)."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import torch

from convlint.source.notebook import NotebookError, is_notebook
from convlint.trace import overlay
from convlint.trace.absent import Absent
from convlint.trace.blame import blamed_span
from convlint.trace.definitions import NotebookLoader
from convlint.trace.failures import LIBRARIES, LoadError, describe
from convlint.trace.partial import ImportTooLongError, begun
from convlint.trace.positions import line_span
from convlint.trace.protocol import AS_SCRIPT, ModelRef, TraceFailure
from convlint.trace.stand_ins import AbsentError, StandIns, standing_in

_BEYOND_PROJECT = 2
"""How far out of its project a file with relative imports may have its root: loose files have no mark."""

_IMPORT_SHARE = 0.5
"""The share of the time limit after which a file with models is not waited for."""

_ROOT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", "requirements.txt")


@dataclass(frozen=True, slots=True)
class Source:
    """An imported module and the directories of the user's code; ``failure`` says why only a part of it ran.

    ``absent`` are the modules that its imports did not find, for which something stands in.
    """

    module: ModuleType
    roots: tuple[str, ...]
    failure: TraceFailure | None = None
    absent: tuple[Absent, ...] = ()


def import_source(model: ModelRef, seconds: float) -> Source:
    """The module that ``model`` is in, imported in half of the ``seconds`` that there are; raises LoadError.

    Of a file whose import stops after its models are defined, there is what was defined until then.
    """
    overlay.install(model.overlay)
    stand_ins = StandIns(LIBRARIES)
    if not model.is_file:
        module, roots = import_dotted(model.source, stand_ins)
        return Source(module, roots, absent=tuple(stand_ins.absent))
    path = os.path.abspath(model.source)
    with begun(path, seconds * _IMPORT_SHARE) as found:
        try:
            module, roots = import_file(path, stand_ins)
            return Source(module, roots, absent=tuple(stand_ins.absent))
        except LoadError as error:
            partly = found.with_models()
            if partly is None:
                raise
            roots = _as_roots(_package_root(path), _project_root(path))
            return Source(partly, roots, error.failure, tuple(stand_ins.absent))


def import_file(path: str, stand_ins: StandIns) -> tuple[ModuleType, tuple[str, ...]]:
    """Import the file at ``path`` under the name its project would use.

    The name starts at the outermost directory with an ``__init__.py``; where the file imports relatively although
    its directory has none, one directory further out.  ``sys.path`` gets what running it from its project's root
    would give: its own root, every directory up to the project's, and the project's ``src``.
    """
    if not overlay.is_file(path):
        raise LoadError(TraceFailure("import-failed", f"there is no file {path}", line_span(path, 1)))
    project = _project_root(path)
    sys.argv = [path]
    outermost = _package_root(path)
    tried: ImportError | None = None
    upwards = _ancestors(outermost, project)
    for root in (*upwards, *_ancestors(upwards[-1], "")[1 : 1 + _BEYOND_PROJECT]):
        above = _ancestors(root, project) if root in upwards else [root]
        _extend_search_path([*above, os.path.join(project, "src")])
        roots = _as_roots(root, project)
        stand_ins.begin(roots, project)
        try:
            with standing_in(stand_ins):
                return _import_as(path, root, roots), roots
        except _RelativeImportError as error:
            tried = error
    assert tried is not None
    raise _import_failure(tried.__cause__ or tried, path, _as_roots(outermost, project))


def import_dotted(name: str, stand_ins: StandIns) -> tuple[ModuleType, tuple[str, ...]]:
    """Import ``package.module`` as Python would from the working directory; the top package is user code."""
    here = os.getcwd()
    _extend_search_path([here, os.path.join(here, "src")])
    sys.argv = [name]
    top = name.partition(".")[0]
    stand_ins.begin(_package_directories(top) or _as_roots(here), here)
    try:
        with standing_in(stand_ins):
            module = _attempt(lambda: importlib.import_module(name))
    except BaseException as error:
        roots = _package_directories(top) or _as_roots(here)
        raise _import_failure(error, "", roots, what=name) from error
    roots = _package_directories(top)
    return module, roots or _as_roots(os.path.dirname(os.path.abspath(module.__file__ or here)))


class _RelativeImportError(ImportError):
    """A file imports relatively, but was imported as a top-level module."""


def _import_as(path: str, root: str, roots: tuple[str, ...]) -> ModuleType:
    """Import ``path`` under its dotted name below ``root``; raises LoadError, or `_RelativeImportError` to go on."""
    if is_notebook(path):
        # What it does besides defining its models is left out: nothing else may import it so.
        try:
            return _attempt(lambda: _import_alone(path))
        except BaseException as error:
            raise _import_failure(error, path, roots) from error
    inside = os.path.relpath(path, root).removesuffix(".py").split(os.sep)
    if inside[-1] == "__init__" and len(inside) > 1:
        inside.pop()
    name = ".".join(inside)
    try:
        has_name = path.endswith(".py") and all(part.isidentifier() for part in inside)
        if has_name and _is_free(inside[0], root):
            return _attempt(lambda: _import_checked(name, path))
        return _attempt(lambda: _import_alone(path))
    except BaseException as error:
        if isinstance(error, ImportError) and "relative import" in str(error):
            raise _RelativeImportError(str(error)) from error
        if isinstance(error, Exception) and len(inside) > 1 and _is_from_package(error, path, root):
            return _import_without_packages(inside, path, root, roots, error)
        raise _import_failure(error, path, roots) from error


def _is_free(top: str, root: str) -> bool:
    """Whether ``top`` may be imported from ``root``: it is no module of Python, torch or an earlier import."""
    if top in sys.stdlib_module_names:
        return False
    present = sys.modules.get(top)
    if present is None:
        return True
    places = [getattr(present, "__file__", None) or "", *getattr(present, "__path__", ())]
    return any(os.path.abspath(place).startswith(os.path.join(root, top)) for place in places if place)


def _import_checked(name: str, path: str) -> ModuleType:
    """Import by name, unless that name finds another file."""
    module = importlib.import_module(name)
    if module.__file__ and os.path.realpath(module.__file__) == os.path.realpath(path):
        return module
    return _import_alone(path)


def _import_alone(path: str) -> ModuleType:
    """Import a file whose name is no identifier or is taken, under a name of its own."""
    bare, _ = os.path.splitext(os.path.basename(path))
    stem = "".join(char if char.isalnum() else "_" for char in bare)
    name = f"_convlint_{stem}"
    kind = NotebookLoader if is_notebook(path) else importlib.machinery.SourceFileLoader
    loader = kind(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _is_from_package(error: BaseException, path: str, root: str) -> bool:
    """Whether ``error`` arose before the file itself began: in an ``__init__.py`` above it."""
    step = error.__traceback__
    files = []
    while step is not None:
        files.append(step.tb_frame.f_code.co_filename)
        step = step.tb_next
    return path not in files and any(
        file.endswith("__init__.py") and path.startswith(os.path.dirname(file) + os.sep) and file.startswith(root)
        for file in files
    )


def _import_without_packages(
    inside: list[str], path: str, root: str, roots: tuple[str, ...], first: BaseException
) -> ModuleType:
    """Import a file of a package whose ``__init__.py`` fails (for want of an optional package, say) without it."""
    for depth in range(1, len(inside)):
        name = ".".join(inside[:depth])
        if name not in sys.modules:
            package = ModuleType(name)
            package.__path__ = [os.path.join(root, *inside[:depth])]
            sys.modules[name] = package
    try:
        return _attempt(lambda: importlib.import_module(".".join(inside)))
    except BaseException as error:
        # The package's own error is what a user would see.
        raise _import_failure(first, path, roots) from error


def _import_failure(error: BaseException, path: str, roots: Sequence[str], what: str = "") -> LoadError:
    """The failure of an import, at the user's line that could not be executed."""
    span = blamed_span(error, roots, LIBRARIES) or (line_span(path, 1) if path else None)
    doing = f"importing {what or os.path.basename(path)}"
    if isinstance(error, AbsentError):
        failure = error.absent.failure()
        message = f"`{error.absent.title}` is needed here, and was not found"
        return LoadError(TraceFailure("import-failed", message, span, (failure.help[0], AS_SCRIPT)))
    if isinstance(error, ModuleNotFoundError) and error.name:
        project = _project_root(path) if path else os.getcwd()
        return LoadError(Absent.named(error.name, span, roots, project).failure())
    reader = (
        f"convlint reads it with Python {platform.python_version()} of {sys.executable}; choose another with `--python`"
    )
    if isinstance(error, ImportError) and "no known parent package" in str(error):
        help_ = (
            "its relative imports need the package that it was written for: check it there",
            "or name the model as package.module:callable",
        )
        return LoadError(TraceFailure("import-failed", "relative import in a file of no package", span, help_))
    if isinstance(error, SyntaxError) and error.msg and not any(words in error.msg for words in _NO_TEXT):
        return LoadError(TraceFailure("import-failed", f"syntax error: {error.msg.strip()}", span, (reader,)))
    if isinstance(error, (SyntaxError, UnicodeDecodeError)) or any(words in str(error) for words in _NO_TEXT):
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        out = "save it as UTF-8, or declare its encoding in its first line" if "codec" in text else "leave it out"
        return LoadError(TraceFailure("import-failed", f"this file is no Python: {text.strip()}", span, (out,)))
    if isinstance(error, ImportTooLongError):
        return LoadError(TraceFailure("timed-out", f"{doing} takes too long", span, (AS_SCRIPT,)))
    if isinstance(error, NotebookError):
        return LoadError(TraceFailure("import-failed", str(error), line_span(path, error.line), (error.help,)))
    out = reader if isinstance(error, ImportError) else AS_SCRIPT
    return LoadError(describe(error, "import-failed", doing, span, (out,)))


_NO_TEXT = (
    "null bytes",
    "unicode error",
    "codec can't decode",
    "encoding problem",
    "unknown encoding",
    "invalid non-printable",
)
"""Words by which Python says that a file is not its source at all."""


def _package_root(path: str) -> str:
    """The directory that holds the outermost package of ``path``, or its own directory."""
    directory = os.path.dirname(path)
    while overlay.is_file(os.path.join(directory, "__init__.py")):
        parent = os.path.dirname(directory)
        if parent == directory:
            break
        directory = parent
    return directory


def _project_root(path: str) -> str:
    """The nearest directory above ``path`` that is marked as a project's, else the working one, else its own."""
    package = _package_root(path)
    directory = package
    while True:
        if any(os.path.exists(os.path.join(directory, mark)) for mark in _ROOT_MARKS):
            return directory
        parent = os.path.dirname(directory)
        if parent == directory:
            break
        directory = parent
    here = os.getcwd()
    return here if (package + os.sep).startswith(here.rstrip(os.sep) + os.sep) else package


def _ancestors(directory: str, last: str) -> list[str]:
    """``directory`` and its parents up to ``last``, or to the file system's root."""
    found = [directory]
    while found[-1] != last and os.path.dirname(found[-1]) != found[-1]:
        found.append(os.path.dirname(found[-1]))
    return found


def _extend_search_path(directories: Sequence[str]) -> None:
    """Put the directories that exist first on ``sys.path``, in this order."""
    wanted = [directory for directory in dict.fromkeys(directories) if os.path.isdir(directory)]
    sys.path[:] = [*wanted, *(entry for entry in sys.path if entry not in wanted)]
    importlib.invalidate_caches()


def _as_roots(*directories: str) -> tuple[str, ...]:
    """Directories as prefixes of the paths below them."""
    return tuple(dict.fromkeys(os.path.join(os.path.abspath(directory), "") for directory in directories))


def _package_directories(top: str) -> tuple[str, ...]:
    """Where the package ``top`` lies; nothing for a single file or what cannot be found."""
    module = sys.modules.get(top)
    if module is not None:
        return _as_roots(*getattr(module, "__path__", ()))
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return ()
    return _as_roots(*(spec.submodule_search_locations or ())) if spec else ()


def _attempt(run: Callable[[], ModuleType]) -> ModuleType:
    """Import, and once more where torchvision refuses because its compiled operators are not those of this torch.

    They compute boxes, which have no part in the sizes of a model; declaring their schemas is all its import needs.
    """
    try:
        return run()
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    declare_torchvision_operators()
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    return run()


def import_package(name: str) -> None:
    """Import an installed package; raises what its import raises."""
    _attempt(lambda: importlib.import_module(name))


def declare_torchvision_operators() -> None:
    """Declare the operators that torchvision's import registers meta kernels for, where its library is missing."""
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for operator in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, operator):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    _libraries.append(library)


_libraries: list[torch.library.Library] = []
"""A library undeclares its operators when it is collected."""
