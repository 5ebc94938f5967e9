"""What the user's files do with their models: how they build them, and with which tensors they call them."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from convlint.discover.calls import Calls, Examples
from convlint.discover.docstrings import docstring_code
from convlint.discover.kinds import Kinds
from convlint.discover.module import ClassSyntax, Function, Import, ModuleSyntax, dotted, inner_imports
from convlint.discover.operations import first_item
from convlint.discover.project import Definition, Project
from convlint.discover.references import References
from convlint.discover.scope import Scope
from convlint.discover.values import Constant, Construction, Place, Text, Value

_SCRIPT, _TEST, _FUNCTION, _DOCSTRING = range(4)
"""How much a place counts: what the file does when run, its tests, its functions, its documentation."""

_LITERAL = re.compile(r"'[^']*'|(?<!\w)\(")
"""Strings, and parentheses that call nothing."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the project while its files are read."""

    project: Project
    kinds: Kinds
    references: References
    returns_model: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether a function returns a model, by its key: found once for each."""


def read_examples(module: ModuleSyntax, context: Context) -> Examples:
    """What a file does with models, its own or imported ones."""
    reader = _Reader(module, context)
    top = Scope(reader, {}, "the script", _SCRIPT)
    top.run(module.tree.body)
    reader.globals, reader.imports = top.names, top.imports
    _read_docstring(reader, module.tree, "the docstring")
    for name, function in module.functions.items():
        reader.function(name, function, {})
    for syntax in module.classes.values():
        _read_docstring(reader, syntax.node, f"the docstring of {syntax.qualname}")
        reader.methods(syntax)
    return reader.found


def read_parts(
    module: ModuleSyntax,
    context: Context,
    models: Iterable[ClassSyntax],
    arguments: Mapping[str, str] = MappingProxyType({}),
) -> list[Construction]:
    """The models that the methods of ``models``, which are classes of this file, build as their parts.

    ``arguments`` are those of their constructors that are known, as literals.
    """
    reader = _Reader(module, context)
    given = {name: Constant(value[0]) for name, text in arguments.items() if (value := _literal(text))}
    for syntax in models:
        for name, node in syntax.methods.items():
            names = reader.defaults(node)
            known = {key: value for key, value in given.items() if key in names and name == "__init__"}
            Scope(reader, {**names, **known}, f"{syntax.qualname}.{name}", _FUNCTION).run(node.body)
    return reader.found.constructions


def _read_docstring(reader: "_Reader", node: ast.Module | ast.ClassDef | Function, what: str) -> None:
    for tree in docstring_code(node):
        Scope(reader, {}, what, _DOCSTRING).run(tree.body)


class _Reader:
    """Reads one file; ``found`` collects."""

    def __init__(self, module: ModuleSyntax, context: Context) -> None:
        self.module = module
        self.context = context
        self.project = context.project
        self.kinds = context.kinds
        self.references = context.references
        self.found = Examples()
        self.globals: dict[str, Value | None] = {}
        self.imports: Mapping[str, Import] = {}
        self._model_names: set[str] | None = None

    def function(self, name: str, node: Function, names: dict[str, Value | None]) -> None:
        """Follow a function's body, its parameters at their defaults."""
        if not self.speaks_of_models(node):
            _read_docstring(self, node, f"the docstring of {name}")
            return
        rank, what = (_TEST, "the test") if name.rpartition(".")[2].startswith("test") else (_FUNCTION, "the function")
        scope = Scope(self, {**names, **self.defaults(node)}, f"{what} {name}", rank)
        if name == "main":
            scope.rank = _SCRIPT
        scope.run(node.body)
        built = scope.result
        if built is not None and not _required(node) and (not _is_literal(built) or _finishes(node, scope, built)):
            # The function itself knows best what it gives to the class, and what it does to the model afterwards.
            place = Place(_FUNCTION, self.module.path, node.lineno, f"the function {name}")
            self.found.constructions.append(Construction(built.model, Definition(self.module, name), (), True, place))
        _read_docstring(self, node, f"the docstring of {name}")

    def methods(self, syntax: ClassSyntax) -> None:
        """Follow the methods of a class that is no model: a test case, a trainer; ``setUp`` binds for the others."""
        is_model = self.kinds.is_module(Definition(self.module, syntax.qualname))
        names: dict[str, Value | None] = {}
        first = ("setUp", "setUpClass", "setup_method", "__init__")
        for name, node in sorted(syntax.methods.items(), key=lambda item: item[0] not in first):
            if is_model:
                _read_docstring(self, node, f"the docstring of {syntax.qualname}.{name}")
                continue
            if not names and not self.speaks_of_models(node):
                continue
            scope = Scope(self, {**names, **self.defaults(node)}, f"the method {syntax.qualname}.{name}", _FUNCTION)
            if name.startswith("test"):
                scope.rank = _TEST
            scope.run(node.body)
            if name in first:
                names |= {key: value for key, value in scope.names.items() if key.startswith("self.")}

    def speaks_of_models(self, node: ast.AST) -> bool:
        """Whether a body of code names a model, or what may build one: all others need not be followed."""
        if self._model_names is None:
            self._model_names = {name for name in self._bound() if self._is_about_models(name, self.imports)}
        inner = inner_imports([node])
        names = self._model_names.union(name for name in inner if self._is_about_models(name, inner))
        return any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node))

    def _bound(self) -> Iterator[str]:
        yield from self.module.classes
        yield from self.module.functions
        yield from self.module.imports
        yield from self.imports
        yield from self.module.assigned
        for star in self.module.stars:
            yield from self.project.exported(self.module, star)
        yield from (name for name, value in self.globals.items() if isinstance(value, Construction))

    def _is_about_models(self, name: str, imports: Mapping[str, Import]) -> bool:
        if name not in imports and isinstance(self.globals.get(name), Construction):
            return True
        meaning = self.project.resolve(self.module, name, inner=imports)
        if isinstance(meaning, Definition):
            return self.references.may_build(meaning)
        found = imports.get(name) or self.module.imports.get(name)
        # A module of the project, whose names follow a dot.
        return found is not None and self.project.is_module(self.module, found)

    def reader_of(self, module: ModuleSyntax) -> "_Reader":
        """A reader of another file."""
        return self if module is self.module else _Reader(module, self.context)

    def defaults(self, node: Function) -> dict[str, Value | None]:
        """What parameters are bound to: their defaults, the first value that a test is parametrized with."""
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        names: dict[str, Value | None] = {each.arg: None for each in (*positional, *arguments.kwonlyargs)}
        scope = Scope(self, {}, "", _FUNCTION, record=False)
        for parameter, default in zip(reversed(positional), reversed(arguments.defaults), strict=False):
            names[parameter.arg] = scope.constant(default)
        for parameter, default_ in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            names[parameter.arg] = scope.constant(default_) if default_ is not None else None
        if arguments.vararg is not None:
            names[arguments.vararg.arg] = Constant(())
        if arguments.kwarg is not None:
            names[arguments.kwarg.arg] = Constant({})
        for decorator in node.decorator_list:
            match decorator:
                case ast.Call(func=function, args=[ast.Constant(value=str(text)), values, *_]) if (
                    dotted(function) or ""
                ).endswith("parametrize"):
                    first = first_item(scope.constant(values))
                    keys = [key.strip() for key in text.split(",")]
                    values_ = list(first) if len(keys) > 1 and isinstance(first, (tuple, list)) else [first]
                    if first is not None and len(values_) == len(keys):
                        names.update(zip(keys, map(Constant, values_), strict=True))
                case _:
                    pass
        return names

    def global_value(self, name: str) -> Value | None:
        """The value of a name of the file: what its script leaves it bound to, or what it is assigned."""
        if name not in self.globals:
            self.globals[name] = None
            node = self.module.assigned.get(name)
            if node is not None:
                self.globals[name] = Scope(self, {}, "", _SCRIPT, record=False).constant(node)
        found = self.globals[name]
        return None if isinstance(found, Text) else found

    def returned(self, definition: Definition, call: ast.Call, scope: Calls) -> Construction | None:
        """The model that a call of a function returns; None where it returns something else."""
        node = definition.function
        if node is None or scope.depth == 0 or not self.references.may_build(definition):
            return None
        other = self.reader_of(definition.module)
        known = self.context.returns_model
        if definition.key not in known:
            known[definition.key] = False
            known[definition.key] = other.result(node, other.defaults(node), scope) is not None
        if not known[definition.key]:
            return None
        names = other.defaults(node)
        parameters = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        given = zip(parameters, call.args, strict=False)
        names |= {name: scope.given(value, definition.module) for name, value in given}
        names |= {each.arg: scope.given(each.value, definition.module) for each in call.keywords if each.arg}
        built = other.result(node, names, scope)
        if built is None:
            return None
        place = replace(built.place, path=self.module.path, line=call.lineno)
        extra = _open_keywords(node, parameters, call)
        texts = [(key, scope.text(each, definition.module)) for key, each in extra]
        if built.is_complete and all(text is not None for _, text in texts):
            more = tuple((key, text) for key, text in texts if text is not None)
            kept = tuple(pair for pair in built.arguments if pair[0] not in dict(more))
            return replace(built, arguments=(*kept, *more), place=place)
        # The function's own arguments are known better than what it makes of them.
        arguments, is_complete = scope.arguments(call, parameters, definition.module)
        return Construction(built.model, definition, arguments, is_complete, place)

    def result(self, node: Function, names: dict[str, Value | None], scope: Calls) -> Construction | None:
        """The model that a function returns, where its parameters have these values."""
        inner = Scope(self, names, scope.what, scope.rank, scope.depth - 1, record=False)
        inner.run(node.body)
        return inner.result


