"""What a model accepts, asked of its graph: for all sizes, for one, or for a range of one symbol."""

from dataclasses import replace

from convlint.engine.pipeline import trace
from convlint.graph.asked import acceptance, at_sizes
from convlint.graph.contract import Contract
from convlint.graph.grounds import refusal_of, refusal_where
from convlint.report import ContractAnswer
from convlint.request import ContractQuery, Options
from convlint.settings import DEFAULTS, Settings
from convlint.symbolic.connectives import all_of

_DEFAULTS = Options()
_NO_QUERY = ContractQuery()


def contract(
    target: str, options: Options = _DEFAULTS, query: ContractQuery = _NO_QUERY, settings: Settings = DEFAULTS
) -> ContractAnswer:
    """What a model accepts; raises UsageError where it cannot be traced or ``query`` speaks of unknown sizes."""
    graph = trace(target, options, settings)
    answer = ContractAnswer(Contract(graph), graph.span.path, query.at)
    query.check(answer.contract.symbols)
    given = at_sizes(query.at)
    if query.listed is not None:
        name, low, high = query.listed
        verdicts = {n: acceptance(answer.contract, all_of(given, at_sizes({name: n}))) for n in range(low, high + 1)}
        return replace(
            answer,
            symbol=name,
            listed=tuple(n for n, verdict in verdicts.items() if verdict[0]),
            unknown=tuple(n for n, verdict in verdicts.items() if verdict[0] is None),
        )
    if not query.at:
        return answer
    accepted, witness = acceptance(answer.contract, given)
    if accepted is None and set(query.at) == set(answer.contract.symbols):
        # At one size there is one way through the model, however many there are in all.
        there = tuple(f"{name} == {size}" for name, size in query.at.items())
        graph = trace(target, replace(options, where=(*options.where, *there)), settings)
        answer = replace(answer, contract=Contract(graph))
        accepted, witness = acceptance(answer.contract, given)
    if accepted is False:
        refused = graph.declared.witness(graph.usual, given)
        refusal = refusal_where(answer.contract, given) if refused else None
        if refusal is None and refused:
            refusal = refusal_of(answer.contract, refused)
        return replace(answer, accepted=False, refusal=refusal, is_outside=graph.declared.narrow(given).is_empty)
    outputs = answer.contract.outputs(witness) if witness else None
    return replace(answer, accepted=accepted, example=witness, outputs=outputs or ())
