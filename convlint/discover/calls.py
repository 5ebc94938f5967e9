"""What a call in the user's code is: a model that is built, one that is used, a tensor that is made."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from convlint.discover.kinds import Kinds
from convlint.discover.module import Import, ModuleSyntax, dotted
from convlint.discover.project import Definition, External, Meaning, Project
from convlint.discover.records import CHANGING, changed, items_of, looked_up, made, parsed
from convlint.discover.shapes import ExampleTensor
from convlint.discover.tensors import changed_tensor, dtype_name, made_tensor
from convlint.discover.usages import Usage, given_by_tool, usage
from convlint.discover.values import (
    Constant,
    Construction,
    Group,
    Parser,
    Partial,
    Place,
    Record,
    Table,
    Text,
    Value,
    argument_text,
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
    """What a body of code asks of the file that it is in."""

    module: ModuleSyntax
    project: Project
    kinds: Kinds
    found: Examples
    imports: Mapping[str, Import]

    def global_value(self, name: str) -> Value | None:
        """The value of a name of the file."""

    def imported_value(self, name: str, imports: Mapping[str, Import]) -> Value | None:
        """The value of a dotted name that another file assigns; ``imports`` are those of the code around."""

    def returned(self, definition: Definition, call: ast.Call, scope: "Calls") -> Construction | None:
        """The model that a call of a function returns; None where it returns something else."""

    def computed(self, definition: Definition, call: ast.Call, scope: "Calls") -> Value | None:
        """The configuration that a call of a function returns; None where it returns something else."""

    def configured(self, definition: Definition, call: ast.Call | None, scope: "Calls") -> Record | None:
        """What the attributes of a configuration's class are, or with a ``call`` those of an instance."""

    def calling(self, definition: Definition, call: ast.Call, scope: "Calls") -> None:
        """Take down with which arguments a function is called."""