def _open_keywords(node: Function, parameters: list[str], call: ast.Call) -> list[tuple[str, ast.expr]]:
    """The keywords of a call that a function takes as ``**kwargs``, as those do that hand them on."""
    if node.args.kwarg is None:
        return []
    own = {*parameters, *(each.arg for each in node.args.kwonlyargs)}
    return [(each.arg, each.value) for each in call.keywords if each.arg and each.arg not in own]


def _required(node: Function) -> bool:
    """Whether a function has a parameter without a default."""
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    return positional > len(arguments.defaults) or None in arguments.kw_defaults


def _finishes(node: Function, scope: Scope, built: Construction) -> bool:
    """Whether a function binds attributes of the model that it returns: ``model.last_linear = model.fc``."""
    names = {name for name, value in scope.names.items() if value is built}
    targets = (each for each in ast.walk(node) if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store))
    return any((dotted(each) or "").partition(".")[0] in names for each in targets)


def _literal(text: str) -> tuple[object] | None:
    """The value that is written, alone in a tuple; None where it is no literal."""
    try:
        return (ast.literal_eval(text),)
    except (ValueError, SyntaxError):
        return None


def _is_literal(construction: Construction) -> bool:
    """Whether all arguments are known, and none of them has to be computed."""
    return construction.is_complete and not any("(" in _LITERAL.sub("", text) for _, text in construction.arguments)
