"""Following a body of code: the names that it binds, the models that it builds, the tensors that it gives to them.

Statements are followed in order, with the values that can be read: no branch is chosen and nothing is run.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from convlint.discover.kinds import Kinds
from convlint.discover.module import ModuleSyntax, dotted
from convlint.discover.project import Definition, External, Project
from convlint.discover.shapes import ExampleTensor
from convlint.discover.tensors import changed_tensor, dtype_name, made_tensor
from convlint.discover.usages import Usage, given_by_tool, usage
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
)

_PASS_THROUGH = frozenset(
    "DataParallel DistributedDataParallel compile script deepcopy convert_sync_batchnorm prepare trace".split()
)
"""Functions that give back the model that they are given, or one like it."""

_MODEL_METHODS = frozenset(
    "to cuda cpu eval train half float double bfloat16 apply requires_grad_ share_memory to_empty xpu mps type".split()
)
"""Methods that give back the model itself."""

MOST_DEPTH = 4
"""Functions that return the model of another function, and so on."""


@dataclass(slots=True)
class Examples:
    """All that was seen in some files."""

    constructions: list[Construction] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)


class World(Protocol):
    """What a scope asks of the file that it is in."""

    module: ModuleSyntax
    project: Project
    kinds: Kinds
    found: Examples

    def global_value(self, name: str) -> Value | None:
        """The value of a name of the file."""

    def returned(self, definition: Definition, call: ast.Call, scope: "Scope") -> Construction | None:
        """The model that a call of a function returns; None where it returns something else."""


class Scope:
    """The names of one body of code while it is followed."""

    def __init__(
        self,
        world: World,
        names: dict[str, Value | None],
        what: str,
        rank: int,
        depth: int = MOST_DEPTH,
        *,
        record: bool = True,
    ) -> None:
        self.world = world
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
                first = first_item(self.constant(items))
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
        self._set(target, self.given(value, self.world.module))

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
            text = argument_text(node, self.names, self.world.module, target)
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
                return self.world.global_value(name)
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
        meaning = self.world.project.resolve(self.world.module, name)
        match meaning:
            case Definition() if meaning.class_syntax is not None:
                return self._construct(meaning, node)
            case Definition():
                built = self.world.returned(meaning, node, self)
                return self._noted(built) if built is not None else None
            case External() | None:
                return self._foreign(meaning.last if meaning else name.rpartition(".")[2], node)

    def _construct(self, definition: Definition, node: ast.Call) -> Construction | None:
        if not self.world.kinds.is_model(definition):
            return None
        constructor = self.world.kinds.constructor(definition)
        parameters: list[str] = []
        if constructor is not None:
            parameters = [each.arg for each in (*constructor.args.posonlyargs, *constructor.args.args)][1:]
        arguments, is_complete = self.arguments(node, parameters, definition.module)
        return self._noted(Construction(definition, definition, arguments, is_complete, self._place(node)))

    def _noted(self, construction: Construction) -> Construction:
        if self.record:
            self.world.found.constructions.append(construction)
        return construction

    def _place(self, node: ast.expr) -> Place:
        return Place(self.rank, self.world.module.path, node.lineno, self.what)

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
        return argument_text(node, self.names, self.world.module, target)

    def _foreign(self, name: str, node: ast.Call) -> Value | None:
        """A call of something that is not of the project: it makes a tensor, wraps a model, or is given one."""
        arguments = self._values_of(node.args)
        keywords = {each.arg: self.value(each.value) for each in node.keywords if each.arg}
        model = next((each for each in arguments[:1] if isinstance(each, Construction)), None)
        model = model or next((each for each in keywords.values() if isinstance(each, Construction)), None)
        if model is None:
            return made_tensor(name, arguments, keywords, self._dtype(node))
        imported = (found.module.partition(".")[0] for found in self.world.module.imports.values())
        given = given_by_tool(name, arguments[1:], keywords, imported)
        self._note_usage(usage(model, self._parameters(model), given, self._place(node)))
        return model if name in _PASS_THROUGH else None

    def _use(self, model: Construction, node: ast.Call) -> None:
        """Take down a call of a model with tensors."""
        given: list[tuple[str | None, Value | None]] = [(None, each) for each in self._values_of(node.args)]
        given += [(each.arg, self.value(each.value)) for each in node.keywords]
        is_complete = not any(isinstance(each, ast.Starred) for each in node.args)
        self._note_usage(usage(model, self._parameters(model), given, self._place(node), is_complete=is_complete))

    def _parameters(self, model: Construction) -> list[str]:
        """The names of what ``forward`` takes."""
        forward = self.world.kinds.forward(model.model)
        if isinstance(forward, bool):
            return []
        arguments = forward.node.args
        return [each.arg for each in (*arguments.posonlyargs, *arguments.args)][1:]

    def _note_usage(self, found: Usage | None) -> None:
        if found is not None and self.record:
            self.world.found.usages.append(found)

    def _values_of(self, nodes: list[ast.expr]) -> list[Value | None]:
        return [None if isinstance(each, ast.Starred) else self.value(each) for each in nodes]

    def _dtype(self, node: ast.Call) -> str | None:
        named = next((each.value for each in node.keywords if each.arg == "dtype"), None)
        if named is not None:
            return dtype_name(dotted(named))
        return next((found for each in node.args if (found := dtype_name(dotted(each)))), None)


def first_item(value: Value | None) -> object | None:
    """The first of a constant tuple or list; None where there is none."""
    if isinstance(value, Constant) and isinstance(value.value, (tuple, list)) and value.value:
        first: object = value.value[0]
        return first
    return None


def _is_name(key: object) -> bool:
    return isinstance(key, str) and key.isidentifier()
