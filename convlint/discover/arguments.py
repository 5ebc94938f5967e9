"""What a call in the user's code is given: values, and texts that mean the same in another file."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from convlint.discover.kinds import Kinds
from convlint.discover.module import Import, ModuleSyntax
from convlint.discover.project import Definition, Meaning, Project
from convlint.discover.records import items_of
from convlint.discover.usages import Usage
from convlint.discover.values import Constant, Construction, Record, Text, Value, argument_text

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

    def returned(self, definition: Definition, call: ast.Call, scope: "Arguments") -> Construction | None:
        """The model that a call of a function returns; None where it returns something else."""

    def computed(self, definition: Definition, call: ast.Call, scope: "Arguments") -> Value | None:
        """The configuration that a call of a function returns; None where it returns something else."""

    def configured(self, definition: Definition, call: ast.Call | None, scope: "Arguments") -> Record | None:
        """What the attributes of a configuration's class are, or with a ``call`` those of an instance."""

    def calling(self, definition: Definition, call: ast.Call, scope: "Arguments") -> None:
        """Take down with which arguments a function is called."""


class Arguments(ABC):
    """The arguments of calls in a body of code, whose names are bound to ``names`` and, by its imports, to ``imports``.

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

    @abstractmethod
    def forget_attributes(self, owner: ast.expr) -> None:
        """Know nothing any more of an object whose attributes are set in a way that is not followed."""

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

    def keywords_of(self, node: ast.Call) -> dict[str, Value | None] | None:
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
        keywords = self.keywords_of(call)
        if keywords is None or any(isinstance(each, ast.Starred) for each in call.args):
            return None
        return {**dict(zip(parameters, self.values_of(call.args), strict=False)), **keywords}

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

    def values_of(self, nodes: list[ast.expr]) -> list[Value | None]:
        """The values of arguments by position."""
        return [None if isinstance(each, ast.Starred) else self.value(each) for each in nodes]
