"""What a model accepts, as text and as JSON."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from convlint.graph.advice import Advice
from convlint.graph.contract import Contract, render_shape, render_union, union
from convlint.graph.grounds import grounds_of
from convlint.graph.model import ModelGraph
from convlint.render.inputs import input_text, shape_text
from convlint.render.json import FORMAT_VERSION
from convlint.report import ContractAnswer
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import FALSE
from convlint.symbolic.render import render_domain

_MOST_GROUNDS = 8

_LONGEST_CONDITION = 100
"""Characters of what is accepted, as they are read at the end of a line."""


def render_text(answer: ContractAnswer) -> str:
    """The listed sizes, one a line; the verdict on the sizes that were asked about; else the whole contract."""
    if answer.symbol:
        return "".join(f"{size}\n" for size in answer.listed)
    if answer.at:
        return _verdict(answer) + "\n"
    contract = answer.contract
    graph = contract.graph
    rows = [("input", input_text(each)) for each in graph.inputs]
    rows += [("assumed", text) for text in graph.assumed]
    if graph.is_declared:
        rows.append(("where", render_domain(graph.declared) or "any size"))
    rows.append(("accepts", contract.render()))
    rows += [("because", text) for text in _because(contract)]
    rows += _advice(Advice(graph))
    rows += [("output", text) for text in _outputs(contract)]
    if contract.unexplored:
        rows.append(("unknown", f"{render_union(contract.unexplored)}{_why_unknown(graph)}"))
    width = max(len(word) for word, _ in rows)
    lines = [f"{graph.name} ({answer.path}:{graph.span.line})"]
    said = ""
    for word, text in rows:
        lines.append(f"  {'' if word == said and word != 'input' else word:<{width}}  {text}")
        said = word
    return "\n".join(lines) + "\n"


def render_json(answer: ContractAnswer) -> str:
    """One object: the contract, and ``at`` and ``list`` where they were asked for."""
    graph = answer.contract.graph
    document: dict[str, Any] = {
        "version": FORMAT_VERSION,
        "model": graph.name,
        "path": answer.path,
        "line": graph.span.line,
        "inputs": [{"name": each.name, "shape": shape_text(each), "dtype": each.dtype} for each in graph.inputs],
        "assumed": list(graph.assumed),
        **answer.contract.to_json(),
        "because": [ground.to_json() for ground in grounds_of(answer.contract)],
        "advice": Advice(graph).to_json(),
    }
    if answer.at and not answer.symbol:
        shapes = [list(shape) for shape in answer.outputs]
        document["at"] = {
            "sizes": dict(answer.at),
            "accepted": answer.accepted,
            "example": dict(answer.example),
            "outputs": shapes,
            "refused_by": answer.refusal.to_json() if answer.refusal else None,
        }
    if answer.symbol:
        document["list"] = {
            "symbol": answer.symbol,
            "accepted": list(answer.listed),
            "unknown": list(answer.unknown),
        }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _because(contract: Contract) -> Iterator[str]:
    """What asks for the accepted sizes, a line of source each."""
    grounds = grounds_of(contract)
    for ground in grounds[:_MOST_GROUNDS]:
        yield f"{ground.text}  ({ground.by} at {ground.place})"
    if len(grounds) > _MOST_GROUNDS:
        yield f"and {len(grounds) - _MOST_GROUNDS} more lines"


def _outputs(contract: Contract) -> Iterator[str]:
    """The output sizes, a line each; those that are written alike once, for all the sizes that give them."""
    groups: dict[str, list[Domain]] = {}
    for outputs, domains in contract.by_output:
        text = ", ".join(render_shape(output, domains) for output in outputs) or "no tensor"
        groups.setdefault(text, []).extend(domains)
    for text, found in groups.items():
        yield text if len(groups) == 1 else f"{text} for {render_union(union(found))}"


def _advice(advice: Advice) -> Iterator[tuple[str, str]]:
    """At which sizes the joins fit and the padding is even, and which of them the model can have."""
    if advice.verdict != "neither":
        if advice.asks_nothing:
            return
        yield "joins", "always fit" if advice.joins == advice.followed else f"fit at {render_union(advice.joins)}"
        yield "padding", "always even" if advice.even == advice.followed else f"even at {render_union(advice.even)}"
    example = f", for example {_sizes(advice.example, advice.symbols)}" if advice.example else ""
    match advice.verdict:
        case "both":
            yield "advice", f"both{example}"
        case "joins" if advice.both:
            yield "advice", f"joins{example}; even padding at {render_union(advice.both)} only"
        case "joins":
            yield "advice", f"joins{example}; no accepted size keeps the padding even"
        case "neither":
            yield "advice", "neither joins that fit nor even padding"
        case None:
            yield "advice", f"joins{example}; whether some accepted size keeps the padding even is not known"
    if advice.refused_example:
        yield "advice", f"{_sizes(advice.refused_example, advice.symbols)} would keep it even, and is refused"


def _sizes(sizes: Mapping[str, int], symbols: Collection[str] = ()) -> str:
    """``H = 224, W = 224``: the sizes of these symbols, or of all."""
    return ", ".join(f"{symbol} = {size}" for symbol, size in sizes.items() if not symbols or symbol in symbols)


def _verdict(answer: ContractAnswer) -> str:
    sizes = _sizes(answer.at)
    if answer.accepted is None:
        return f"{sizes}: not known{_why_unknown(answer.contract.graph)}"
    if not answer.accepted:
        return f"{sizes}: refused{_why_refused(answer)}"
    shapes = ", ".join("×".join(map(str, shape)) or "scalar" for shape in answer.outputs)
    others = _sizes({symbol: size for symbol, size in answer.example.items() if symbol not in answer.at})
    verdict = f"{sizes}: accepted, for example with {others}" if others else f"{sizes}: accepted"
    return f"{verdict}{':' if others else ','} output {shapes}" if shapes else verdict


def _why_refused(answer: ContractAnswer) -> str:
    """The line that refuses the sizes that were asked about, what it says and what is accepted.

    What this line needs is named only where that is all, or where the whole is too long to say.
    """
    if 0 in answer.at.values():
        return ": sizes are at least 1"
    if answer.is_outside:
        return f": the declared sizes are {render_domain(answer.contract.graph.declared)}"
    ground = answer.refusal
    if ground is None:
        return ""
    accepted = answer.contract.render() if answer.contract.accepted else ""
    needs = accepts = ""
    if accepted and accepted != ground.text and len(accepted) <= _LONGEST_CONDITION:
        accepts = f"; accepted is {accepted}"
    elif ground.predicate != FALSE:
        needs = f", which needs {ground.text}"
    message = f": {ground.message}" if ground.message else ""
    return f" by {ground.by} at {ground.place}{needs}{message}{accepts}"


def _why_unknown(graph: ModelGraph) -> str:
    reasons = dict.fromkeys(
        f"{path.failure.message} ({path.failure.span})" if path.failure.span else path.failure.message
        for path in graph.paths
        if path.failure is not None and path.failure.kind in {"untraceable", "error"}
    )
    reasons |= dict.fromkeys(each.reason for path in graph.paths for each in path.specialisations)
    return f": {'; '.join(reasons)}" if reasons else ""
