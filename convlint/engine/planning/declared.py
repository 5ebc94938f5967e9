"""What the settings say of single models, put to the models of a run."""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from convlint.discover import DiscoveredModel
from convlint.engine.places import relative
from convlint.engine.planning.directed import fit
from convlint.report import ModelReport, Problem
from convlint.request import Options, Target, UsageError, check_conditions
from convlint.settings import ModelSettings, Settings
from convlint.trace.protocol import InputText

_SOURCE = "the settings"


class Declared:
    """The models that the settings speak of, and which of them were met."""

    def __init__(self, settings: Settings) -> None:
        self._entries = tuple(_entries(settings))
        self._met: set[ModelSettings] = set()
        self._built: set[ModelSettings] = set()

    def of(self, source: str, names: Collection[str]) -> ModelSettings | None:
        """What is said of the class or function of one of these ``names`` in a file or module."""
        for each in self._entries:
            if each.said.qualname in names and each.place == _place(source, each.root):
                self._met.add(each.said)
                return each.said
        return None

    def places(self, model: DiscoveredModel) -> tuple[tuple[str, Problem], ...]:
        """Where the settings have what they say of a model (see `Job.places`)."""
        said = self.of(model.path, {model.class_name, model.qualname})
        return said.places if said is not None else ()

    def described(self, models: Iterable[DiscoveredModel]) -> Iterator[DiscoveredModel | ModelReport]:
        """The models as the settings have them; a report for each that they leave out.  Raises UsageError."""
        for model in models:
            said = self.of(model.path, {model.class_name, model.qualname})
            if said is None:
                yield model
            elif said.skip:
                reason = f"left out by {said.origin}"
                yield ModelReport(model.name, os.path.relpath(model.path), model.span.line, "skipped", reason)
            elif not said.arguments:
                yield _with_inputs(model, said)
            elif said not in self._built:
                # Of the several ways in which the files build a class, the one that is written down is left.
                self._built.add(said)
                built = replace(
                    model, qualname=said.qualname, arguments=said.arguments, arguments_source=_SOURCE, variant=""
                )
                yield _with_inputs(built, said)

    def unmet(self, paths: Iterable[str]) -> Iterator[Target | Problem]:
        """What else is said of models at or below ``paths``: models that discovery left to others, or none at all."""
        looked_at = [os.path.realpath(path) for path in paths]
        for each in self._entries:
            said, place = each.said, each.place
            if said in self._met or not any(Path(place).is_relative_to(path) for path in looked_at):
                continue
            is_file = os.path.isfile(place) or place.endswith(".py")
            source = relative(place) if is_file else said.source
            try:
                target = Target.read(f"{source}:{said.qualname}")
            except UsageError as error:
                yield _in_vain(said, f": {error.problem.message}", error.problem.help)
                continue
            assert isinstance(target, Target)
            yield target if target.is_file else _in_vain(said)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the settings below ``root`` say of one model, and the real path of its file."""

    said: ModelSettings
    root: str
    place: str


def _entries(settings: Settings) -> Iterator[_Entry]:
    """What is said of all models, the nearest settings first."""
    for scope in (*sorted(settings.nested, key=lambda each: -len(each.root)), settings):
        root = scope.root or os.getcwd()
        yield from (_Entry(said, root, _place(said.source, root)) for said in scope.models)


def _place(source: str, root: str) -> str:
    """The real path of a file, or of the module's file where it is one of the project; else one below the root."""
    if source.endswith((".py", ".ipynb")) or os.sep in source:
        return os.path.realpath(source)
    relative = source.replace(".", os.sep)
    for base in (root, os.path.join(root, "src")):
        for ending in (".py", f"{os.sep}__init__.py"):
            path = os.path.join(base, relative) + ending
            if os.path.isfile(path):
                return os.path.realpath(path)
    return os.path.join(os.path.realpath(root), source)


def completed(options: Options, said: ModelSettings | None) -> tuple[Options, tuple[str, ...]]:
    """The options with what the settings say where they are silent, and a line for each thing that is from there."""
    if said is None:
        return options, ()
    assumed = []
    if said.arguments and not options.arguments:
        options = replace(options, arguments=said.arguments)
        assumed.append(f"arguments from {_SOURCE}")
    if said.inputs and not options.inputs:
        check_where(options.where, said.inputs, "")
        options = replace(options, inputs=said.inputs)
        assumed.append(f"input from {_SOURCE}")
    if said.where and not options.where:
        check_where(said.where, options.inputs, said.origin)
        options = replace(options, where=said.where)
        assumed.append(f"sizes from {_SOURCE}")
    return options, tuple(assumed)


def check_where(where: tuple[str, ...], inputs: tuple[InputText, ...], origin: str) -> None:
    """That conditions from the settings speak of sizes of ``inputs``; raises UsageError with their place."""
    try:
        check_conditions(where, inputs)
    except UsageError as error:
        if not origin:
            raise
        problem = error.problem
        raise UsageError(replace(problem, message=f"{origin}: {problem.message}", source="")) from error


def _in_vain(said: ModelSettings, why: str = "", help_: tuple[str, ...] = ()) -> Problem:
    return Problem(f"{said.origin}: no model of this run is `{said.key}`{why}", help=help_)


def _with_inputs(model: DiscoveredModel, said: ModelSettings) -> DiscoveredModel:
    if said.inputs:
        model = replace(model, inputs=said.inputs, inputs_source=_SOURCE, nominal={})
        if not fit(model.where, model.inputs):
            model = replace(model, where=(), where_source="")
    if said.where:
        check_where(said.where, model.inputs, said.origin)
        model = replace(model, where=said.where, where_source=_SOURCE)
    return model
