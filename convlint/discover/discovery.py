"""From paths to models: the files, their classes, and what is known of each from the files themselves."""

import ast
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from convlint.diagnostics import Span
from convlint.discover.annotations import annotated_inputs
from convlint.discover.attributes import lacks_attributes
from convlint.discover.calls import Examples
from convlint.discover.dependents import dependents
from convlint.discover.examples import Context, read_examples
from convlint.discover.files import EVERYWHERE, FileFilter, is_below, mentions_models, python_files
from convlint.discover.kinds import Kinds
from convlint.discover.model import DiscoveredModel, Discovery, UnreadableFile
from convlint.discover.module import Function, ModuleSyntax, UnparsableError, dotted, parse_module
from convlint.discover.packages import packages_of
from convlint.discover.project import Definition, Project
from convlint.discover.references import Key, References, parts_by_name, roots
from convlint.discover.shapes import symbolic_inputs
from convlint.discover.usages import Usage
from convlint.discover.values import Construction, Place
from convlint.filesystem import why_refused
from convlint.source.notebook import is_notebook, line_in_words, read_notebook
from convlint.source.text import read_content

_AXES = re.compile(r"[a-z_]([123])d$")
"""The spatial rank in the name of a layer or function: ``Conv2d``, ``avg_pool3d``."""

_LONG_ARGUMENT = 40
"""Characters of an argument beyond which it does not help to tell one variant from another."""

_MOST_VARIANTS = 4
"""Models of one class that differ in what they are built of: ResNets of basic and of bottleneck blocks."""


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
    )


def discover(paths: Iterable[str], files: FileFilter = EVERYWHERE) -> Discovery:
    """The models in the files and directories ``paths``, and what these files tell about them.  Runs no user code.

    ``files`` says what is left out of directories.
    """
    return _discovered(paths, files, Project())


def _discovered(paths: Iterable[str], files: FileFilter, project: Project) -> Discovery:
    modules: list[ModuleSyntax] = []
    unreadable: list[UnreadableFile] = []
    for path in python_files(paths, lambda error: unreadable.append(_closed(str(error.filename), error)), files):
        try:
            data = read_content(path)
            if not mentions_models(data):
                continue
            module = parse_module(path, data)
            unreadable.extend(_cells_without_python(path, data))
        except OSError as error:
            unreadable.append(_closed(path, error))
            continue
        except UnparsableError as error:
            unreadable.append(UnreadableFile(error.span, str(error), error.help))
            continue
        project.add(module)
        modules.append(module)
    kinds = Kinds(project)
    models = _whole([found for module in modules for found in _models(module, kinds)], modules, kinds)
    described = _Describer(project, kinds, modules, models).models()
    return Discovery(tuple(described), tuple(unreadable), tuple(module.path for module in modules))


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


def _models(module: ModuleSyntax, kinds: Kinds) -> Iterator[Definition]:
    for qualname in module.classes:
        definition = Definition(module, qualname)
        if kinds.is_model(definition):
            yield definition


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


@dataclass(slots=True)
class _Known:
    """What is known of building one model."""

    target: Definition
    arguments: tuple[tuple[str, str], ...]
    source: str
    usage: Usage | None
    variant: str = ""
    place: Place | None = None
    """Where it is built."""

    @property
    def shown_in(self) -> tuple[str, ...]:
        """The files that show how it is built and used."""
        places = (self.place, self.usage.place if self.usage else None)
        return tuple(dict.fromkeys(place.path for place in places if place is not None))