class Calls(ABC):
    """The calls in one body of code, whose names are bound to ``names`` and, by its own imports, to ``imports``.

    ``what`` and ``rank`` are the body in words and how much it counts (see `Place`); what is found is taken down only
    with ``record``.
    """

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
        self.imports = {name: found for name, found in world.imports.items() if name not in names}
        self.what = what
        self.rank = rank
        self.depth = depth
        self.record = record

    @abstractmethod
    def value(self, node: ast.expr) -> Value | None:
        """The value of an expression; None where it cannot be read."""

    @abstractmethod
    def set(self, target: ast.expr, value: Value | None) -> None:
        """Have a name, or an attribute or an item of one, mean ``value``."""

    def constant(self, node: ast.expr) -> Value | None:
        """The value of an expression if it is a constant."""
        found = self.value(node)
        return found if isinstance(found, Constant) else None

    def given(self, node: ast.expr, target: ModuleSyntax) -> Value | None:
        """The value of an argument, or a text that says the same in ``target``."""
        found = self.value(node)
        if found is not None and not isinstance(found, Record):
            return found
        text = self.text(node, target)
        if found is not None:
            return replace(found, text=text or "", path=target.path)
        return Text(text, target.path) if text is not None else None

    def meaning(self, name: str) -> Meaning | None:
        """What a dotted name that no value is bound to means here."""
        return self.world.project.resolve(self.world.module, name, inner=self.imports)

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
                return parsed(owner, function.attr, self.values_of(node.args), self._keywords(node) or {}, type_)
            if isinstance(owner, (Constant, Table, Group)):
                return self._asked(owner, function, node)
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
        arguments, keywords = self.values_of(node.args), self._keywords(node)
        if function.attr in CHANGING:
            known = changed(owner, function.attr, arguments, keywords) if keywords is not None else None
            self.set(function.value, known)
        return looked_up(owner, function.attr, arguments)

    def _keywords(self, node: ast.Call) -> dict[str, Value | None] | None:
        """The keywords of a call; None where some of them cannot be read."""
        found: dict[str, Value | None] = {}
        for each in node.keywords:
            items = {each.arg: self.given(each.value, self.world.module)} if each.arg else None
            items = items if items is not None else items_of(self.value(each.value))
            if items is None:
                return None
            found.update(items)
        return found

    def bound(self, call: ast.Call, parameters: Sequence[str]) -> dict[str, Value | None] | None:
        """What a call gives to ``parameters``, by name; None where that cannot be read."""
        keywords = self._keywords(call)
        if keywords is None or any(isinstance(each, ast.Starred) for each in call.args):
            return None
        return {**dict(zip(parameters, self.values_of(call.args), strict=False)), **keywords}

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

    def arguments(
        self, call: ast.Call, parameters: list[str], target: ModuleSyntax
    ) -> tuple[tuple[tuple[str, str], ...], bool]:
        """The arguments of a call as texts that ``target`` understands, and whether these are all."""
        positional: list[str | None] = []
        is_complete = True
        for each in call.args:
            items = self.constant(each.value) if isinstance(each, ast.Starred) else None
            if isinstance(items, Constant) and isinstance(items.value, (tuple, list)):
                positional.extend(map(repr, items.value))
            elif isinstance(each, ast.Starred):
                is_complete = False
                break
            else:
                positional.append(self._text(each, target))
        found: list[tuple[str, str]] = []
        for position, text in enumerate(positional):
            if text is None:
                is_complete = False
            elif position < len(parameters):
                found.append((parameters[position], text))
            elif is_complete:
                found.append((str(position), text))
        for key, text in self._keyword_texts(call, target):
            if text is None or key is None:
                is_complete = False
            else:
                found.append((key, text))
        if any(key.isdecimal() for key, _ in found):
            # Arguments beyond the named parameters are for ``*args``: then all of them go by position.
            order = [*parameters, *(key for key, _ in found if key.isdecimal())]
            found = [(str(order.index(key)) if key in order else key, text) for key, text in found]
        return tuple(found), is_complete

    def _keyword_texts(self, call: ast.Call, target: ModuleSyntax) -> Iterator[tuple[str | None, str | None]]:
        """The keywords of a call with the texts of their values; None for what cannot be read."""
        for keyword in call.keywords:
            if keyword.arg is not None:
                yield keyword.arg, self._text(keyword.value, target)
                continue
            items = items_of(self.value(keyword.value))
            if items is None or not all(map(str.isidentifier, items)):
                yield None, None
                continue
            for key, value in items.items():
                match value:
                    case Constant(value=known):
                        yield key, repr(known)
                    case (Text(text=text, path=path) | Record(text=text, path=path)) if path == target.path and text:
                        yield key, text
                    case _:
                        yield key, None

    def _text(self, node: ast.expr, target: ModuleSyntax) -> str | None:
        known = self.constant(node)
        if isinstance(known, Constant):
            return repr(known.value)
        return self.text(node, target)

    def text(self, node: ast.expr, target: ModuleSyntax) -> str | None:
        """Source that means in ``target`` what ``node`` means here; None where only running would tell."""
        return argument_text(node, self.names, self.imports, self.world.module, target)

    def _foreign(self, name: str, node: ast.Call) -> Value | None:
        """A call of something that is not of the project: it makes a tensor, wraps a model, or is given one."""
        arguments = self.values_of(node.args)
        keywords = {each.arg: self.value(each.value) for each in node.keywords if each.arg}
        model = next((each for each in arguments[:1] if isinstance(each, Construction)), None)
        model = model or next((each for each in keywords.values() if isinstance(each, Construction)), None)
        if model is None:
            if name == "partial":
                return self._partial(node)
            named = self._keywords(node)
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

    def values_of(self, nodes: list[ast.expr]) -> list[Value | None]:
        """The values of arguments by position."""
        return [None if isinstance(each, ast.Starred) else self.value(each) for each in nodes]

    def _dtype(self, node: ast.Call) -> str | None:
        named = next((each.value for each in node.keywords if each.arg == "dtype"), None)
        if named is not None:
            return dtype_name(dotted(named))
        return next((found for each in node.args if (found := dtype_name(dotted(each)))), None)
