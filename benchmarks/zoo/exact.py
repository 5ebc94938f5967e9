"""Whether a trace is true: nodes at many sizes, the contract at every square size."""

import time
from collections import Counter
from collections.abc import Collection

from benchmarks.zoo.catalogue import Case, build
from benchmarks.zoo.compare import compare, path_at
from benchmarks.zoo.isolate import Record
from benchmarks.zoo.plain import BATCH
from benchmarks.zoo.probes import Sizes, probes
from benchmarks.zoo.runs import PlainRuns, RunStore
from benchmarks.zoo.traced import nominal_of, trace
from convlint.graph.contract import Contract
from convlint.graph.model import ModelGraph

_MOST_LISTED = 8
"""Instances of one problem that a record keeps; all are counted."""


def examine(case: Case, truth: Record | None, store: RunStore) -> Record:
    """Everything that must hold exactly.

    ``truth`` is the brute force of `plain.accepted_squares`, if there is any; ``store`` has the plain runs of before.
    """
    built = build(case)
    started = time.perf_counter()
    graph = trace(built)
    seconds = round(time.perf_counter() - started, 4)
    contract = Contract(graph)
    result: Record = {"seconds": seconds, **_outcome(graph, contract)}
    runs = PlainRuns(store, case.key, built)
    result |= _comparisons(runs, contract, nominal_of(built), case.key)
    runs.keep()
    if truth is not None:
        result["squares"] = squares(contract, set(truth["accepted"]), truth["largest"])
    return result


def _outcome(graph: ModelGraph, contract: Contract) -> Record:
    first = graph.paths[0] if graph.paths else None
    failed = first is None or first.failure is not None
    reason = "no path" if first is None else first.failure.message if first.failure else None
    stops = [path.failure.message for path in graph.paths[1:] if path.failure and path.failure.kind == "untraceable"]
    return {
        "status": "failed" if failed else "partial" if contract.unexplored else "traced",
        "reason": reason if failed else next(iter(_limits(graph) + stops), None),
        "paths": len(graph.paths),
        "nodes": len(first.nodes) if first else 0,
        "contract": contract.render(ascii=True)[:200],
    }


def _limits(graph: ModelGraph) -> list[str]:
    """Why some sizes were not explored."""
    specialised = [each.reason for path in graph.paths for each in path.specialisations]
    return [*specialised, *(["more branches than are followed"] if graph.unexplored else [])]


def _comparisons(runs: PlainRuns, contract: Contract, nominal: Sizes, seed: str) -> Record:
    """Every node at the probed sizes against plain runs, and refused sizes against plain PyTorch's refusal."""
    chosen = probes(contract, nominal, seed)
    pairs = 0
    unpaired: Counter[str] = Counter()
    wrong: list[str] = []
    disagreements = 0
    for sizes in chosen.accepted:
        path = path_at(contract.graph, sizes)
        real = runs.at(sizes)
        if isinstance(real, str):
            disagreements += 1
            wrong.append(f"{_text(sizes)}: accepted, but {real}")
            continue
        assert path is not None
        comparison = compare(path, sizes, real)
        pairs += comparison.pairs
        unpaired.update(comparison.unpaired)
        disagreements += len(comparison.disagreements)
        wrong += [f"{_text(sizes)}: {each.call} is {each.real}, not {each.traced}" for each in comparison.disagreements]
    for sizes in chosen.refused:
        if not isinstance(runs.at(sizes), str):
            disagreements += 1
            wrong.append(f"{_text(sizes)}: refused, but it runs")
    return {
        "sizes": len(chosen.accepted),
        "refused_sizes": len(chosen.refused),
        "pairs": pairs,
        "disagreements": disagreements,
        "wrong": wrong[:_MOST_LISTED],
        "unpaired": sum(unpaired.values()),
        "unpaired_calls": [call for call, _ in unpaired.most_common(_MOST_LISTED)],
    }


def squares(contract: Contract, accepted: Collection[int], largest: int) -> Record:
    """The contract against the sizes S for which (`BATCH`, C, S, S) really runs: where they differ, or it is silent."""
    verdicts = {size: contract.accepts({"N": BATCH, "H": size, "W": size}) for size in range(1, largest + 1)}
    return {
        "accepted": len(accepted),
        "wrongly_accepted": [size for size, verdict in verdicts.items() if verdict and size not in accepted],
        "wrongly_refused": [size for size, verdict in verdicts.items() if verdict is False and size in accepted],
        "unknown": [size for size, verdict in verdicts.items() if verdict is None],
    }


def _text(sizes: Sizes) -> str:
    return " ".join(f"{name}={size}" for name, size in sizes.items())
