"""Which classes build which: the roots are those that no other model builds."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from convlint.discover.kinds import Kinds
from convlint.discover.module import Import, ModuleSyntax, dotted, inner_imports
from convlint.discover.project import Definition, Project

Key = tuple[str, str]

_WHOLE = re.compile(r"model|net|arch|cls|class", re.IGNORECASE)
"""Keywords that take a model for what it is, not for a part of another."""


class References:
    """The classes and functions that the body of each class or function speaks of."""

    def __init__(self, project: Project, kinds: Kinds) -> None:
        self._project = project
        self._kinds = kinds
        self._direct: dict[Key, tuple[Definition, ...]] = {}
        self._reached: dict[Key, dict[Key, Definition]] = {}
        self._builders: dict[Key, bool] = {}

    def direct(self, definition: Definition) -> tuple[Definition, ...]:
        """What its own body speaks of: neither bases nor annotations nor the second argument of ``isinstance``."""
        if definition.key not in self._direct:
            found: dict[Key, Definition] = {}
            body = _body(definition)
            inner = inner_imports(body)
            for name in _names(body):
                for meaning in self._meanings(definition.module, name, inner):
                    found.setdefault(meaning.key, meaning)
            self._direct[definition.key] = tuple(found.values())
        return self._direct[definition.key]

    def reached(self, definition: Definition) -> dict[Key, Definition]:
        """Everything that is spoken of from there on, with the bases of the classes on the way."""
        if definition.key in self._reached:
            return self._reached[definition.key]
        found: dict[Key, Definition] = {}
        queue = [definition]
        while queue:
            current = queue.pop()
            bases = [base for base in self._kinds.bases(current) if isinstance(base, Definition)]
            for each in (*self.direct(current), *bases):
                if each.key not in found:
                    found[each.key] = each
                    queue.append(each)
        self._reached[definition.key] = found
        return found

    def may_build(self, definition: Definition) -> bool:
        """Whether a call of it may give a model: it is one, or a function that speaks of one or of such a function."""
        if definition.key not in self._builders:
            self._builders[definition.key] = False
            self._builders[definition.key] = self._kinds.is_model(definition) or (
                definition.function is not None and any(map(self.may_build, self.direct(definition)))
            )
        return self._builders[definition.key]

    def _meanings(self, module: ModuleSyntax, name: str, inner: Mapping[str, Import]) -> Iterator[Definition]:
        """The definition of ``name``, or those in the table of that name: ``BLOCKS = {"basic": BasicBlock}``."""
        meaning = self._project.resolve(module, name, inner=inner)
        if isinstance(meaning, Definition):
            yield meaning
        elif meaning is None and name in module.assigned:
            for each in _names([module.assigned[name]]):
                meaning = self._project.resolve(module, each)
                if isinstance(meaning, Definition):
                    yield meaning


def roots(models: Iterable[Definition], references: References, kinds: Kinds, parts: Iterable[Key]) -> set[Key]:
    """The models that no other of ``models`` builds and that are not among ``parts``, given to one as an argument.

    Models that only build each other have the first of them for a root.
    """
    models = tuple(models)
    keys = {model.key for model in models}
    builds: dict[Key, set[Key]] = {}
    built = set(parts)
    for model in models:
        own = {base.key for base in kinds.bases(model) if isinstance(base, Definition)}
        spoken_of = [each for part in (model, *_unmade(model, kinds, keys)) for each in references.direct(part)]
        direct = {key for each in spoken_of for key in _through(each, references, keys)}
        builds[model.key] = set(references.reached(model)) & keys
        built |= direct - {model.key} - own
    found = keys - built
    # What only a part builds is covered by whatever is given that part.
    covered = found.union(parts, *(builds[key] for key in found.union(parts) if key in builds))
    for model in models:
        if model.key not in covered:
            found.add(model.key)
            covered |= {model.key} | builds[model.key]
    return found


def _unmade(model: Definition, kinds: Kinds, models: set[Key]) -> Iterator[Definition]:
    """The classes that a model is derived from and that are none of ``models``: what they build, it builds."""
    for base in kinds.bases(model):
        if isinstance(base, Definition) and base.key not in models and base.key != model.key:
            yield base
            yield from _unmade(base, kinds, models)


def parts_by_name(module: ModuleSyntax, project: Project, kinds: Kinds) -> Iterator[Key]:
    """The models that are handed on as parts, which what they are bound to tells.

    A keyword (``create("dla34", block=DlaBasic)``) or an item of a table (``{"block": DlaBasic}``), a parameter's
    default, a local name (``block = DlaBasic``).
    """
    for name, value in _bindings(module.tree):
        if _WHOLE.search(name):
            continue
        for item in value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]:
            named = dotted(item)
            meaning = project.resolve(module, named) if named else None
            if isinstance(meaning, Definition) and kinds.is_model(meaning):
                yield meaning.key


def _bindings(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """What keywords, keys, parameters and the names inside of functions are bound to."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=str(name), value=value):
                yield name, value
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, value
            case ast.FunctionDef(args=arguments) | ast.AsyncFunctionDef(args=arguments):
                positional = [*arguments.posonlyargs, *arguments.args]
                yield from (
                    (parameter.arg, default)
                    for parameter, default in (
                        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
                        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
                    )
                    if default is not None
                )
                for each in ast.walk(node):
                    if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
                        yield each.targets[0].id, each.value
            case _:
                pass


def _through(definition: Definition, references: References, models: set[Key]) -> Iterator[Key]:
    """The models that a reference means: itself, or those which a function mentions, through further functions."""
    seen: set[Key] = set()
    queue = [definition]
    while queue:
        current = queue.pop()
        if current.key in seen:
            continue
        seen.add(current.key)
        if current.key in models:
            yield current.key
        else:
            queue.extend(references.direct(current))


def _body(definition: Definition) -> list[ast.AST]:
    node = definition.node
    if isinstance(node, ast.ClassDef):
        return list(node.body)
    defaults = [each for each in (*node.args.defaults, *node.args.kw_defaults) if each is not None]
    return [*node.body, *defaults]


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The dotted names that are read in ``nodes``, without annotations and type tests."""
    queue = list(nodes)
    while queue:
        node = queue.pop()
        match node:
            case ast.Attribute() | ast.Name():
                name = dotted(node)
                if name is not None:
                    yield name
                    continue
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[first, *_]):
                queue.append(first)
                continue
            case ast.AnnAssign(value=value):
                queue.extend([value] if value else [])
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                arguments = node.args
                queue.extend(each for each in (*arguments.defaults, *arguments.kw_defaults) if each is not None)
                queue.extend(node.body)
                continue
            case _:
                pass
        queue.extend(ast.iter_child_nodes(node))
