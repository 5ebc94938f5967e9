"""Changing one argument of a call: where it is written, or why it cannot be changed there.

Only the call's own text goes through libcst, so that nothing else of a file has to be understood, or can be changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst
from libcst import matchers
from libcst.metadata import ByteSpanPositionProvider, CodeSpan, MetadataWrapper

from convlint.fixes.constant import value_of
from convlint.fixes.sourcefile import SourceFile, Splice
from convlint.fixes.whence import Obstacle, real_name, whence
from convlint.graph.signatures import position
from convlint.rules.remedy import Change, Number
from convlint.source.text import SourceText, unify


class _Call:
    """One call of a file, parsed, with the offsets of its parts.

    Raises ValueError where the range holds no single call.
    """

    def __init__(self, file: SourceFile, start: int, end: int) -> None:
        text = file.text[start:end]
        # Parentheses, since the call may stand in some and go over several lines.
        code = f"({text})"
        try:
            module = cst.parse_module(code)
        except cst.ParserSyntaxError as error:
            raise ValueError("no expression") from error
        match module.body:
            case [cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() as node)])] if module.code == code:
                self.node = node
            case _:
                raise ValueError("no call")
        self._module = module
        self._bytes = code.encode()
        self._start = start - 1
        self._spans = MetadataWrapper(module, unsafe_skip_copy=True).resolve(ByteSpanPositionProvider)
        if self.range(node) != (start, end):
            raise ValueError("no single call")

    def range(self, node: cst.CSTNode) -> tuple[int, int]:
        """Offsets of a part in the file."""
        span = self._spans[node]
        assert isinstance(span, CodeSpan)
        before = len(self._bytes[: span.start].decode())
        inside = len(self._bytes[span.start : span.start + span.length].decode())
        return self._start + before, self._start + before + inside

    def code(self, node: cst.CSTNode) -> str:
        """The text of a part."""
        return self._module.code_for_node(node)

    @property
    def callee(self) -> str:
        """The last name of what is called; empty where it is no name."""
        match self.node.func:
            case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
                return name
            case _:
                return ""


@dataclass(frozen=True, slots=True)
class Edited:
    """The edits of one call.

    ``computed`` says, as helps, which arguments were computed from numbers and are one number now: why they were
    computed so is lost with it.
    """

    splices: tuple[Splice, ...]
    computed: tuple[str, ...] = ()


def edit(file: SourceFile, changes: Sequence[Change]) -> Edited | tuple[Obstacle, ...]:
    """The edits of changes that are all in one call, or what stands in the way."""
    source = SourceText(file.path, unify(file.text))
    try:
        call = _Call(file, *file.range(changes[0].call))
    except (ValueError, IndexError):
        return (Obstacle("the call that builds the layer cannot be made out: change its numbers by hand"),)
    meant = real_name(source, call.callee)
    splices: list[Splice] = []
    obstacles: list[Obstacle] = []
    added: list[str] = []
    computed: list[str] = []
    for change in changes:
        place = position(change.class_name, change.argument) if change.class_name in {call.callee, meant} else None
        argument = _argument(call, change.argument, place)
        if argument is None and place is not None:
            added.append(str(change))
        elif argument is None:
            made = f"`{call.callee}`" if call.callee else "what is called here"
            reason = f"`{change.argument}` is not an argument of this call: change it where {made} sets it"
            obstacles.append(Obstacle(reason))
        elif argument.star:
            given = f"{argument.star}{call.code(argument.value)}"
            obstacles.append(Obstacle(f"`{change.argument}` may be in `{given}`: change it where that is made"))
        elif (replaced := _replaced(call, argument.value, change.old, change.new)) is not None:
            splices += replaced
            if matchers.findall(argument.value, matchers.BinaryOperation() | matchers.UnaryOperation()):
                computed.append(whence(source, change.call, change.argument, call.code(argument.value)))
        elif isinstance(argument.value, cst.Integer):
            written = f"`{change.argument}={call.code(argument.value)}`"
            obstacles.append(Obstacle(f"{written} is not what the layer has: change it where that is made of it"))
        else:
            obstacles.append(Obstacle(whence(source, change.call, change.argument, call.code(argument.value))))
    if obstacles:
        return tuple(obstacles)
    return Edited((*splices, *([_added(file, call, added)] if added else [])), tuple(computed))


def _argument(call: _Call, name: str, place: int | None) -> cst.Arg | None:
    """The argument called ``name``, or at ``place`` where that is known, or a starred one that may have it."""
    arguments = call.node.args
    for argument in arguments:
        if argument.keyword is not None and argument.keyword.value == name:
            return argument
    for index, argument in enumerate(arguments):
        if argument.star and (argument.star == "**" or place is None or index <= place):
            return argument
        if index == place and argument.keyword is None:
            return argument
    return None


def _replaced(call: _Call, node: cst.BaseExpression, old: Number, new: Number) -> tuple[Splice, ...] | None:
    """Edits that turn ``old``, a literal or computed from literals, into ``new``; None where it is anything else."""
    match node:
        case cst.Integer() | cst.BinaryOperation() | cst.UnaryOperation():
            if any(entry != value_of(call.code(node)) for entry in _entries(old, 1)):
                return None
            return (Splice(*call.range(node), repr(new)),)
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            olds, news = _entries(old, len(elements)), _entries(new, len(elements))
            if not len(olds) == len(news) == len(elements):
                return None
            found: list[Splice] = []
            for element, before, after in zip(elements, olds, news, strict=True):
                inner = _replaced(call, element.value, before, after)
                if inner is None:
                    return None
                if before != after:
                    found += inner
            return tuple(found)
        case _:
            return None


def _entries(number: Number, count: int) -> tuple[int, ...]:
    return number if isinstance(number, tuple) else (number,) * count


def _added(file: SourceFile, call: _Call, texts: Sequence[str]) -> Splice:
    """Keyword arguments after the last one, on lines of their own where each of the others has one."""
    arguments = call.node.args
    if not arguments:
        _, end = call.range(call.node)
        return Splice(end - 1, end - 1, ", ".join(texts))
    start, end = call.range(arguments[-1])
    between = ", "
    if len(arguments) > 1:
        _, before = call.range(arguments[-2])
        _, last = call.range(call.node)
        written = file.text[before:start]
        if not written.strip(" \t\r\n,") and "#" not in file.text[end:last]:
            between = f",{written.partition(',')[2]}"
    return Splice(end, end, "".join(f"{between}{text}" for text in texts))
