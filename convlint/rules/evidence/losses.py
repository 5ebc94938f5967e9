"""What strided windows lose to the floor: how many cells, for which sizes, merged over paths and axes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from convlint.arithmetic.window import Window
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.evidence import wording
from convlint.rules.evidence.places import place_of
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import greater
from convlint.symbolic.dim import Dim, Size, symbols_of
from convlint.symbolic.intset import IntSet
from convlint.symbolic.render import render_set
from convlint.symbolic.truth import Truth

Amount = Callable[[View, Node, AxisWindow], Size]


@dataclass(frozen=True, slots=True)
class Loss:
    """Cells that one node loses on axes where the same is true of all.

    ``least`` and ``most`` bound how many where it loses any; None is unbounded.  ``sizes`` are the sizes of ``symbol``
    at which it does, where that can be said of one symbol; ``always`` is proven for every size that is accepted.
    """

    view: View
    node: Node
    window: Window
    axes: tuple[int, ...]
    symbols: tuple[str, ...]
    sizes: IntSet | None
    condition: str
    always: bool
    least: int
    most: int
    constant: bool
    witness: Mapping[str, int]
    size: Size

    @property
    def where(self) -> str:
        """`` for H % 2 = 0, and for W likewise``; empty where it is so for every size."""
        if not self.condition:
            return ""
        return f" for {self.condition}{wording.likewise(self.symbols[1:] if self.sizes is not None else ())}"

    def amount(self, word: str) -> str:
        """``1 row``, ``1 to 3 rows``."""
        if self.least == self.most:
            return wording.count(self.most, word)
        return f"{self.least} to {wording.count(self.most, word)}"


def losses(subject: Subject, amount: Amount) -> tuple[Loss, ...]:
    """The nodes for which ``amount`` is above 0 at some accepted size."""
    by_place: dict[object, list[Loss | None]] = {}
    for view in subject.live:
        for node, windows in view.windows:
            for window in windows:
                key = (place_of(node), window.axis, window.window)
                by_place.setdefault(key, []).append(_loss(subject, view, node, window, amount(view, node, window)))
    merged = (_over_paths(losses) for losses in by_place.values())
    return tuple(_over_axes([loss for loss in merged if loss is not None]))


def _loss(subject: Subject, view: View, node: Node, window: AxisWindow, lost: Size) -> Loss | None:
    if isinstance(lost, int) and lost <= 0:
        return None
    domain = view.domain
    some = greater(lost, 0)
    truth = domain.decide(some)
    if truth is Truth.NEVER:
        return None
    failing = domain if truth is Truth.ALWAYS else domain.narrow(some)
    witness = failing.witness(subject.near)
    if witness is None:
        return None
    symbols = tuple(sorted(symbols_of(lost)))
    single = len(symbols) == 1
    sizes = failing.set_of(symbols[0]) if single else None
    least, most = failing.bounds(lost)
    at_witness = wording.values([lost], witness)[0]
    condition = ""
    if truth is not Truth.ALWAYS:
        condition = wording.where(some, domain)
    return Loss(
        view=view,
        node=node,
        window=window.window,
        axes=(window.axis,),
        symbols=symbols,
        sizes=sizes,
        condition=condition,
        always=truth is Truth.ALWAYS,
        least=max(1, int(least)) if least is not None else 1,
        most=int(most) if most is not None else at_witness,
        constant=not isinstance(window.size, Dim),
        witness=witness,
        size=window.size,
    )


def _over_paths(found: list[Loss | None]) -> Loss | None:
    """One loss for the same window on several paths; ``always`` only where it is so on each."""
    losses = [each for each in found if each is not None]
    if not losses:
        return None
    first = losses[0]
    if len(found) == 1:
        return first
    always = all(each is not None and each.always for each in found)
    sizes = first.sizes
    for each in losses[1:]:
        sizes = sizes | each.sizes if sizes is not None and each.sizes is not None else None
    condition = ""
    if not always:
        symbol = first.symbols[0] if first.symbols else ""
        condition = render_set(symbol, sizes, least=1) if sizes is not None else first.condition or "some sizes"
    return replace(
        first,
        sizes=sizes,
        always=always,
        condition=condition,
        least=min(each.least for each in losses),
        most=max(each.most for each in losses),
    )


def _over_axes(losses: list[Loss]) -> Iterator[Loss]:
    """Axes of one node about which the same is true are one."""
    groups: dict[object, list[Loss]] = {}
    for each in losses:
        what = each.sizes if each.sizes is not None else (each.condition, each.symbols, str(each.size))
        key = (each.node.name, id(each.view), each.window, what, each.always, each.least, each.most)
        groups.setdefault(key, []).append(each)
    for group in groups.values():
        symbols = tuple(dict.fromkeys(symbol for each in group for symbol in each.symbols))
        axes = tuple(axis for each in group for axis in each.axes)
        yield replace(group[0], axes=axes, symbols=symbols)
