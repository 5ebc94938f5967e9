"""A model graph as plain JSON-able data and back, exactly.

Sizes, predicates, domains, source ranges and nodes are interned in tables, and everything else points into them: a deep
network has few distinct sizes, and the paths of one model share most of their nodes.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from convlint.diagnostics import Span
from convlint.graph.model import (
    Failure,
    GraphPath,
    InputSpec,
    Layer,
    ModelGraph,
    ModuleCall,
    Node,
    Requirement,
    Specialisation,
    TensorValue,
)
from convlint.symbolic.codec import (
    domain_from_json,
    domain_to_json,
    predicate_from_json,
    predicate_to_json,
    size_from_json,
    size_to_json,
)
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import Predicate

FORMAT = 3
"""Changes whenever older data cannot be read any more."""

T = TypeVar("T")


class FormatError(ValueError):
    """The data was written in another format."""


def graph_to_json(graph: ModelGraph) -> dict[str, Any]:
    """The graph as dicts, lists, strings and numbers; `graph_from_json` gives it back."""
    return _Writer().graph(graph)


def graph_from_json(data: Mapping[str, Any]) -> ModelGraph:
    """The graph that `graph_to_json` was given; raises `FormatError` on data of another format."""
    if data.get("format") != FORMAT:
        raise FormatError(f"graph data of format {data.get('format')!r}, expected {FORMAT}")
    return _Reader(data).graph(data)


class _Table:
    """Distinct encoded values in order of first use; equal JSON text is the same entry."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self._index: dict[str, int] = {}

    def add(self, encoded: Any) -> int:
        key = json.dumps(encoded, separators=(",", ":"))
        index = self._index.get(key)
        if index is None:
            index = self._index[key] = len(self.entries)
            self.entries.append(encoded)
        return index


