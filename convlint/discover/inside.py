"""The parts of a model that cannot be built itself: the classes of its file that it builds, as it builds them."""

from collections.abc import Iterable, Sequence

from convlint.discover.describing import with_annotations
from convlint.discover.examples import read_parts
from convlint.discover.files import read_bytes
from convlint.discover.kinds import Kinds
from convlint.discover.model import DiscoveredModel
from convlint.discover.module import UnparsableError, parse_module
from convlint.discover.project import Definition, Project
from convlint.discover.reader import Context
from convlint.discover.references import References
from convlint.discover.values import Construction


def models_inside(path: str, qualname: str) -> tuple[DiscoveredModel, ...]:
    """The models of the file that its class or function ``qualname`` builds, directly built ones first.

    Only those are given whose constructor arguments are known: all of them are written where it builds them, or have
    defaults.  Runs no user code.
    """
    data = read_bytes(path)
    if data is None:
        return ()
    try:
        module = parse_module(path, data)
    except UnparsableError:
        return ()
    project = Project()
    project.add(module)
    kinds = Kinds(project)
    references = References(project, kinds)
    whole = Definition(module, qualname)
    if qualname not in module.classes and qualname not in module.functions:
        return ()
    inside = _inside(whole, kinds, references)
    owners = [each for each in (whole, *references.reached(whole).values()) if each.module is module]
    classes = [each.class_syntax for each in owners if each.class_syntax is not None]
    built = read_parts(module, Context(project, kinds, references), classes)
    return tuple(found for each in inside if (found := _described(each, built, kinds)) is not None)


def _inside(whole: Definition, kinds: Kinds, references: References) -> list[Definition]:
    """The models of the file that ``whole`` or what it reaches speaks of, and does not only derive from."""
    reached = references.reached(whole)
    direct = {each.key for each in references.direct(whole)}
    spoken_of = direct.union(each.key for owner in reached.values() for each in references.direct(owner))
    found = [
        each
        for each in reached.values()
        if each.key in spoken_of and each.module is whole.module and each != whole and kinds.is_model(each)
    ]
    return sorted(found, key=lambda each: (each.key not in direct, each.node.lineno))


def _described(definition: Definition, built: Sequence[Construction], kinds: Kinds) -> DiscoveredModel | None:
    """The model with the arguments of the first place that tells them all; None where none does."""
    syntax = definition.class_syntax
    assert syntax is not None
    known = _first(definition, built)
    if known is None and _needs_arguments(definition, kinds):
        return None
    model = DiscoveredModel(
        path=definition.module.path,
        qualname=definition.qualname,
        class_name=syntax.qualname,
        span=definition.module.source.name_span(syntax.node),
        is_root=False,
        arguments=known.arguments if known is not None else (),
        arguments_source=str(known.place) if known is not None and known.arguments else "",
    )
    return with_annotations(model, definition, kinds)


def _first(definition: Definition, built: Iterable[Construction]) -> Construction | None:
    own = (each for each in built if each.target.key == definition.key and each.is_complete)
    return min(own, key=lambda each: each.place, default=None)


def _needs_arguments(definition: Definition, kinds: Kinds) -> bool:
    """Whether its constructor has a parameter besides ``self`` without a default."""
    constructor = kinds.constructor(definition)
    if constructor is None:
        return False
    arguments = constructor.args
    required = len(arguments.posonlyargs) + len(arguments.args) - 1 - len(arguments.defaults)
    return required > 0 or None in arguments.kw_defaults
