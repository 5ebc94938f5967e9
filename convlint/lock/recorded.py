"""One model's contract as it is kept, and read again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from convlint.graph.contract import Contract
from convlint.graph.model import ModelGraph
from convlint.report import ContractRecord
from convlint.symbolic.codec import domain_from_json, domain_to_json, size_from_json, size_to_json
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain
from convlint.symbolic.render import render

Shapes = tuple[tuple[Size, ...], ...]


class UnreadableContractError(ValueError):
    """What was recorded is no contract of this convlint."""


@dataclass(frozen=True)
class Exact:
    """What a contract says exactly.  Its properties raise UnreadableContractError."""

    text: str

    @cached_property
    def declared(self) -> Domain:
        """The sizes that it speaks of."""
        (found,) = self._domains("declared")
        return found

    @cached_property
    def accepted(self) -> tuple[Domain, ...]:
        """The sizes that the model accepts."""
        return self._domains("accepted")

    @cached_property
    def unexplored(self) -> tuple[Domain, ...]:
        """The sizes about which nothing is known."""
        return self._domains("unexplored")

    @cached_property
    def outputs(self) -> tuple[tuple[Domain, Shapes], ...]:
        """The sizes of the output tensors, for the input sizes of each domain."""
        try:
            return tuple(
                (domain_from_json(domain), tuple(tuple(map(size_from_json, shape)) for shape in shapes))
                for domain, shapes in self._data["outputs"]
            )
        except _MISREAD as error:
            raise UnreadableContractError("its outputs cannot be read") from error

    def _domains(self, name: str) -> tuple[Domain, ...]:
        try:
            return tuple(map(domain_from_json, self._data[name]))
        except _MISREAD as error:
            raise UnreadableContractError(f"its {name} sizes cannot be read") from error

    @cached_property
    def _data(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.text))
        except (TypeError, ValueError, RecursionError) as error:
            raise UnreadableContractError("it is no contract") from error


_MISREAD = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading data of another form raises."""


def record(graph: ModelGraph) -> ContractRecord:
    """The contract of a traced model."""
    contract = Contract(graph)
    exact = {
        "declared": [domain_to_json(graph.declared)],
        "accepted": [domain_to_json(domain) for domain in contract.accepted],
        "unexplored": [domain_to_json(domain) for domain in contract.unexplored],
        "outputs": [[domain_to_json(domain), shapes] for domain, shapes in _outputs(contract)],
    }
    return ContractRecord(
        input=tuple(_input_text(each.name, each.shape, each.dtype) for each in graph.inputs),
        accepts=contract.render(),
        output=contract.render_outputs(),
        exact=json.dumps(exact, separators=(",", ":")),
    )


def _outputs(contract: Contract) -> Iterator[tuple[Domain, list[list[Any]]]]:
    for tensors, domains in contract.by_output:
        for domain in domains:
            yield domain, [[size_to_json(size) for size in tensor.shape] for tensor in tensors]


def _input_text(name: str, shape: tuple[Size, ...], dtype: str) -> str:
    sizes = " ".join(render(size, ascii=True).replace(" ", "") for size in shape)
    return f"{name}: {sizes}" if dtype == "float32" else f"{name}: {sizes}:{dtype}"
