"""The sizes that one call gives on several ways through a model: by one formula, where one holds on all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from convlint.graph.contract import render_shape, render_union, union
from convlint.graph.model import GraphPath, Node, TensorValue
from convlint.symbolic.comparison import equal
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain

_LONGEST_PAIR = 60
"""Characters up to which two alternatives are written one beside the other."""

_MOST_DOMAINS = 3
"""Ways whose sizes are named; of more it is said how many there are."""

UNLIKE = "…"
"""A size that is not the same on all ways."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way through a model on which a call runs, and what it gives there; ``node`` is the operation, if any."""

    path: GraphPath
    outputs: tuple[TensorValue, ...]
    node: Node | None = None

    @property
    def sizes(self) -> str:
        """``N×64×⌈H/4⌉×⌈W/4⌉``, as the sizes are before any requirement."""
        return ", ".join(render_shape(each, (self.path.entered,)) for each in self.outputs)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of the sizes in one line, and the alternatives, each with its ways: one where one formula holds."""

    line: str
    alternatives: tuple[tuple[str, tuple[Way, ...]], ...]


def told(ways: Sequence[Way], declared: Domain) -> Told:
    """What to say of the sizes on these ways, for the ``declared`` sizes."""
    if len(ways) == 1:
        return Told(ways[0].sizes, ((ways[0].sizes, tuple(ways)),))
    # Calls without number have the sizes of one another.
    line, texts = _told(tuple((tuple(each.shape for each in way.outputs), way.path.entered) for way in ways), declared)
    alternatives: dict[str, list[Way]] = {}
    for way, text in zip(ways, texts, strict=True):
        alternatives.setdefault(text, []).append(way)
    return Told(line, tuple((text, tuple(alike)) for text, alike in alternatives.items()))


def where(ways: Sequence[Way]) -> str:
    """``H % 2 = 0``: which sizes take these ways through the model."""
    domains = union(way.path.entered for way in ways)
    if len(domains) <= _MOST_DOMAINS:
        return render_union(domains)
    return f"{render_union(domains[:1])} and {len(domains) - 1} other sets of sizes"


Shapes = tuple[tuple[Size, ...], ...]


@lru_cache(maxsize=1024)
def _told(ways: tuple[tuple[Shapes, Domain], ...], declared: Domain) -> tuple[str, tuple[str, ...]]:
    """The line, and the text of each way."""
    shapes = [each for each, _ in ways]
    if len({tuple(map(len, each)) for each in shapes}) > 1:
        shared: list[list[str]] = [[UNLIKE]]
        texts = tuple(_joined(_rendered(each, declared)) for each in shapes)
    else:
        shared = _rendered(_shared(ways), declared)
        texts = tuple(_joined(_completed(shared, _rendered(each, declared))) for each in shapes)
    pair = " | ".join(dict.fromkeys(texts))
    return (pair if len(set(texts)) <= 2 and len(pair) <= _LONGEST_PAIR else _joined(shared)), texts


def _shared(ways: Sequence[tuple[Shapes, Domain]]) -> list[list[Size | None]]:
    """The sizes of each tensor, of each axis the one that holds on all ways."""
    domains = [entered for _, entered in ways]
    tensors = zip(*(shapes for shapes, _ in ways), strict=True)
    return [[_common(sizes, domains) for sizes in zip(*tensor, strict=True)] for tensor in tensors]


def _common(sizes: Sequence[Size], domains: Sequence[Domain]) -> Size | None:
    """The one of the sizes that is equal to each other one on the way that this is of."""

    def holds(size: Size) -> bool:
        others = zip(sizes, domains, strict=True)
        return all(size is other or domain.holds(equal(size, other)) for other, domain in others)

    return next(filter(holds, dict.fromkeys(sizes)), None)


def _rendered(tensors: Sequence[Sequence[Size | None]], domain: Domain) -> list[list[str]]:
    return [[UNLIKE if size is None else _axis(size, domain) for size in tensor] for tensor in tensors]


def _axis(size: Size, domain: Domain) -> str:
    """A size as it stands among others, a sum in brackets."""
    return render_shape(TensorValue((1, size)), (domain,)).partition("×")[2]


def _completed(shared: Sequence[Sequence[str]], own: Sequence[Sequence[str]]) -> list[list[str]]:
    """What all ways share, and of one way what they do not."""
    return [
        [mine if ours == UNLIKE else ours for ours, mine in zip(*tensors, strict=True)]
        for tensors in zip(shared, own, strict=True)
    ]


def _joined(tensors: Sequence[Sequence[str]]) -> str:
    return ", ".join("×".join(tensor) or "scalar" for tensor in tensors)