class _Writer:
    def __init__(self) -> None:
        self._sizes = _Table()
        self._predicates = _Table()
        self._domains = _Table()
        self._files = _Table()
        self._spans = _Table()
        self._nodes = _Table()
        # Dims, predicates and domains are shared objects: each is encoded once.
        self._seen: dict[int, tuple[object, int]] = {}

    def graph(self, graph: ModelGraph) -> dict[str, Any]:
        body = {
            "format": FORMAT,
            "name": graph.name,
            "class": graph.class_name,
            "span": self._span(graph.span),
            "inputs": [[spec.name, self._shape(spec.shape), spec.dtype, spec.assumed] for spec in graph.inputs],
            "declared": self._domain(graph.declared),
            "is_declared": graph.is_declared,
            "layers": [self._layer(path, layer) for path, layer in graph.layers.items()],
            "paths": [self._path(path) for path in graph.paths],
            "unexplored": [self._domain(domain) for domain in graph.unexplored],
            "assumed": list(graph.assumed),
            "is_part": graph.is_part,
            "guessed": list(graph.guessed),
            "usual": dict(graph.usual),
        }
        tables = {
            "files": self._files,
            "spans": self._spans,
            "sizes": self._sizes,
            "predicates": self._predicates,
            "domains": self._domains,
            "nodes": self._nodes,
        }
        return body | {name: table.entries for name, table in tables.items()}

    def _once(self, value: T, table: _Table, encode: Callable[[T], Any]) -> int:
        seen = self._seen.get(id(value))
        if seen is not None:
            return seen[1]
        index = table.add(encode(value))
        self._seen[id(value)] = (value, index)  # keeping the value keeps its id its own
        return index

    def _size(self, size: Size) -> Any:
        """An int as itself, a Dim as ``[index]``."""
        return [self._once(size, self._sizes, size_to_json)] if isinstance(size, Dim) else size

    def _shape(self, shape: Sequence[Size]) -> list[Any]:
        return [self._size(size) for size in shape]

    def _predicate(self, predicate: Predicate) -> int:
        return self._once(predicate, self._predicates, predicate_to_json)

    def _domain(self, domain: Domain) -> int:
        return self._once(domain, self._domains, domain_to_json)

    def _span(self, span: Span | None) -> int | None:
        if span is None:
            return None
        file = self._files.add(span.path)
        return self._spans.add([file, span.line, span.column, span.end_line, span.end_column])

    def _tensors(self, tensors: Sequence[TensorValue]) -> list[Any]:
        return [[self._shape(tensor.shape), tensor.dtype] for tensor in tensors]

    def _layer(self, path: str, layer: Layer) -> list[Any]:
        return [
            path,
            layer.path,
            layer.class_name,
            layer.kind,
            self._mapping(layer.parameters),
            self._span(layer.constructor),
        ]

    def _node(self, node: Node) -> int:
        return self._nodes.add(
            [
                node.name,
                node.op,
                node.target,
                node.kind,
                node.operation,
                list(node.inputs),
                self._tensors(node.outputs),
                self._mapping(node.parameters),
                node.layer,
                node.module,
                node.module_class,
                self._span(node.call),
                [self._requirement(requirement) for requirement in node.requirements],
            ]
        )

    def _requirement(self, requirement: Requirement) -> list[Any]:
        return [
            requirement.rule,
            self._predicate(requirement.predicate),
            requirement.message,
            self._domain(requirement.domain),
            self._mapping(requirement.details),
        ]

    def _path(self, path: GraphPath) -> dict[str, Any]:
        failure = path.failure
        return {
            "nodes": [self._node(node) for node in path.nodes],
            "entered": self._domain(path.entered),
            "domain": self._domain(path.domain),
            "failure": None
            if failure is None
            else [
                failure.kind,
                failure.message,
                failure.exception,
                failure.rule,
                self._span(failure.span),
                failure.node,
                None if failure.condition is None else self._predicate(failure.condition),
            ],
            "specialisations": [
                [self._predicate(each.predicate), each.reason, self._span(each.span)] for each in path.specialisations
            ],
            "outputs": self._tensors(path.outputs),
            "calls": [
                [
                    each.module,
                    each.module_class,
                    self._span(each.constructor),
                    each.caller,
                    each.after,
                    self._span(each.call),
                    self._tensors(each.outputs),
                ]
                for each in path.calls
            ],
        }

    def _mapping(self, values: Mapping[str, object]) -> dict[str, Any]:
        return {name: self._value(value) for name, value in values.items()}

    def _value(self, value: object) -> Any:
        """A parameter: JSON's own scalars as they are, tuples as lists, all else as an object with one tag."""
        match value:
            case None | bool() | int() | str():
                return value
            case float():
                return value if math.isfinite(value) else {"float": repr(value)}
            case tuple():
                return [self._value(item) for item in value]
            case list():
                return {"list": [self._value(item) for item in value]}
            case Mapping():
                return {"map": [[self._value(key), self._value(item)] for key, item in value.items()]}
            case frozenset():
                return {"set": [self._value(item) for item in sorted(value, key=repr)]}
            case Dim():
                return {"size": self._size(value)[0]}
            case Fraction():
                return {"ratio": [value.numerator, value.denominator]}
            case Span():
                return {"span": self._span(value)}
            case Predicate():
                return {"predicate": self._predicate(value)}
            case Domain():
                return {"domain": self._domain(value)}
            case _:
                raise TypeError(f"a graph cannot carry a {type(value).__name__}")