class _Describer:
    """Puts together what the files say about each model."""

    def __init__(
        self, project: Project, kinds: Kinds, modules: Sequence[ModuleSyntax], models: Sequence[Definition]
    ) -> None:
        self._project = project
        self._kinds = kinds
        self._references = References(project, kinds)
        self._models = models
        self._built: dict[Key, list[Construction]] = {}
        self._used: dict[Key, list[Usage]] = {}
        context = Context(project, kinds, self._references)
        for module in modules:
            self._add(read_examples(module, context))
        parts = {part.key for built in self._built.values() for each in built for part in self._parts(each)}
        parts |= {key for module in modules for key in parts_by_name(module, project, kinds)}
        self._roots = roots(models, self._references, kinds, parts)

    def _add(self, examples: Examples) -> None:
        for each in examples.constructions:
            self._built.setdefault(each.model.key, []).append(each)
        for usage in examples.usages:
            self._used.setdefault(usage.construction.model.key, []).append(usage)

    def _parts(self, construction: Construction) -> Iterator[Definition]:
        """The models that a call is given to build: ``BasicBlock`` in ``ResNet(BasicBlock, [2, 2, 2, 2])``."""
        module = construction.target.module
        if construction.target.function is not None:
            mentioned = self._references.direct(construction.target)
            yield from (each for each in mentioned if each != construction.model and self._kinds.is_model(each))
        for _, text in construction.arguments:
            for node in ast.walk(ast.parse(text, mode="eval")):
                name = dotted(node) if isinstance(node, (ast.Name, ast.Attribute)) else None
                meaning = self._project.resolve(module, name) if name else None
                if isinstance(meaning, Definition) and self._kinds.is_model(meaning):
                    yield meaning

    def models(self) -> list[DiscoveredModel]:
        """Every model, in the order of files and lines."""
        return [each for definition in self._models for each in self._described(definition)]

    def _described(self, definition: Definition) -> Iterator[DiscoveredModel]:
        syntax = definition.class_syntax
        assert syntax is not None
        is_root = definition.key in self._roots
        for known in self._ways(definition) if is_root else self._ways(definition)[:1]:
            model = DiscoveredModel(
                path=known.target.module.path,
                qualname=known.target.qualname,
                class_name=syntax.qualname,
                span=definition.module.source.name_span(syntax.node),
                is_root=is_root,
                last_line=syntax.node.end_lineno or 0,
                arguments=known.arguments,
                arguments_source=known.source,
                packages=packages_of(known.target.module, self._project),
                variant=known.variant,
                shown_in=known.shown_in,
            )
            yield self._with_inputs(model, definition, known)

    def _ways(self, definition: Definition) -> list[_Known]:
        """How the files build a model: the best known way, then those which build it of other parts."""
        # A function that lacks arguments is no better known than the class itself.
        built = [each for each in self._built.get(definition.key, ()) if each.is_complete or each.target == definition]
        built.sort(key=lambda each: self._merit(definition, each))
        if not built:
            return [_Known(definition, (), "", self._best_usage(definition, None))]
        ways: list[_Known] = []
        covered: set[Key] = set()
        for each in built:
            parts = {part.key for part in self._parts(each)}
            if ways and (not each.is_complete or parts <= covered):
                continue
            covered |= parts
            others = [pair for pair in each.arguments if ways and pair not in ways[0].arguments]
            short = (f"{key}={text}" for key, text in others if len(text) < _LONG_ARGUMENT)
            ways.append(
                _Known(
                    each.target,
                    each.arguments,
                    _in_words(each.place, definition) if each.arguments or each.target != definition else "",
                    self._best_usage(definition, each),
                    (", ".join(short) or each.target.qualname) if ways else "",
                    each.place,
                )
            )
        return ways[:_MOST_VARIANTS]

    def _merit(self, definition: Definition, construction: Construction) -> tuple[bool, bool, bool, Place]:
        """How good an example a construction is, the best the least."""
        used = any(usage.construction is construction for usage in self._used.get(definition.key, ()))
        elsewhere = construction.place.path != definition.module.path
        return not construction.is_complete, elsewhere, not used, construction.place

    def _best_usage(self, definition: Definition, construction: Construction | None) -> Usage | None:
        """The call that shows the inputs best: of the same construction, complete, in the model's file, the best."""
        usages = [each for each in self._used.get(definition.key, ()) if each.is_complete]
        same = [each for each in usages if construction and each.construction.arguments == construction.arguments]

        def merit(usage: Usage) -> tuple[bool, Place]:
            return usage.place.path != definition.module.path, usage.place

        return min(same or usages, key=merit, default=None)

    def _with_inputs(self, model: DiscoveredModel, definition: Definition, known: _Known) -> DiscoveredModel:
        """The model with the inputs that its annotations or an example tell."""
        model = with_annotations(model, definition, self._kinds)
        if model.inputs or known.usage is None:
            return model
        inputs, nominal = symbolic_inputs(known.usage.inputs, self._axes(definition))
        source = _in_words(known.usage.place, definition)
        return replace(model, inputs=inputs, inputs_source=source, nominal=nominal)

    def _axes(self, definition: Definition) -> frozenset[int]:
        """The spatial ranks of the layers that a model names, its parts included."""
        nodes = [definition.node, *(each.node for each in self._references.reached(definition).values())]
        names = (
            each.attr if isinstance(each, ast.Attribute) else each.id
            for node in nodes
            for each in ast.walk(node)
            if isinstance(each, (ast.Attribute, ast.Name))
        )
        return frozenset(int(found[1]) for name in names if (found := _AXES.search(name)))


def with_annotations(model: DiscoveredModel, definition: Definition, kinds: Kinds) -> DiscoveredModel:
    """The model with the inputs that the annotations of its ``forward`` tell."""
    forward = kinds.forward(definition)
    if isinstance(forward, bool):
        return model
    annotated = annotated_inputs(forward.node, _numbers(kinds.constructor(definition), model.arguments))
    return model if annotated is None else replace(model, inputs=annotated, inputs_source="the annotations of forward")


def _numbers(constructor: Function | None, arguments: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The integers that a constructor is called with, by parameter, defaults included."""
    found: dict[str, int] = {}
    if constructor is not None:
        positional = [*constructor.args.posonlyargs, *constructor.args.args]
        for parameter, default in zip(reversed(positional), reversed(constructor.args.defaults), strict=False):
            value = getattr(default, "value", None)
            if isinstance(value, int):
                found[parameter.arg] = value
    return found | {name: int(text) for name, text in arguments if text.isdecimal()}


def _in_words(place: Place, definition: Definition) -> str:
    """Where something was seen, for a reader of the model's file."""
    if place.path == definition.module.path:
        return f"{place.what}, {line_in_words(place.path, place.line)}"
    if is_notebook(place.path):
        return f"{place.what}, {line_in_words(place.path, place.line)}, {os.path.relpath(place.path)}"
    return f"{place.what}, {os.path.relpath(place.path)}:{place.line}"
