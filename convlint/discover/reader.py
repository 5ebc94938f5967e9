"""Reading one file for the models that it builds and uses: its script, its functions, its test cases."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from convlint.discover.arguments import Arguments, Examples
from convlint.discover.configs import defaults, fields, is_built_of_fields, is_config, rebound
from convlint.discover.docstrings import docstring_code
from convlint.discover.kinds import Kinds
from convlint.discover.module import ClassSyntax, Function, Import, ModuleSyntax, dotted, inner_imports
from convlint.discover.operations import first_item, table
from convlint.discover.project import Definition, Project
from convlint.discover.records import is_parsing
from convlint.discover.references import References
from convlint.discover.scope import Scope
from convlint.discover.values import Constant, Construction, Place, Record, Text, Value

SCRIPT, TEST, FUNCTION, DOCSTRING = range(4)
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


class Reader:
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
        self._calls: dict[str, dict[str, Value | None]] = {}
        """What the parameters of a function are bound to where it is called first."""

    def docstring(self, node: ast.Module | ast.ClassDef | Function, what: str) -> None:
        """Follow the examples in a docstring."""
        for tree in docstring_code(node):
            Scope(self, {}, what, DOCSTRING).run(tree.body)

    def functions(self) -> None:
        """Follow all functions of the file, those that are called with known arguments after what calls them."""
        waiting = dict(self.module.functions)
        while waiting:
            name = next((each for each in waiting if each in self._calls), next(iter(waiting)))
            self.function(name, waiting.pop(name), {})

    def function(self, name: str, node: Function, names: dict[str, Value | None]) -> None:
        """Follow a function's body, its parameters at their defaults."""
        if not self.speaks_of_models(node):
            self.docstring(node, f"the docstring of {name}")
            return
        rank, what = (TEST, "the test") if name.rpartition(".")[2].startswith("test") else (FUNCTION, "the function")
        bound = {**names, **self.defaults(node), **self._calls.get(name, {})}
        scope = Scope(self, bound, f"{what} {name}", rank)
        if name == "main":
            scope.rank = SCRIPT
        scope.run(node.body)
        built = scope.result
        if built is not None and not _required(node) and (not _is_literal(built) or _finishes(node, scope, built)):
            # The function itself knows best what it gives to the class, and what it does to the model afterwards.
            place = Place(FUNCTION, self.module.path, node.lineno, f"the function {name}")
            self.found.constructions.append(Construction(built.model, Definition(self.module, name), (), True, place))
        self.docstring(node, f"the docstring of {name}")

    def methods(self, syntax: ClassSyntax) -> None:
        """Follow the methods of a class that is no model: a test case, a trainer; ``setUp`` binds for the others."""
        is_model = self.kinds.is_module(Definition(self.module, syntax.qualname))
        names: dict[str, Value | None] = {}
        first = ("setUp", "setUpClass", "setup_method", "__init__")
        for name, node in sorted(syntax.methods.items(), key=lambda item: item[0] not in first):
            if is_model:
                self.docstring(node, f"the docstring of {syntax.qualname}.{name}")
                continue
            if not names and not self.speaks_of_models(node):
                continue
            scope = Scope(self, {**names, **self.defaults(node)}, f"the method {syntax.qualname}.{name}", FUNCTION)
            if name.startswith("test"):
                scope.rank = TEST
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

    def reader_of(self, module: ModuleSyntax) -> "Reader":
        """A reader of another file."""
        return self if module is self.module else Reader(module, self.context)

    def defaults(self, node: Function) -> dict[str, Value | None]:
        """What parameters are bound to: their defaults, the first value that a test is parametrized with."""
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        names: dict[str, Value | None] = {each.arg: None for each in (*positional, *arguments.kwonlyargs)}
        scope = Scope(self, {}, "", FUNCTION, record=False)
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
                self.globals[name] = Scope(self, {}, "", SCRIPT, record=False).value(node)
            else:
                self.globals[name] = self.imported_value(name, self.imports)
        found = self.globals[name]
        return None if isinstance(found, Text) else found

    def imported_value(self, name: str, imports: Mapping[str, Import]) -> Value | None:
        """The value of a dotted name that another file assigns; ``imports`` are those of the code around."""
        found = self.project.variable(self.module, name, imports)
        if found is None or found[0] is self.module:
            return None
        module, own = found
        value = self.reader_of(module).global_value(own)
        return None if isinstance(value, Construction) else value

    def calling(self, definition: Definition, call: ast.Call, scope: Arguments) -> None:
        """Take down with which arguments a function of this file is called."""
        if definition.module is self.module and scope.record and definition.function is not None:
            self._calls.setdefault(definition.qualname, self._bound_by(definition.function, call, self, scope))

    def computed(self, definition: Definition, call: ast.Call, scope: Arguments) -> Value | None:
        """The configuration that a call of a function returns; None where it returns something else."""
        node = definition.function
        if node is None or scope.depth == 0 or not is_parsing(node):
            return None
        other = self.reader_of(definition.module)
        inner = other.followed(node, self._bound_by(node, call, other, scope), scope)
        return inner.configuration

    def configured(self, definition: Definition, call: ast.Call | None, scope: Arguments) -> Record | None:
        """What the attributes of a configuration's class are, or with a ``call`` those of an instance."""
        if scope.depth == 0 or not is_config(definition, self.kinds):
            return None
        items = self._defaults_of(definition, scope)
        if call is None:
            return Record(items)
        constructor = self.kinds.constructor(definition)
        if constructor is not None:
            other = self.reader_of(definition.module)
            names = self._bound_by(constructor, call, other, scope, skipped=1)
            inner = other.followed(constructor, names, scope)
            own = {name.removeprefix("self."): value for name, value in inner.names.items() if name.startswith("self.")}
            items |= {name: value for name, value in own.items() if "." not in name}
        elif is_built_of_fields(definition, self.kinds):
            bound = scope.bound(call, list(self._fields_of(definition)))
            items |= bound if bound is not None else dict.fromkeys(items)
        syntax = definition.class_syntax
        return Record({**items, **dict.fromkeys(rebound(syntax))}) if syntax is not None else None

    def _defaults_of(self, definition: Definition, scope: Arguments) -> dict[str, Value | None]:
        """The attributes that a class and its bases bind."""
        other = self.reader_of(definition.module)
        inner = Scope(other, {}, scope.what, scope.rank, scope.depth - 1, record=False)
        found: dict[str, Value | None] = {}
        for each in reversed(self._with_bases(definition)):
            found |= defaults(each, inner.value)
        return found

    def _fields_of(self, definition: Definition) -> dict[str, None]:
        """The fields that the constructor of a class takes, in order."""
        return {name: None for each in reversed(self._with_bases(definition)) for name in fields(each)}

    def _with_bases(self, definition: Definition) -> list[ClassSyntax]:
        """A class and those of the project that it is derived from, the nearest first."""
        found = []
        queue = [definition]
        while queue:
            each = queue.pop(0)
            if each.class_syntax is not None:
                found.append(each.class_syntax)
            queue.extend(base for base in self.kinds.bases(each) if isinstance(base, Definition))
        return found

    def _bound_by(
        self, node: Function, call: ast.Call, other: "Reader", scope: Arguments, skipped: int = 0
    ) -> dict[str, Value | None]:
        """What the parameters of a function of the file of ``other`` are bound to by a call."""
        names = other.defaults(node)
        parameters = [each.arg for each in (*node.args.posonlyargs, *node.args.args)][skipped:]
        given = zip(parameters, call.args, strict=False)
        names |= {name: scope.given(value, other.module) for name, value in given}
        names |= {each.arg: scope.given(each.value, other.module) for each in call.keywords if each.arg}
        rest, further = node.args.vararg, node.args.kwarg
        if rest is not None and len(call.args) > len(parameters):
            names[rest.arg] = None
        if further is not None and call.keywords:
            open_ = {name: names.pop(name) for name, _ in _open_keywords(node, parameters, call)}
            is_known = all(each.arg for each in call.keywords)
            names[further.arg] = table([*open_], [*open_.values()]) if is_known else None
        return names

    def returned(self, definition: Definition, call: ast.Call, scope: Arguments) -> Construction | None:
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
        parameters = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        built = other.result(node, self._bound_by(node, call, other, scope), scope)
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

    def result(self, node: Function, names: dict[str, Value | None], scope: Arguments) -> Construction | None:
        """The model that a function returns, where its parameters have these values."""
        return self.followed(node, names, scope).result

    def followed(self, node: Function, names: dict[str, Value | None], scope: Arguments) -> Scope:
        """The body of a function where its parameters have these values."""
        inner = Scope(self, names, scope.what, scope.rank, scope.depth - 1, record=False)
        inner.run(node.body)
        return inner


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


def _is_literal(construction: Construction) -> bool:
    """Whether all arguments are known, and none of them has to be computed."""
    return construction.is_complete and not any("(" in _LITERAL.sub("", text) for _, text in construction.arguments)