class _Reader:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self._spans = [Span(data["files"][file], *numbers) for file, *numbers in data["spans"]]
        self._sizes: list[Size] = [size_from_json(size) for size in data["sizes"]]
        self._predicates = [predicate_from_json(predicate) for predicate in data["predicates"]]
        self._domains = [domain_from_json(domain) for domain in data["domains"]]
        self._nodes = [self._node(*node) for node in data["nodes"]]

    def graph(self, data: Mapping[str, Any]) -> ModelGraph:
        span = self._span(data["span"])
        assert span is not None
        return ModelGraph(
            name=data["name"],
            class_name=data["class"],
            span=span,
            inputs=tuple(
                InputSpec(name, self._shape(shape), dtype, assumed) for name, shape, dtype, assumed in data["inputs"]
            ),
            declared=self._domains[data["declared"]],
            is_declared=data["is_declared"],
            layers={
                key: Layer(path, class_name, kind, self._mapping(parameters), self._span(constructor))
                for key, path, class_name, kind, parameters, constructor in data["layers"]
            },
            paths=tuple(self._path(path) for path in data["paths"]),
            unexplored=tuple(self._domains[index] for index in data["unexplored"]),
            assumed=tuple(data["assumed"]),
            is_part=data["is_part"],
            guessed=tuple(data["guessed"]),
            usual=data["usual"],
        )

    def _span(self, index: int | None) -> Span | None:
        return None if index is None else self._spans[index]

    def _shape(self, shape: Sequence[Any]) -> tuple[Size, ...]:
        return tuple(self._sizes[size[0]] if isinstance(size, list) else size for size in shape)

    def _tensors(self, tensors: Sequence[Any]) -> tuple[TensorValue, ...]:
        return tuple(TensorValue(self._shape(shape), dtype) for shape, dtype in tensors)

    def _node(
        self,
        name: str,
        op: Any,
        target: str,
        kind: str,
        operation: str,
        inputs: list[str],
        outputs: list[Any],
        parameters: dict[str, Any],
        layer: str | None,
        module: str,
        module_class: str,
        call: int | None,
        requirements: list[list[Any]],
    ) -> Node:
        return Node(
            name=name,
            op=op,
            target=target,
            kind=kind,
            operation=operation,
            inputs=tuple(inputs),
            outputs=self._tensors(outputs),
            parameters=self._mapping(parameters),
            layer=layer,
            module=module,
            module_class=module_class,
            call=self._span(call),
            requirements=tuple(
                Requirement(rule, self._predicates[predicate], message, self._domains[domain], self._mapping(details))
                for rule, predicate, message, domain, details in requirements
            ),
        )

    def _path(self, data: Mapping[str, Any]) -> GraphPath:
        failure = data["failure"]
        if failure is not None:
            kind, message, exception, rule, span, node, condition = failure
            condition = None if condition is None else self._predicates[condition]
            failure = Failure(kind, message, exception, rule, self._span(span), node, condition)
        return GraphPath(
            nodes=tuple(self._nodes[index] for index in data["nodes"]),
            entered=self._domains[data["entered"]],
            domain=self._domains[data["domain"]],
            failure=failure,
            specialisations=tuple(
                Specialisation(self._predicates[predicate], reason, self._span(span))
                for predicate, reason, span in data["specialisations"]
            ),
            outputs=self._tensors(data["outputs"]),
            calls=tuple(
                ModuleCall(
                    module, class_name, self._span(built), caller, after, self._spans[call], self._tensors(outputs)
                )
                for module, class_name, built, caller, after, call, outputs in data["calls"]
            ),
        )

    def _mapping(self, values: Mapping[str, Any]) -> dict[str, object]:
        return {name: self._value(value) for name, value in values.items()}

    def _value(self, value: Any) -> object:
        if isinstance(value, list):
            return tuple(self._value(item) for item in value)
        if not isinstance(value, dict):
            return value
        ((tag, content),) = value.items()
        match tag:
            case "float":
                return float(content)
            case "list":
                return [self._value(item) for item in content]
            case "map":
                return {self._value(key): self._value(item) for key, item in content}
            case "set":
                return frozenset(self._value(item) for item in content)
            case "size":
                return self._sizes[content]
            case "ratio":
                return Fraction(*content)
            case "span":
                return self._span(content)
            case "predicate":
                return self._predicates[content]
            case "domain":
                return self._domains[content]
            case _:
                raise FormatError(f"graph data has a value tagged {tag!r}")
