"""What a call in the user's code is: a model that is built, one that is used, a tensor that is made."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from convlint.discover.arguments import Arguments
from convlint.discover.module import dotted
from convlint.discover.project import Definition, External
from convlint.discover.records import CHANGING, changed, items_of, looked_up, made, parsed
from convlint.discover.shapes import ExampleTensor
from convlint.discover.tensors import changed_tensor, dtype_name, made_tensor
from convlint.discover.usages import Usage, given_by_tool, usage
from convlint.discover.values import Constant, Construction, Group, Parser, Partial, Place, Table, Value

_PASS_THROUGH = frozenset(
    "DataParallel DistributedDataParallel compile script deepcopy convert_sync_batchnorm prepare trace".split()
)
"""Functions that give back the model that they are given, or one like it."""

_MODEL_METHODS = frozenset(
    "to cuda cpu eval train half float double bfloat16 apply requires_grad_ share_memory to_empty xpu mps type".split()
)
"""Methods that give back the model itself."""


class Calls(Arguments):
    """The calls in one body of code, and what they do to models."""

    def called(self, node: ast.Call) -> Value | None:
        """What a call gives; what it does to models is taken down."""
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
                return changed_tensor(owner, function.attr, self.values_of(node.args), self._dtype(node))
            if isinstance(owner, Parser):
                type_ = next((dotted(each.value) for each in node.keywords if each.arg == "type"), None)
                return parsed(owner, function.attr, self.values_of(node.args), self.keywords_of(node) or {}, type_)
            if isinstance(owner, (Constant, Table, Group)):
                return self._asked(owner, function, node)
            if isinstance(function.value, ast.Attribute) and function.value.attr == "__dict__":
                if not all(items_of(each) == {} for each in self.values_of(node.args)):
                    self.forget_attributes(function.value.value)
                return None
        called = self.value(function) if not isinstance(function, ast.Lambda) else None
        if isinstance(called, Partial):
            return self._completed(called, node)
        if isinstance(called, Construction):
            self._use(called, node)
            return None
        name = dotted(function)
        if name is None or name.partition(".")[0] in self.names:
            return None
        meaning = self.meaning(name)
        match meaning:
            case Definition() if meaning.class_syntax is not None:
                return self._construct(meaning, node) or self.world.configured(meaning, node, self)
            case Definition():
                self.world.calling(meaning, node, self)
                built = self.world.returned(meaning, node, self)
                return self._noted(built) if built is not None else self.world.computed(meaning, node, self)
            case External() | None:
                return self._foreign(meaning.last if meaning else name.rpartition(".")[2], node)

    def _construct(self, definition: Definition, node: ast.Call) -> Construction | None:
        if not self.world.kinds.is_model(definition):
            return None
        arguments, is_complete = self.arguments(node, self._taken(definition), definition.module)
        parts = tuple(self._models_in([*node.args, *(each.value for each in node.keywords)]))
        return self._noted(Construction(definition, definition, arguments, is_complete, self._place(node), parts))

    def _taken(self, definition: Definition) -> list[str]:
        """The names of what the constructor of a model takes by position."""
        constructor = self.world.kinds.constructor(definition)
        if constructor is None:
            return []
        return [each.arg for each in (*constructor.args.posonlyargs, *constructor.args.args)][1:]

    def _partial(self, node: ast.Call) -> Partial | None:
        """``partial(Net, 3)``, where it is of a model's class."""
        name = dotted(node.args[0]) if node.args else None
        meaning = self.meaning(name) if name and name.partition(".")[0] not in self.names else None
        if not isinstance(meaning, Definition) or not self.world.kinds.is_model(meaning):
            return None
        call = ast.copy_location(ast.Call(node.args[0], node.args[1:], node.keywords), node)
        arguments, is_complete = self.arguments(call, self._taken(meaning), meaning.module)
        parts = tuple(self._models_in([*call.args, *(each.value for each in call.keywords)]))
        return Partial(Construction(meaning, meaning, arguments, is_complete, self._place(node), parts), len(call.args))

    def _completed(self, partial: Partial, node: ast.Call) -> Construction:
        """The model that a partial call builds when it is called."""
        base = partial.construction
        rest = self._taken(base.model)[partial.positions :]
        arguments, is_complete = self.arguments(node, rest, base.model.module)
        merged = {**dict(base.arguments), **dict(arguments)}
        parts = tuple(self._models_in([*node.args, *(each.value for each in node.keywords)]))
        return self._noted(
            replace(
                base,
                arguments=tuple(merged.items()),
                is_complete=base.is_complete and is_complete,
                place=self._place(node),
                parts=(*base.parts, *parts),
            )
        )

    def _asked(self, owner: Value, function: ast.Attribute, node: ast.Call) -> Value | None:
        """What a method of a dictionary or a list gives, or makes of it."""
        arguments, keywords = self.values_of(node.args), self.keywords_of(node)
        if function.attr in CHANGING:
            known = changed(owner, function.attr, arguments, keywords) if keywords is not None else None
            self.set(function.value, known)
        return looked_up(owner, function.attr, arguments)

    def _set_attribute(self, owner: ast.expr, key: ast.expr, value: ast.expr) -> None:
        """``setattr(cfg, key, value)``."""
        known = self.constant(key)
        if isinstance(known, Constant) and isinstance(known.value, str) and known.value.isidentifier():
            self.set(ast.Attribute(owner, known.value, ast.Store()), self.given(value, self.world.module))
        else:
            self.forget_attributes(owner)

    def _models_in(self, nodes: Iterable[ast.expr]) -> Iterator[Definition]:
        """The models that expressions name."""
        for node in nodes:
            for each in ast.walk(node):
                name = dotted(each) if isinstance(each, (ast.Name, ast.Attribute)) else None
                meaning = self.meaning(name) if name and name.partition(".")[0] not in self.names else None
                if isinstance(meaning, Definition) and self.world.kinds.is_model(meaning):
                    yield meaning

    def _noted(self, construction: Construction) -> Construction:
        if self.record:
            self.world.found.constructions.append(construction)
        return construction

    def _place(self, node: ast.expr) -> Place:
        return Place(self.rank, self.world.module.path, node.lineno, self.what)

    def _foreign(self, name: str, node: ast.Call) -> Value | None:
        """A call of something that is not of the project: it makes a tensor, wraps a model, or is given one."""
        if name == "setattr" and len(node.args) == 3:
            self._set_attribute(*node.args)
            return None
        arguments = self.values_of(node.args)
        keywords = {each.arg: self.value(each.value) for each in node.keywords if each.arg}
        model = next((each for each in arguments[:1] if isinstance(each, Construction)), None)
        model = model or next((each for each in keywords.values() if isinstance(each, Construction)), None)
        if model is None:
            if name == "partial":
                return self._partial(node)
            named = self.keywords_of(node)
            known = made(name, arguments, named) if named is not None else None
            return known or made_tensor(name, arguments, keywords, self._dtype(node))
        imports = (*self.world.module.imports.values(), *self.imports.values())
        imported = (found.module.partition(".")[0] for found in imports)
        given = given_by_tool(name, arguments[1:], keywords, imported)
        self._note_usage(usage(model, self._parameters(model), given, self._place(node)))
        return model if name in _PASS_THROUGH else None

    def _use(self, model: Construction, node: ast.Call) -> None:
        """Take down a call of a model with tensors."""
        given: list[tuple[str | None, Value | None]] = [(None, each) for each in self.values_of(node.args)]
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

    def _dtype(self, node: ast.Call) -> str | None:
        named = next((each.value for each in node.keywords if each.arg == "dtype"), None)
        if named is not None:
            return dtype_name(dotted(named))
        return next((found for each in node.args if (found := dtype_name(dotted(each)))), None)
