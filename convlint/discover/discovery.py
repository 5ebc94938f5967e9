"""From paths to models: the files, their classes, and what is known of each from the files of their project."""

import os
from collections.abc import Iterable, Iterator, Sequence

from convlint.diagnostics import Span
from convlint.discover.attributes import lacks_attributes
from convlint.discover.dependents import dependents
from convlint.discover.describing import Describer
from convlint.discover.files import EVERYWHERE, FileFilter, is_below, mentions_models, python_files
from convlint.discover.kinds import Kinds
from convlint.discover.model import DiscoveredModel, Discovery, UnreadableFile
from convlint.discover.module import ModuleSyntax, UnparsableError, parse_module
from convlint.discover.project import Definition, Project
from convlint.discover.reader import Context
from convlint.discover.references import References
from convlint.discover.related import related
from convlint.discover.surroundings import Surroundings, surroundings
from convlint.filesystem import why_refused
from convlint.source.notebook import is_notebook, read_notebook
from convlint.source.text import read_content
from convlint.source.unsaved import held_content


def affected(paths: Iterable[str], files: FileFilter = EVERYWHERE) -> Discovery:
    """The models of the working directory that depend on a file of ``paths``, or are built as one of them shows.

    They are what `discover` finds in all of the working directory, with what all of its files tell about them.
    """
    paths = tuple(paths)
    project = Project()
    whole = _discovered((*paths, os.curdir), files, project)
    modules = [module for path in whole.files if (module := project.module(path)) is not None]
    depending = dependents(modules, python_files(paths, files=files), project)
    named = [os.path.realpath(path) for path in paths]

    def is_affected(model: DiscoveredModel) -> bool:
        return not depending.isdisjoint(map(os.path.realpath, (model.path, model.span.path, *model.shown_in)))

    def is_named(file: UnreadableFile) -> bool:
        return any(is_below(os.path.realpath(file.span.path), path) for path in named)

    return Discovery(
        models=tuple(filter(is_affected, whole.models)),
        unreadable=tuple(filter(is_named, whole.unreadable)),  # what the others import is not known
        files=tuple(path for path in whole.files if os.path.realpath(path) in depending),
        unsearched=whole.unsearched,
    )


def discover(paths: Iterable[str], files: FileFilter = EVERYWHERE) -> Discovery:
    """The models in the files and directories ``paths``, and what the files of their project tell about them.

    Runs no user code.  ``files`` says what is left out of directories.  Of files that are no Python, those that do not
    mention torch are told of where they are named.
    """
    return _discovered(paths, files, Project())


def discover_named(path: str, qualname: str, files: FileFilter = EVERYWHERE) -> tuple[DiscoveredModel, ...]:
    """What the files of the project tell about a class that a file defines or imports: the best known way to build it
    first.
    """
    project = Project()
    module = project.module(path)
    meaning = project.resolve(module, qualname) if module is not None else None
    if not isinstance(meaning, Definition):
        return ()
    found = discover([meaning.module.path], files)
    return tuple(each for each in found.models if each.class_name == meaning.qualname)


def _discovered(paths: Iterable[str], files: FileFilter, project: Project) -> Discovery:
    paths = tuple(paths)
    modules: list[ModuleSyntax] = []
    unreadable: list[UnreadableFile] = []
    without_models: dict[str, bytes] = {}
    # What an editor has open is nobody's question: of that, only files with models are spoken of.
    named = {os.path.realpath(path) for path in paths if held_content(path) is None}
    for path in python_files(paths, lambda error: unreadable.append(_closed(str(error.filename), error)), files):
        try:
            data = read_content(path)
            has_models = mentions_models(data)
            if not has_models and os.path.realpath(path) not in named:
                without_models[path] = data
                continue
            module = parse_module(path, data)
            unreadable.extend(_cells_without_python(path, data))
            if not has_models:
                without_models[path] = data
                continue
        except OSError as error:
            unreadable.append(_closed(path, error))
            continue
        except UnparsableError as error:
            unreadable.append(UnreadableFile(error.span, str(error), error.help))
            continue
        project.add(module)
        modules.append(module)
    kinds = Kinds(project)
    context = Context(project, kinds, References(project, kinds))
    around = Surroundings({})
    if any(_models(module, kinds) for module in modules):
        known = {os.path.realpath(path) for path in (*without_models, *(each.path for each in modules))}
        around = surroundings(paths, files, known)
    others = related(modules, {**without_models, **around.contents}, context)
    everything = sorted((*modules, *others.modules), key=lambda module: os.path.realpath(module.path))
    models = _whole([found for module in everything for found in _models(module, kinds)], everything, kinds)
    described = Describer(context, everything, models).models(frozenset(modules))
    is_searched = around.is_whole and others.is_whole
    return Discovery(
        models=tuple(described),
        unreadable=tuple(unreadable),
        files=tuple(module.path for module in modules),
        unsearched="" if is_searched else around.root or os.getcwd(),
    )


def _cells_without_python(path: str, data: bytes) -> Iterator[UnreadableFile]:
    """The cells of a notebook that could not be parsed; the others make a module all the same."""
    for cell in read_notebook(data).cells if is_notebook(path) else ():
        if cell.fault is not None:
            line, column = cell.fault.line, cell.fault.column
            yield UnreadableFile(Span(path, line, column, line, column + 1), cell.fault.message)


def _closed(path: str, error: OSError) -> UnreadableFile:
    """A file or directory that the system does not open."""
    what, out = ("directory", "list it") if os.path.isdir(path) else ("file", "read it")
    help_ = f"allow convlint's user to {out}, or name only the files and directories that are meant"
    return UnreadableFile(Span(path, 1, 1, 1, 1), f"this {what} cannot be read: {why_refused(error)}", (help_,))


def _models(module: ModuleSyntax, kinds: Kinds) -> list[Definition]:
    return [each for name in module.classes if kinds.is_model(each := Definition(module, name))]


def _whole(models: Sequence[Definition], modules: Iterable[ModuleSyntax], kinds: Kinds) -> list[Definition]:
    """The models without those that only their subclasses make whole."""
    subclassed = {
        base.key
        for module in modules
        for qualname in module.classes
        for base in kinds.bases(Definition(module, qualname))
        if isinstance(base, Definition)
    }
    return [each for each in models if each.key not in subclassed or not lacks_attributes(each, kinds)]
