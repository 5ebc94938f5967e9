"""What the user's code does with its models: the calls that build them, and the tensors that it gives to them.

Statements are followed in order, with the values that can be read: no branch is chosen and nothing is run.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from convlint.discover.docstrings import docstring_code
from convlint.discover.kinds import Kinds
from convlint.discover.module import ClassSyntax, Function, ModuleSyntax, dotted
from convlint.discover.project import Definition, External, Project
from convlint.discover.references import References
from convlint.discover.shapes import ExampleInput, ExampleTensor
from convlint.discover.tensors import changed_tensor, dtype_name, made_tensor
from convlint.discover.values import (
    Constant,
    Construction,
    Group,
    Place,
    Table,
    Text,
    Value,
    argument_text,
    constant_operation,
    plain,
    size_tuple,
)

_SCRIPT, _TEST, _FUNCTION, _DOCSTRING = range(4)
"""How much a place counts: what the file does when run, its tests, its functions, its documentation."""

_PASS_THROUGH = frozenset(
    "DataParallel DistributedDataParallel compile script deepcopy convert_sync_batchnorm prepare trace".split()
)
_MODEL_METHODS = frozenset(
    "to cuda cpu eval train half float double bfloat16 apply requires_grad_ share_memory to_empty xpu mps type".split()
)
_SUMMARIES: Mapping[str, bool | None] = {
    "summary": None,
    "draw_graph": True,
    "get_model_complexity_info": False,
    "get_model_summary": True,
    "torchsummary": False,
}
"""Tools that take a model and the shape of its input: with the batch (True), without it (False), or either."""

_EXAMPLE_KEYWORDS = ("inputs", "args", "input_data", "example_inputs")
"""How such tools call their example tensors."""

_LITERAL = re.compile(r"'[^']*'|(?<!\w)\(")
"""Strings, and parentheses that call nothing."""

_MOST_DEPTH = 4
"""Functions that return the model of another function, and so on."""

_MAP_WITHOUT_BATCH = 3
"""The rank of one image."""


@dataclass(frozen=True, slots=True)
class Usage:
    """A model that is called: how it was built, and with which tensors; ``is_complete`` if all of them were read."""

    construction: Construction
    inputs: tuple[ExampleInput, ...]
    is_complete: bool
    place: Place


@dataclass(slots=True)
class Examples:
    """All that was seen in some files."""

    constructions: list[Construction] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)


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
    top = _Scope(reader, {}, "the script", _SCRIPT)
    top.run(module.tree.body)
    reader.globals = top.names
    _read_docstring(reader, module.tree, "the docstring")
    for name, function in module.functions.items():
        reader.function(name, function, {})
    for syntax in module.classes.values():
        _read_docstring(reader, syntax.node, f"the docstring of {syntax.qualname}")
        reader.methods(syntax)
    return reader.found


def _read_docstring(reader: "_Reader", node: ast.Module | ast.ClassDef | Function, what: str) -> None:
    for tree in docstring_code(node):
        _Scope(reader, {}, what, _DOCSTRING).run(tree.body)


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
        self._model_names: set[str] | None = None

    def function(self, name: str, node: Function, names: dict[str, Value | None]) -> None:
        """Follow a function's body, its parameters at their defaults."""
        if not self.speaks_of_models(node):
            _read_docstring(self, node, f"the docstring of {name}")
            return
        rank, what = (_TEST, "the test") if name.rpartition(".")[2].startswith("test") else (_FUNCTION, "the function")
        scope = _Scope(self, {**names, **self.defaults(node)}, f"{what} {name}", rank)
        if name == "main":
            scope.rank = _SCRIPT
        scope.run(node.body)
        built = scope.result
        if built is not None and not _required(node) and not _is_literal(built):
            # The function itself knows best what it gives to the class.
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
            scope = _Scope(self, {**names, **self.defaults(node)}, f"the method {syntax.qualname}.{name}", _FUNCTION)
            if name.startswith("test"):
                scope.rank = _TEST
            scope.run(node.body)
            if name in first:
                names |= {key: value for key, value in scope.names.items() if key.startswith("self.")}

    def speaks_of_models(self, node: ast.AST) -> bool:
        """Whether a body of code names a model, or what may build one: all others need not be followed."""
        if self._model_names is None:
            self._model_names = {name for name in self._bound() if self._is_about_models(name)}
        names = self._model_names
        return any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node))

    def _bound(self) -> Iterator[str]:
        yield from self.module.classes
        yield from self.module.functions
        yield from self.module.imports
        yield from self.module.assigned
        for star in self.module.stars:
            yield from self.project.exported(self.module, star)
        yield from (name for name, value in self.globals.items() if isinstance(value, Construction))

    def _is_about_models(self, name: str) -> bool:
        if isinstance(self.globals.get(name), Construction):
            return True
        meaning = self.project.resolve(self.module, name)
        if isinstance(meaning, Definition):
            return self.references.may_build(meaning)
        # A module of the project, whose names follow a dot.
        found = self.module.imports.get(name)
        return found is not None and self.project.is_module(self.module, found)

    def reader_of(self, module: ModuleSyntax) -> "_Reader":
        """A reader of another file."""
        return self if module is self.module else _Reader(module, self.context)

    def defaults(self, node: Function) -> dict[str, Value | None]:
        """What parameters are bound to: their defaults, the first value that a test is parametrized with."""
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        names: dict[str, Value | None] = {each.arg: None for each in (*positional, *arguments.kwonlyargs)}
        scope = _Scope(self, {}, "", _FUNCTION, record=False)
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
                    first = _first(scope.constant(values))
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
                self.globals[name] = _Scope(self, {}, "", _SCRIPT, record=False).constant(node)
        found = self.globals[name]
        return None if isinstance(found, Text) else found

    def returned(self, definition: Definition, call: ast.Call, scope: "_Scope", depth: int) -> Construction | None:
        """The model that a call of a function returns; None where it returns something else."""
        node = definition.function
        if node is None or depth == 0 or not self.references.may_build(definition):
            return None
        other = self.reader_of(definition.module)
        known = self.context.returns_model
        if definition.key not in known:
            known[definition.key] = False
            known[definition.key] = other.result(node, other.defaults(node), scope, depth) is not None
        if not known[definition.key]:
            return None
        names = other.defaults(node)
        parameters = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        given = zip(parameters, call.args, strict=False)
        names |= {name: scope.given(value, definition.module) for name, value in given}
        names |= {each.arg: scope.given(each.value, definition.module) for each in call.keywords if each.arg}
        built = other.result(node, names, scope, depth)
        if built is None:
            return None
        place = replace(built.place, path=self.module.path, line=call.lineno)
        extra = _open_keywords(node, parameters, call)
        texts = [(key, argument_text(each, scope.names, self.module, definition.module)) for key, each in extra]
        if built.is_complete and all(text is not None for _, text in texts):
            more = tuple((key, text) for key, text in texts if text is not None)
            kept = tuple(pair for pair in built.arguments if pair[0] not in dict(more))
            return replace(built, arguments=(*kept, *more), place=place)
        # The function's own arguments are known better than what it makes of them.
        arguments, is_complete = scope.arguments(call, parameters, definition.module)
        return Construction(built.model, definition, arguments, is_complete, place)


    def result(
        self, node: Function, names: dict[str, Value | None], scope: "_Scope", depth: int
    ) -> Construction | None:
        """The model that a function returns, where its parameters have these values."""
        inner = _Scope(self, names, scope.what, scope.rank, depth - 1, record=False)
        inner.run(node.body)
        return inner.result


