"""A changed contract is told in a sentence with a witness, and only where both contracts speak of the size."""

from dataclasses import replace

import pytest

from convlint.diagnostics import Span
from convlint.graph.model import GraphPath, InputSpec, ModelGraph, TensorValue
from convlint.lock import Exact, changes, record
from convlint.report import ContractRecord
from convlint.symbolic.canonical import symbol
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import parse_condition
from convlint.symbolic.predicate import TRUE

H = symbol("H")


def contract(where: str = "", *, declared: str = "", output: Size = H, unexplored: str = "") -> ContractRecord:
    """A model of H that accepts the sizes of ``where``."""
    domain = Domain.of(["H"]).narrow(parse_condition(declared) if declared else TRUE)
    accepted = domain.narrow(parse_condition(where) if where else TRUE)
    tensors = (TensorValue((1, output)),)
    unknown = (domain.narrow(parse_condition(unexplored)),) if unexplored else ()
    graph = ModelGraph(
        name="UNet",
        class_name="UNet",
        span=Span("net.py", 1, 1, 1, 1),
        inputs=(InputSpec("x", (1, 3, H)),),
        declared=domain,
        is_declared=bool(declared),
        layers={},
        paths=(GraphPath((), domain, accepted, outputs=tensors),),
        unexplored=unknown,
    )
    return record(graph)


def told(old: ContractRecord, new: ContractRecord) -> list[tuple[str, str]]:
    return [(each.kind, each.message) for each in changes("UNet", old, new)]


@pytest.mark.parametrize(
    ("before", "now", "kind", "message"),
    [
        ("H >= 16", "H % 16 == 0", "narrowed", "UNet accepted every H ≥ 16, now only multiples of 16"),
        ("", "H >= 32", "narrowed", "UNet accepted every size, now only H ≥ 32"),
        ("", "H < 0", "narrowed", "UNet accepted every size, now no size"),
        ("H % 16 == 0", "H % 24 == 0", "narrowed", "UNet accepted multiples of 16, now others: only multiples of 24"),
        ("H % 32 == 0", "H % 16 == 0", "widened", "UNet accepted only multiples of 32, now multiples of 16"),
        ("H >= 16", "", "widened", "UNet accepted only H ≥ 16, now every size"),
    ],
)
def test_sizes_that_are_accepted_no_more_and_those_that_are_now(before: str, now: str, kind: str, message: str) -> None:
    old, new = contract(before), contract(now)
    (change,) = changes("UNet", old, new)
    assert (change.kind, change.message) == (kind, message)
    lost, gained = (old, new) if kind == "narrowed" else (new, old)
    assert Exact(lost.exact).accepted[0].contains(change.witness)
    assert not any(domain.contains(change.witness) for domain in Exact(gained.exact).accepted)


def test_the_same_contract_in_other_words_is_no_change() -> None:
    assert told(contract("H % 2 == 0"), contract("H % 4 == 0 or H % 4 == 2")) == []
    assert told(contract(output=2 * H), contract(output=H + H)) == []


def test_sizes_that_are_not_declared_or_not_followed_are_no_change() -> None:
    assert told(contract(), contract(declared="H <= 512")) == []
    assert told(contract(), contract("H % 2 == 0", unexplored="H % 2 == 1")) == []
    assert told(contract(declared="H >= 8"), contract("H >= 8")) == []
    assert told(contract(), contract("H % 2 == 0", declared="H <= 512")) != []


def test_an_output_of_another_size() -> None:
    assert told(contract(output=H), contract(output=2 * (H // 2))) == [("output", "UNet gave 1×1 at H = 1, now 1×0")]


def test_another_input_is_another_contract() -> None:
    old = replace(contract(), input=("x: N 3 S S",))
    assert told(old, contract()) == [
        ("input", "the contract of UNet was recorded for x: N 3 S S, and is now one for x: 1 3 H")
    ]
