"""What the files say about each model, put together: how it is built, with which inputs, inside of which others."""

import ast
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from convlint.discover.annotations import annotated_inputs
from convlint.discover.arguments import Examples
from convlint.discover.examples import read_examples, read_parts
from convlint.discover.kinds import Kinds
from convlint.discover.model import DiscoveredModel
from convlint.discover.module import Function, ModuleSyntax, dotted
from convlint.discover.packages import packages_of
from convlint.discover.project import Definition
from convlint.discover.reader import Context
from convlint.discover.references import Key, parts_by_name, roots
from convlint.discover.shapes import symbolic_inputs
from convlint.discover.usages import Usage
from convlint.discover.values import Construction, Place
from convlint.source.notebook import is_notebook, line_in_words

_AXES = re.compile(r"[a-z_]([123])d$")
"""The spatial rank in the name of a layer or function: ``Conv2d``, ``avg_pool3d``."""

_LONG_ARGUMENT = 40
"""Characters of an argument beyond which it does not help to tell one variant from another."""

_MOST_VARIANTS = 4
"""Models of one class that differ in what they are built of: ResNets of basic and of bottleneck blocks."""


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


class Describer:
    """Puts together what ``modules`` say about each of ``models``, which they define."""

    def __init__(self, context: Context, modules: Sequence[ModuleSyntax], models: Sequence[Definition]) -> None:
        self._context = context
        self._project = context.project
        self._kinds = context.kinds
        self._references = context.references
        self._models = models
        self._definitions = {each.key: each for each in models}
        self._owners: dict[Key, list[Definition]] | None = None
        self._best: dict[Key, _Known] = {}
        self._inside_of: dict[Key, frozenset[Key]] = {}
        self._built: dict[Key, list[Construction]] = {}
        self._used: dict[Key, list[Usage]] = {}
        for module in modules:
            self._add(read_examples(module, context))
        # Models that are given to others as their parts: to which one, or the file that says so.
        self._given: dict[Key, Definition | str] = {
            key: module.path for module in modules for key in parts_by_name(module, self._project, self._kinds)
        }
        for each in chain.from_iterable(self._built.values()):
            self._given.update((part.key, each.model) for part in self._parts(each))
        self._roots = roots(models, self._references, self._kinds, self._given)

    def _add(self, examples: Examples) -> None:
        for each in examples.constructions:
            self._built.setdefault(each.model.key, []).append(each)
        for usage in examples.usages:
            self._used.setdefault(usage.construction.model.key, []).append(usage)

    def _parts(self, construction: Construction) -> Iterator[Definition]:
        """The models that a call is given to build: ``BasicBlock`` in ``ResNet(BasicBlock, [2, 2, 2, 2])``."""
        yield from construction.parts
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

    def models(self, asked: Collection[ModuleSyntax]) -> list[DiscoveredModel]:
        """Every model of the files ``asked``, in the order of files and lines."""
        return [each for model in self._models if model.module in asked for each in self._described(model, asked)]

    def _described(self, definition: Definition, asked: Collection[ModuleSyntax]) -> Iterator[DiscoveredModel]:
        if definition.key in self._roots:
            yield from (self._built_so(definition, known) for known in self._ways(definition))
            return
        model = replace(self._built_so(definition, self._best_known(definition)), is_root=False)
        host = self._host(definition, asked)
        if isinstance(host, Definition):
            whole = self._built_so(host, self._ways(host)[0])
            model = replace(model, host=whole, inside=whole.span.path)
        yield replace(model, inside=host) if isinstance(host, str) else model

    def _host(self, definition: Definition, asked: Collection[ModuleSyntax]) -> Definition | str | None:
        """The root that a model is inside of, or the file that makes it a part of one, if that is in no file ``asked``.

        The one that is nearest to it: in its directory, the first.
        """
        hosts = [each for each in self._models if each.key in self._roots and definition.key in self._inside(each)]
        if not hosts:
            given = self._given.get(definition.key)
            module = self._project.module(given) if isinstance(given, str) else given.module if given else None
            return given if module is not None and module not in asked else None
        if any(each.module in asked for each in hosts):
            return None
        here = os.path.dirname(os.path.abspath(definition.module.path))
        return min(hosts, key=lambda each: os.path.dirname(os.path.abspath(each.module.path)) != here)

    def _inside(self, root: Definition) -> frozenset[Key]:
        """The models that a root builds, itself or through others, and those that it is given."""
        if root.key in self._inside_of:
            return self._inside_of[root.key]
        found = {root.key, *self._references.reached(root)}
        given = {key for key, whole in self._given.items() if isinstance(whole, Definition) and whole.key in found}
        parts = (self._definitions[key] for key in given if key in self._definitions)
        self._inside_of[root.key] = frozenset(found.union(given, *map(self._references.reached, parts)))
        return self._inside_of[root.key]

    def _built_so(self, definition: Definition, known: _Known) -> DiscoveredModel:
        """A model as one way of building it makes it."""
        syntax = definition.class_syntax
        assert syntax is not None
        model = DiscoveredModel(
            path=known.target.module.path,
            qualname=known.target.qualname,
            class_name=syntax.qualname,
            span=definition.module.source.name_span(syntax.node),
            is_root=True,
            last_line=syntax.node.end_lineno or 0,
            arguments=known.arguments,
            arguments_source=known.source,
            packages=packages_of(known.target.module, self._project),
            variant=known.variant,
            shown_in=known.shown_in,
        )
        return self._with_inputs(model, definition, known)

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

    def _best_known(self, definition: Definition) -> _Known:
        """The best known way to build a model: as scripts and tests do, else as the first model that builds it does."""
        if definition.key not in self._best:
            self._best[definition.key] = self._ways(definition)[0]  # what models say that build each other
            if not self._best[definition.key].source and definition.key not in self._roots:
                owners = self._builders().get(definition.key, ())
                built = next(filter(None, (self._as_part(definition, each) for each in owners)), None)
                self._best[definition.key] = built or self._best[definition.key]
        return self._best[definition.key]

    def _builders(self) -> Mapping[Key, list[Definition]]:
        """The models that speak of each model."""
        if self._owners is None:
            self._owners = {}
            for owner in self._models:
                for each in self._references.direct(owner):
                    if each.key != owner.key:
                        self._owners.setdefault(each.key, []).append(owner)
        return self._owners

    def _as_part(self, definition: Definition, owner: Definition) -> _Known | None:
        """How one model builds another, where all arguments can be read."""
        syntax = owner.class_syntax
        if syntax is None:
            return None
        arguments = dict(self._best_known(owner).arguments)
        for each in read_parts(owner.module, self._context, [syntax], arguments):
            if each.model == definition and each.is_complete and each.target == definition:
                source = _in_words(each.place, definition)
                return _Known(definition, each.arguments, source, self._best_usage(definition, each), "", each.place)
        return None

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