def _open_keywords(node: Function, parameters: list[str], call: ast.Call) -> list[tuple[str, ast.expr]]:
    """The keywords of a call that a function takes as ``**kwargs``, as those do that hand them on."""
    if node.args.kwarg is None:
        return []
    own = {*parameters, *(each.arg for each in node.args.kwonlyargs)}
    return [(each.arg, each.value) for each in call.keywords if each.arg and each.arg not in own]


class _Scope:
    """The names of one body of code while it is followed."""

    def __init__(
        self,
        reader: _Reader,
        names: dict[str, Value | None],
        what: str,
        rank: int,
        depth: int = _MOST_DEPTH,
        *,
        record: bool = True,
    ) -> None:
        self.reader = reader
        self.names = names
        self.what = what
        self.rank = rank
        self.depth = depth
        self.record = record
        self.result: Construction | None = None
        self._values: dict[int, Value | None] = {}

    def run(self, body: Iterable[ast.stmt]) -> None:
        """Follow statements, those inside of branches and loops too."""
        for node in body:
            self._statement(node)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return
            case ast.Assign(targets=targets, value=value):
                self._scan(value)
                for target in targets:
                    self._bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._scan(value)
                self._bind(target, value)
            case ast.AugAssign(target=target):
                self._scan(node.value)
                self._forget(target)
            case ast.For(target=target, iter=items) | ast.AsyncFor(target=target, iter=items):
                self._scan(items)
                first = _first(self.constant(items))
                self._forget(target)
                if first is not None and isinstance(target, ast.Name):
                    self.names[target.id] = Constant(first)
            case ast.With(items=contexts) | ast.AsyncWith(items=contexts):
                for context in contexts:
                    self._scan(context.context_expr)
                    if context.optional_vars is not None:
                        self._forget(context.optional_vars)
            case ast.Return(value=ast.expr() as value):
                self._scan(value)
                found = self.value(value)
                if isinstance(found, Construction) and self.result is None:
                    self.result = found
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._scan(child)
        for inner in ("body", "orelse", "finalbody"):
            self.run(getattr(node, inner, ()))
        for handler in getattr(node, "handlers", ()):
            self.run(handler.body)

    def _scan(self, node: ast.expr) -> None:
        """Take down the calls in an expression, whatever it is for."""
        self._values.clear()
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                self.value(each)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case (ast.Tuple(elts=targets) | ast.List(elts=targets)), (ast.Tuple(elts=values) | ast.List(elts=values)):
                if len(targets) == len(values) and not any(isinstance(each, ast.Starred) for each in targets):
                    for each in values:
                        self.value(each)  # all of them before the first name changes: ``a, b = b, a``
                    for inner, given in zip(targets, values, strict=True):
                        self._bind(inner, given)
                    return
            case (ast.Tuple(elts=targets) | ast.List(elts=targets)), _:
                known = self.constant(value)
                if isinstance(known, Constant) and isinstance(known.value, (tuple, list)):
                    for inner, result in zip(targets, known.value, strict=False):
                        self._set(inner, Constant(result))
                    return
                self._forget(target)
                return
            case _:
                pass
        self._set(target, self.given(value, self.reader.module))

    def _set(self, target: ast.expr, value: Value | None) -> None:
        name = dotted(target)
        if name is not None:
            self.names[name] = value

    def _forget(self, target: ast.expr) -> None:
        for each in ast.walk(target):
            if isinstance(each, (ast.Name, ast.Attribute)):
                self._set(each, None)

    def constant(self, node: ast.expr) -> Value | None:
        """The value of an expression if it is a constant."""
        found = self.value(node)
        return found if isinstance(found, Constant) else None

    def given(self, node: ast.expr, target: ModuleSyntax) -> Value | None:
        """The value of an argument, or a text that says the same in ``target``."""
        found = self.value(node)
        if found is None:
            text = argument_text(node, self.names, self.reader.module, target)
            return Text(text, target.path) if text is not None else None
        return found

    def value(self, node: ast.expr) -> Value | None:
        """The value of an expression; None where it cannot be read."""
        key = id(node)
        if key not in self._values:
            self._values[key] = None
            self._values[key] = self._value(node)
        return self._values[key]

    def _value(self, node: ast.expr) -> Value | None:
        match node:
            case ast.Constant(value=value):
                return Constant(value)
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Name(id=name):
                return self.reader.global_value(name)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                values = [self.value(each) for each in items]
                known = plain(values)
                if known is None:
                    return Group(tuple(values))
                return Constant(tuple(known) if isinstance(node, ast.Tuple) else known)
            case ast.Dict(keys=keys, values=items):
                return self._table(keys, items)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.constant(operand)
                if isinstance(inner, Constant) and isinstance(inner.value, (int, float)):
                    return Constant(-inner.value)
                return None
            case ast.BinOp(left=left, op=operator, right=right):
                return self._operation(operator, self.value(left), self.value(right))
            case ast.Subscript(value=owner, slice=index):
                return self._item(self.value(owner), self.value(index))
            case ast.IfExp(body=body, orelse=orelse):
                return self.value(body) or self.value(orelse)
            case ast.Call():
                return self._call(node)
            case ast.NamedExpr(target=target, value=value):
                self._bind(target, value)
                return self.value(value)
            case _:
                return None

    def _attribute(self, node: ast.Attribute) -> Value | None:
        name = dotted(node)
        if name is not None and name in self.names:
            return self.names[name]
        owner = self.value(node.value) if not isinstance(node.value, ast.Name) or node.value.id in self.names else None
        if isinstance(owner, ExampleTensor) and node.attr == "shape":
            return Constant(owner.shape)
        if isinstance(owner, Construction) and node.attr == "module":
            return owner
        return None

    def _table(self, keys: list[ast.expr | None], items: list[ast.expr]) -> Value | None:
        names = [key.value if isinstance(key, ast.Constant) else None for key in keys]
        values = [self.value(each) for each in items]
        known = plain(values)
        if known is not None and all(isinstance(key, ast.Constant) for key in keys):
            return Constant(dict(zip(names, known, strict=True)))
        if all(isinstance(name, str) for name in names):
            return Table(dict(zip(map(str, names), values, strict=True)))
        return None

    @staticmethod
    def _operation(operator: ast.operator, left: Value | None, right: Value | None) -> Value | None:
        if isinstance(left, Constant) and isinstance(right, Constant):
            return constant_operation(operator, left.value, right.value)
        for tensor, other in ((left, right), (right, left)):
            # Scaling the values of an example leaves its shape.
            if isinstance(tensor, ExampleTensor) and (other is None or isinstance(other, Constant)):
                return tensor
        return None

    @staticmethod
    def _item(owner: Value | None, index: Value | None) -> Value | None:
        if not isinstance(index, Constant):
            return None
        match owner, index.value:
            case Constant(value=(tuple() | list()) as items), int(position) if -len(items) <= position < len(items):
                return Constant(items[position])
            case Constant(value=dict() as table), key if isinstance(key, (str, int)) and key in table:
                return Constant(table[key])
            case Group(items=items), int(position) if -len(items) <= position < len(items):
                return items[position]
            case Table(items=items), str(key):
                return items.get(key)
            case _:
                return None

    def _call(self, node: ast.Call) -> Value | None:
        function = node.func
        if isinstance(function, ast.Attribute):
            owner = self.value(function.value)
            if isinstance(owner, Construction):
                if function.attr in _MODEL_METHODS:
                    return owner
                if function.attr in {"forward", "__call__"}:
                    self._use(owner, node)
                return None
            if isinstance(owner, ExampleTensor):
                return changed_tensor(owner, function.attr, self._values_of(node.args), self._dtype(node))
            if isinstance(owner, Constant):
                return None
        called = self.value(function) if not isinstance(function, ast.Lambda) else None
        if isinstance(called, Construction):
            self._use(called, node)
            return None
        name = dotted(function)
        if name is None or name.partition(".")[0] in self.names:
            return None
        meaning = self.reader.project.resolve(self.reader.module, name)
        match meaning:
            case Definition() if meaning.class_syntax is not None:
                return self._construct(meaning, node)
            case Definition():
                built = self.reader.returned(meaning, node, self, self.depth)
                return self._noted(built) if built is not None else None
            case External() | None:
                return self._foreign(meaning.last if meaning else name.rpartition(".")[2], node)

    def _construct(self, definition: Definition, node: ast.Call) -> Construction | None:
        if not self.reader.kinds.is_model(definition):
            return None
        constructor = self.reader.kinds.constructor(definition)
        parameters: list[str] = []
        if constructor is not None:
            parameters = [each.arg for each in (*constructor.args.posonlyargs, *constructor.args.args)][1:]
        arguments, is_complete = self.arguments(node, parameters, definition.module)
        return self._noted(Construction(definition, definition, arguments, is_complete, self.place(node)))

    def _noted(self, construction: Construction) -> Construction:
        if self.record:
            self.reader.found.constructions.append(construction)
        return construction

    def place(self, node: ast.expr) -> Place:
        return Place(self.rank, self.reader.module.path, node.lineno, self.what)

    def arguments(
        self, call: ast.Call, parameters: list[str], target: ModuleSyntax
    ) -> tuple[tuple[tuple[str, str], ...], bool]:
        """The arguments of a call as texts that ``target`` understands, and whether these are all."""
        found: list[tuple[str, str]] = []
        is_complete = True
        for position, each in enumerate(call.args):
            if isinstance(each, ast.Starred):
                if self.constant(each.value) == Constant(()):
                    continue
                is_complete = False
                break
            text = self._text(each, target)
            if text is None:
                is_complete = False
            elif position < len(parameters):
                found.append((parameters[position], text))
            elif is_complete:
                found.append((str(position), text))
        for keyword in call.keywords:
            if keyword.arg is None:
                known = self.constant(keyword.value)
                if isinstance(known, Constant) and isinstance(known.value, dict) and all(map(_is_name, known.value)):
                    found.extend((key, repr(value)) for key, value in known.value.items())
                else:
                    is_complete = False
                continue
            text = self._text(keyword.value, target)
            if text is None:
                is_complete = False
            else:
                found.append((keyword.arg, text))
        if any(key.isdecimal() for key, _ in found):
            # Arguments beyond the named parameters are for ``*args``: then all of them go by position.
            order = [*parameters, *(key for key, _ in found if key.isdecimal())]
            found = [(str(order.index(key)) if key in order else key, text) for key, text in found]
        return tuple(found), is_complete

    def _text(self, node: ast.expr, target: ModuleSyntax) -> str | None:
        known = self.constant(node)
        if isinstance(known, Constant):
            return repr(known.value)
        return argument_text(node, self.names, self.reader.module, target)

    def _foreign(self, name: str, node: ast.Call) -> Value | None:
        """A call of something that is not of the project: it makes a tensor, wraps a model, or is given one."""
        arguments = self._values_of(node.args)
        keywords = {each.arg: self.value(each.value) for each in node.keywords if each.arg}
        model = next((each for each in arguments[:1] if isinstance(each, Construction)), None)
        model = model or next((each for each in keywords.values() if isinstance(each, Construction)), None)
        if model is None:
            return made_tensor(name, arguments, keywords, self._dtype(node))
        self._use_by_tool(name, model, arguments[1:], keywords, node)
        return model if name in _PASS_THROUGH else None

    def _use_by_tool(
        self,
        name: str,
        model: Construction,
        arguments: list[Value | None],
        keywords: Mapping[str, Value | None],
        node: ast.Call,
    ) -> None:
        if name in _SUMMARIES:
            given = keywords.get("input_size", arguments[0] if arguments else keywords.get("input_data"))
            tensors = _summary_tensors(given, _SUMMARIES[name], self.reader.module)
            if tensors:
                self._take(model, [(None, each) for each in tensors], node, is_complete=True)
                return
        given = next((keywords[key] for key in _EXAMPLE_KEYWORDS if key in keywords), None)
        values = [given] if given is not None else arguments[:1]
        items = list(values[0].items) if values and isinstance(values[0], Group) else values
        if items and all(isinstance(each, ExampleTensor) for each in items):
            self._take(model, [(None, each) for each in items], node, is_complete=True)

    def _use(self, model: Construction, node: ast.Call) -> None:
        """Take down a call of a model with tensors."""
        given: list[tuple[str | None, Value | None]] = [
            (None, None if isinstance(each, ast.Starred) else self.value(each)) for each in node.args
        ]
        given += [(each.arg, self.value(each.value)) for each in node.keywords]
        is_complete = not any(isinstance(each, ast.Starred) for each in node.args)
        self._take(model, given, node, is_complete=is_complete)

    def _take(
        self,
        model: Construction,
        given: Iterable[tuple[str | None, Value | None]],
        node: ast.Call,
        *,
        is_complete: bool,
    ) -> None:
        if not self.record:
            return
        parameters = _forward_parameters(self.reader.kinds, model.model)
        inputs: list[ExampleInput] = []
        for position, (key, value) in enumerate(given):
            name = key or (parameters[position] if position < len(parameters) else None)
            found = list(_flattened(name, value))
            if not found and not (isinstance(value, Constant) and (value.value is None or key is not None)):
                is_complete = False
            inputs.extend(found)
        if inputs:
            if len(inputs) == 1 and parameters[:1] == [inputs[0].name]:
                inputs = [replace(inputs[0], name=None)]
            self.reader.found.usages.append(Usage(model, tuple(inputs), is_complete, self.place(node)))

    def _values_of(self, nodes: list[ast.expr]) -> list[Value | None]:
        return [None if isinstance(each, ast.Starred) else self.value(each) for each in nodes]

    def _dtype(self, node: ast.Call) -> str | None:
        named = next((each.value for each in node.keywords if each.arg == "dtype"), None)
        if named is not None:
            return dtype_name(dotted(named))
        return next((found for each in node.args if (found := dtype_name(dotted(each)))), None)


