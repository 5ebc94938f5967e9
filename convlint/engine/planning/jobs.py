"""From targets and paths to jobs: which models to trace, each with what is known of it before."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from convlint.diagnostics import Span
from convlint.discover import DiscoveredModel, Discovery, UnreadableFile, affected, discover
from convlint.discover.files import FileFilter, python_files
from convlint.engine.places import relative
from convlint.engine.planning.comments import Comments
from convlint.engine.planning.declared import Declared
from convlint.engine.planning.directed import Directed
from convlint.engine.planning.job import Job, job_of_discovered
from convlint.engine.planning.named import job_of
from convlint.report import InsideReport, ModelReport, Problem
from convlint.request import NotPythonError, Options, Target, UsageError
from convlint.request.changed import changed_files
from convlint.settings import DEFAULTS, Settings
from convlint.source.directives import Mistake
from convlint.source.notebook import NotebookError, is_notebook, read_notebook
from convlint.source.text import read_content

_DEFAULTS = Options()


@dataclass(frozen=True, slots=True)
class Hosted:
    """A model of a file that nobody asked for, which builds models of ``files``: only what is found there is told.

    Where it cannot be followed, these are looked at ``alone``.
    """

    job: Job
    files: frozenset[str]
    alone: tuple[Job, ...]


@dataclass(slots=True)
class Plan:
    """What there is to do and what is left out, the files that are no Python, and what could not be understood.

    ``files`` are those that were asked for as a whole, ``models`` the classes in them, ``others`` the files of single
    models.  ``hosts`` are models of further files, and ``inside`` those of the models that they build.  ``mistakes``
    are what cannot be followed of the ``comments`` at their classes.
    """

    jobs: list[Job] = field(default_factory=list)
    hosts: list[Hosted] = field(default_factory=list)
    inside: list[InsideReport] = field(default_factory=list)
    left_out: list[ModelReport] = field(default_factory=list)
    files: tuple[str, ...] = ()
    models: tuple[DiscoveredModel, ...] = ()
    others: list[str] = field(default_factory=list)
    comments: Comments = field(default_factory=Comments)
    mistakes: tuple[Mistake, ...] = ()
    unreadable: tuple[UnreadableFile, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def plan(targets: Sequence[str], options: Options, settings: Settings = DEFAULTS) -> Plan:
    """The models that ``targets`` mean."""
    found = Plan()
    declared = Declared(settings)
    directed = Directed(found.comments)
    paths: list[str] = []
    for text in dict.fromkeys(targets):
        try:
            target = Target.read(text)
            if isinstance(target, Target):
                found.jobs.append(job_of(target, options, settings.files, declared, directed))
                if target.is_file:
                    found.others.append(target.source)
            else:
                options.check_path(text)
                paths.append(text)
        except NotPythonError as error:
            # Among files that changed are others, on which models may depend in ways that nobody can tell.
            (found.warnings if options.affected else found.problems).append(error.problem)
        except UsageError as error:
            found.problems.append(error.problem)
    if paths:
        discovery = (affected if options.affected else discover)(paths, settings.files)
        found.unreadable = discovery.unreadable
        found.files, found.models = discovery.files, discovery.models
        models = directed.described(found.models)
        for path in found.files:
            directed.look_for_models(path, found.models)
        found.warnings.extend(_unused_notebooks(paths, discovery))
        if not options.affected:
            found.problems.extend(_without_models(paths, discovery, settings))
        _add_discovered(found, (model for model in models if model.is_root), declared)
        _add_unmet(found, found.files if options.affected else paths, settings.files, declared, directed)
        _add_hosts(found, [model for model in models if model.inside], declared, directed)
        if discovery.unsearched:
            found.warnings.append(_unsearched(discovery.unsearched))
    found.mistakes = directed.mistakes
    return found


def files(targets: Sequence[str], options: Options = _DEFAULTS, settings: Settings = DEFAULTS) -> Iterator[str]:
    """The files that a check of ``targets`` looks at; raises UsageError for what is neither a path nor a model."""
    read = [each for text in targets if (each := _read(text, options)) is not None]
    named = [each.source for each in read if isinstance(each, Target) and each.is_file]
    paths = [str(each) for each in read if not isinstance(each, Target)]
    depending = affected(paths, settings.files).files if options.affected else ()
    below = python_files((*paths, *depending), files=settings.files)
    return chain(named, (path for path in below if path not in named))


def changed(settings: Settings) -> tuple[str, ...]:
    """The files that git has otherwise than the last commit, without those that the settings leave out.

    Raises UsageError where git does not tell.
    """
    files = settings.files
    nested = tuple(replace(each, force_exclude=True) for each in files.nested)
    return tuple(python_files(changed_files(), files=replace(files, force_exclude=True, nested=nested)))


def _read(text: str, options: Options) -> Target | Path | None:
    """What was named; None for a file that only changed, and is no Python.  Raises UsageError."""
    try:
        return Target.read(text)
    except NotPythonError:
        if options.affected:
            return None
        raise


def _add_discovered(found: Plan, models: Iterable[DiscoveredModel], declared: Declared) -> None:
    for model in models:
        try:
            for each in declared.described([model]):
                if isinstance(each, ModelReport):
                    found.left_out.append(each)
                else:
                    found.jobs.append(replace(job_of_discovered(each), places=declared.places(each)))
        except UsageError as error:
            found.problems.append(error.problem)


def _add_hosts(found: Plan, models: Sequence[DiscoveredModel], declared: Declared, directed: Directed) -> None:
    """The models of other files that ``models`` are inside of, each once with all of these."""
    hosts: dict[Span, DiscoveredModel] = {}
    built: dict[Span, list[DiscoveredModel]] = {}
    for model in models:
        found.inside.append(InsideReport(model.name, relative(model.path), model.span.line, relative(model.inside)))
        if model.host is not None:
            hosts.setdefault(model.host.span, model.host)
            built.setdefault(model.host.span, []).append(model)
    for span, host in hosts.items():
        files = frozenset(os.path.realpath(each.span.path) for each in built[span])
        for each in declared.described(directed.described([host])):
            if isinstance(each, DiscoveredModel):
                found.hosts.append(Hosted(job_of_discovered(each), files, tuple(map(job_of_discovered, built[span]))))


def _unsearched(root: str) -> Problem:
    message = f"not all files in {relative(root)} were looked through for what builds the models: there are too many"
    return Problem(message, help=("leave out those that hold none: `extend-exclude` in the settings",))


def _add_unmet(
    found: Plan, paths: Sequence[str], files: FileFilter, declared: Declared, directed: Directed
) -> None:
    for each in declared.unmet(paths):
        if isinstance(each, Problem):
            found.warnings.append(each)
            continue
        try:
            found.jobs.append(job_of(each, Options(), files, declared, directed))
        except UsageError as error:
            found.problems.append(error.problem)


def _unused_notebooks(paths: Iterable[str], discovery: Discovery) -> Iterator[Problem]:
    """The notebooks that were named and have nothing to look at, where nothing else says so."""
    reported = {each.span.path for each in discovery.unreadable}
    for path in paths:
        if not is_notebook(path) or path in reported:
            continue
        try:
            language = read_notebook(read_content(path)).language
        except (OSError, NotebookError):
            continue  # a directory, or one that is left out
        else:
            if language != "python":
                message = f"this notebook is in {language}: nothing of it is checked"
                yield Problem(message, "", path, 0, len(path))


def _without_models(paths: Iterable[str], discovery: Discovery, settings: Settings) -> Iterable[Problem]:
    """The directories that were named and have no model."""
    files = [each.path for each in discovery.models] + [each.span.path for each in discovery.unreadable]
    seen = [Path(each).resolve() for each in files]
    for path in paths:
        where = Path(path).resolve()
        if where.is_dir() and not any(each.is_relative_to(where) for each in seen):
            message, help_ = _why_without_models(path, settings)
            yield Problem(message, "", path, 0, len(path), (help_,))


def _why_without_models(path: str, settings: Settings) -> tuple[str, str]:
    """Why nothing was found in a directory, and the way out."""
    if any(python_files([path], files=settings.files)):
        out = "name a directory or file with a class of torch.nn.Module, or one model: path/file.py:Class"
        return "there is no model in this directory", out
    everything = FileFilter(exclude=(), respect_gitignore=False)
    hidden = next(python_files([path], files=everything), None)
    if hidden is None:
        return "there is no Python file in this directory", "name a directory or file with models"
    out = f"name a file, such as {hidden}, or see `exclude` and `respect-gitignore` in `convlint config`"
    return "every Python file in this directory is left out, by the settings or by git", out
