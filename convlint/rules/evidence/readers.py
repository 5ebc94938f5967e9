"""Who else reads a map that a strided window reads in part: the other branches, and which of its cells they read."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import lcm
from typing import cast

from convlint.arithmetic.window import Window
from convlint.graph.border import border
from convlint.graph.cellwise import keeps_places, reorders
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow, windows_of
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import less
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain

_LAYOUTS = frozenset({"view", "permute", "split", "index", "crop", "linear"})
_JOINS = frozenset({"join", "cat", "stack", "matmul", "attention"})
_MOST_OFFSETS = 4096


@dataclass(frozen=True, slots=True)
class Cells:
    """Of one axis of a map, what the units of a later map read: unit ``j`` reads ``{offset + j*jump}``."""

    jump: int = 1
    offsets: frozenset[int] = frozenset({0})

    def through(self, window: AxisWindow) -> "Cells | None":
        """What the units of a window over those units read; None where its numbers depend on sizes."""
        numbers = (window.window.kernel_size, window.window.stride, window.window.dilation, window.window.padding[0])
        if not all(isinstance(number, int) for number in numbers):
            return None
        kernel_size, stride, dilation, padding = cast("tuple[int, int, int, int]", numbers)
        taps = [dilation * tap - padding for tap in range(kernel_size)]
        offsets = frozenset(offset + tap * self.jump for offset in self.offsets for tap in taps)
        return Cells(self.jump * stride, offsets) if len(offsets) <= _MOST_OFFSETS else None

    def shifted(self, by: int) -> "Cells":
        """The same cells of a map that has ``by`` cells more before its first."""
        return Cells(self.jump, frozenset(offset + by for offset in self.offsets))

    def residues(self, modulus: int) -> frozenset[int]:
        """Which cells are read, by their remainder; ``modulus`` is a multiple of ``jump``."""
        starts = {offset % self.jump for offset in self.offsets}
        return frozenset(cell for cell in range(modulus) if cell % self.jump in starts)


@dataclass(frozen=True, slots=True)
class Reader:
    """A node that ends a branch's cell by cell way, and what it reads; ``cells`` is None where that may be all.

    ``unread`` is how many cells at the end of the map it does not reach (0 or less: none).  ``joins`` says that its
    branch and the window's meet again.
    """

    node: Node
    cells: Cells | None
    unread: Size
    joins: bool

    def reads_last(self, domain: Domain) -> bool:
        """Whether the last cell is read, or may be, at all sizes of the domain."""
        return domain.holds(less(self.unread, 1))


def readers(view: View, node: Node, axis: int) -> tuple[Reader, ...]:
    """The other readers of the map that a window of ``node`` reads, on its axis ``axis``.

    A map that differs from it position by position only (an activation, a 1×1 convolution), or by a border, counts as
    the same: who reads it reads what the window skips.
    """
    flow = view.flow
    source = flow.inputs(node)[0]
    from_end = axis - len(source.shape)
    joins = sum(1 << flow.index(each) for each in flow.nodes if each.kind in _JOINS)
    meeting = flow.descendants(node) & joins
    returned = sum(1 << flow.index(each) for each in flow.nodes if each.op == "output")
    found: dict[str, Reader] = {}
    barred = {node.name}
    for alike, shift in _alike(view, source, from_end):
        others = list(_ends(view, alike, from_end, barred))
        barred.add(alike.name)
        for reader, cells in others:
            after = flow.descendants(reader)
            if returned and not after & returned:
                continue  # where tracing stopped before the output, any of them may lead there
            joined = bool(after & meeting)
            if cells is None or shift is None:
                read = Reader(reader, None, 0, joined)
            else:
                last = cells.jump * (reader.shape[from_end] - 1) + max(cells.offsets)
                read = Reader(reader, cells.shifted(shift), alike.shape[from_end] - 1 - last, joined)
            found.setdefault(reader.name, read)
    return tuple(found.values())


def read_residues(cells: Collection[Cells], modulus: int) -> frozenset[int]:
    """The remainders by ``modulus`` of which every cell is read by one of these."""
    period = lcm(modulus, *(each.jump for each in cells))
    read = frozenset[int]().union(*(each.residues(period) for each in cells))
    return frozenset(
        residue for residue in range(modulus) if all(cell in read for cell in range(residue, period, modulus))
    )


def _alike(view: View, source: Node, from_end: int) -> Iterator[tuple[Node, int | None]]:
    """The map, and those before it of the same positions, with the place that their first cell has in it.

    The place is None behind a change of layout or order, where it is not known which cell is which.
    """
    shift: int | None = 0
    while True:
        yield source, shift
        inputs = view.flow.inputs(source)
        if len(inputs) != 1:
            return
        if source.kind == "pad":
            left = view.domain.simplify(border(source, from_end)[0])
            shift = shift + left if isinstance(left, int) and shift is not None else None
        elif source.kind in _LAYOUTS or reorders(source):
            shift = None
        elif not (_is_unitwise(view, source) if shift is None else _is_positionwise(view, source, inputs[0], from_end)):
            return
        (source,) = inputs


def _is_positionwise(view: View, node: Node, before: Node, from_end: int) -> bool:
    """Whether each of its cells is made of the one cell at its place, whatever their channels."""
    if node.kind == "conv":
        steps = [each.window for each in windows_of(view.graph, view.flow, node)[from_end:][:1]]
        return steps == [Window(1)]
    return _is_cellwise(view, node, before, from_end)


def _is_unitwise(view: View, node: Node) -> bool:
    """Whether each unit is computed from those of its place, of one map or several."""
    return node.kind == "join" or keeps_places(view.graph, node)


def _is_cellwise(view: View, node: Node, before: Node, from_end: int) -> bool:
    return (
        _is_unitwise(view, node)
        and len(node.shape) == len(before.shape)
        and node.shape[from_end] == before.shape[from_end]
    )


def _ends(
    view: View, source: Node, from_end: int, barred: Collection[str]
) -> Iterator[tuple[Node, Cells | None]]:
    """Where the branches from ``source`` stop to go cell by cell, and what is read of ``source`` there."""
    pending: list[tuple[Node, Cells]] = [(source, Cells())]
    seen: set[tuple[str, Cells]] = set()
    while pending:
        before, cells = pending.pop()
        for user in view.flow.users(before):
            if user.name in barred or user.kind == "size" or (user.name, cells) in seen:
                continue
            seen.add((user.name, cells))
            if _is_cellwise(view, user, before, from_end):
                pending.append((user, cells))
                continue
            after = _through(view, user, before, from_end, cells)
            if after is not None and after.jump == 1:
                pending.append((user, after))
            else:
                yield user, after


def _through(view: View, user: Node, before: Node, from_end: int, cells: Cells) -> Cells | None:
    """What the units of ``user`` read; None where that is not known, and may be all."""
    axis = len(before.shape) + from_end
    if user.kind == "pad":
        left = border(user, from_end)[0]
        return cells.shifted(-left) if isinstance(left, int) else None
    for window in windows_of(view.graph, view.flow, user):
        if window.axis == axis:
            return cells.through(window)
    return None


