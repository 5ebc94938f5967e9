"""Input sizes as people have them."""

from collections.abc import Mapping

from convlint.graph.model import ModelGraph
from convlint.symbolic.dim import symbols_of

_SIZE = 224
_BATCH = 1


def typical_sizes(graph: ModelGraph) -> Mapping[str, int]:
    """Sizes next to which examples are looked for, one for each symbol: one sample, 224 pixels."""
    batch: set[str] = set()
    for spec in graph.inputs:
        if len(spec.shape) > 1:
            batch |= symbols_of(spec.shape[0])
    others = {symbol for spec in graph.inputs for size in spec.shape[1:] for symbol in symbols_of(size)}
    return {symbol: _BATCH if symbol in batch - others else _SIZE for symbol in graph.declared.sets}
