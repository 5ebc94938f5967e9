"""What a call in the user's code is: a model that is built, one that is used, a tensor that is made."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from convlint.discover.kinds import Kinds
from convlint.discover.module import Import, ModuleSyntax, dotted
from convlint.discover.project import Definition, External, Meaning, Project
from convlint.discover.shapes import ExampleTensor
from convlint.discover.tensors import changed_tensor, dtype_name, made_tensor
from convlint.discover.usages import Usage, given_by_tool, usage
from convlint.discover.values import Constant, Construction, Place, Text, Value, argument_text

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

    def returned(self, definition: Definition, call: ast.Call, scope: "Calls") -> Construction | None:
        """The model that a call of a function returns; None where it returns something else."""


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

    def constant(self, node: ast.expr) -> Value | None:
        """The value of an expression if it is a constant."""
        found = self.value(node)
        return found if isinstance(found, Constant) else None

    def given(self, node: ast.expr, target: ModuleSyntax) -> Value | None:
        """The value of an argument, or a text that says the same in ``target``."""
        found = self.value(node)
        if found is None:
            text = self.text(node, target)
            return Text(text, target.path) if text is not None else None
        return found

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
        meaning = self.meaning(name)
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
        parts = tuple(self._models_in([*node.args, *(each.value for each in node.keywords)]))
        return self._noted(Construction(definition, definition, arguments, is_complete, self._place(node), parts))

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
        return self.text(node, target)

    def text(self, node: ast.expr, target: ModuleSyntax) -> str | None:
        """Source that means in ``target`` what ``node`` means here; None where only running would tell."""
        return argument_text(node, self.names, self.imports, self.world.module, target)

    def _foreign(self, name: str, node: ast.Call) -> Value | None:
        """A call of something that is not of the project: it makes a tensor, wraps a model, or is given one."""
        arguments = self._values_of(node.args)
        keywords = {each.arg: self.value(each.value) for each in node.keywords if each.arg}
        model = next((each for each in arguments[:1] if isinstance(each, Construction)), None)
        model = model or next((each for each in keywords.values() if isinstance(each, Construction)), None)
        if model is None:
            return made_tensor(name, arguments, keywords, self._dtype(node))
        imports = (*self.world.module.imports.values(), *self.imports.values())
        imported = (found.module.partition(".")[0] for found in imports)
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


def _is_name(key: object) -> bool:
    return isinstance(key, str) and key.isidentifier()