def _required(node: Function) -> bool:
    """Whether a function has a parameter without a default."""
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    return positional > len(arguments.defaults) or None in arguments.kw_defaults


def _is_literal(construction: Construction) -> bool:
    """Whether all arguments are known, and none of them has to be computed."""
    return construction.is_complete and not any("(" in _LITERAL.sub("", text) for _, text in construction.arguments)


def _is_name(key: object) -> bool:
    return isinstance(key, str) and key.isidentifier()


def _flattened(name: str | None, value: Value | None) -> Iterator[ExampleInput]:
    """The tensors in one argument, each with its place inside of it."""
    match value:
        case ExampleTensor():
            yield ExampleInput(name, value)
        case Group(items=items) if name is not None:
            for index, each in enumerate(items):
                yield from _flattened(f"{name}.{index}", each)
        case Table(items=items) if name is not None:
            for key, each in items.items():
                if key.isidentifier():
                    yield from _flattened(f"{name}.{key}", each)
        case _:
            return


def _forward_parameters(kinds: Kinds, model: Definition) -> list[str]:
    forward = kinds.forward(model)
    if isinstance(forward, bool):
        return []
    arguments = forward.node.args
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args)][1:]


def _summary_tensors(value: Value | None, with_batch: bool | None, module: ModuleSyntax) -> list[ExampleTensor]:
    """The tensors that a summary tool makes of a shape or several, or was given."""
    if isinstance(value, ExampleTensor):
        return [value]
    if not isinstance(value, Constant) or not isinstance(value.value, (tuple, list)):
        return []
    single = size_tuple(value.value)
    shapes = [single] if single else [shape for each in value.value if (shape := size_tuple(each))]
    if with_batch is None:
        imported = {found.module.partition(".")[0] for found in module.imports.values()}
        lacks_batch = all(len(shape) == _MAP_WITHOUT_BATCH for shape in shapes)
        with_batch = "torchinfo" in imported or ("torchsummary" not in imported and not lacks_batch)
    return [ExampleTensor(shape if with_batch else (1, *shape)) for shape in shapes]


def _first(value: Value | None) -> object | None:
    if isinstance(value, Constant) and isinstance(value.value, (tuple, list)) and value.value:
        first: object = value.value[0]
        return first
    return None
