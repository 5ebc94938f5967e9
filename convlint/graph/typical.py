"""Input sizes as people have them."""

from collections.abc import Mapping

from convlint.graph.model import ModelGraph
from convlint.symbolic.dim import symbols_of

_SIZE = 224
_BATCH = 1
_FACTOR = 2


def typical_sizes(graph: ModelGraph) -> Mapping[str, int]:
    """Sizes next to which examples are looked for, one for each symbol: one sample of the usual size, else 224 pixels.

    None lies outside of the declared sizes of its symbol.
    """
    batch: set[str] = set()
    for spec in graph.inputs:
        if len(spec.shape) > 1:
            batch |= symbols_of(spec.shape[0])
    others = {symbol for spec in graph.inputs for size in spec.shape[1:] for symbol in symbols_of(size)}
    typical = {}
    for symbol, declared in graph.declared.sets.items():
        size = _BATCH if symbol in batch - others else graph.usual.get(symbol, _SIZE)
        nearest = declared.nearest(size)
        typical[symbol] = size if nearest is None else nearest
    return typical


def is_typical(sizes: Mapping[str, int], typical: Mapping[str, int]) -> bool:
    """Whether no size is less than half or more than twice the typical one of its symbol."""
    return all(number <= _FACTOR * sizes[symbol] <= _FACTOR**2 * number for symbol, number in typical.items())
