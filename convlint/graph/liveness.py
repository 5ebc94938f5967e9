"""Which rows of each tensor can reach an output of the model: what is read, followed backwards through the path.

Never fewer rows than that: an operation that is not known reads all of its inputs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from math import lcm

from convlint.arithmetic.sampling import Sampling
from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window
from convlint.graph.cellwise import CELLWISE_JOINS, keeps_places, spreads
from convlint.graph.flow import Flow
from convlint.graph.model import ModelGraph, Node
from convlint.graph.resampling import resizes
from convlint.graph.windows import parameters_of, transposed_of, windows_of
from convlint.symbolic.cases import maximum, minimum
from convlint.symbolic.dim import Dim, Opaque, Size

_MOST_RESIDUES = 4096


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows from ``first`` to ``last``, both included, whose number mod ``modulus`` is one of ``residues``."""

    first: Size
    last: Size
    modulus: int = 1
    residues: frozenset[int] = frozenset({0})

    @property
    def has_gaps(self) -> bool:
        """Whether rows between the first and the last are left out."""
        return len(self.residues) < self.modulus


def all_rows(size: Size) -> Rows:
    """Every row of an axis."""
    return Rows(0, size - 1)


def union(one: Rows, other: Rows) -> Rows:
    """Rows of either, and perhaps some between."""
    if one == other:
        return one
    first, last = minimum(one.first, other.first), maximum(one.last, other.last)
    modulus = lcm(one.modulus, other.modulus)
    if modulus > _MOST_RESIDUES:
        return Rows(first, last)
    both = frozenset(
        row for row in range(modulus) if row % one.modulus in one.residues or row % other.modulus in other.residues
    )
    return _simplest(Rows(first, last, modulus, both))


def read_by_window(rows: Rows, window: Window, size: Size) -> Rows:
    """Which of ``size`` rows a window reads for these rows of its output."""
    left = window.padding[0]
    first = maximum(rows.first * window.stride - left, 0)
    last = minimum(rows.last * window.stride - left + window.effective_kernel - 1, size - 1)
    numbers = (window.stride, window.kernel_size, window.dilation, left)
    stride, kernel_size, dilation, padding = (number if isinstance(number, int) else None for number in numbers)
    if stride is None or kernel_size is None or dilation is None or padding is None:
        return Rows(first, last)
    modulus = rows.modulus * stride
    if modulus * kernel_size > _MOST_RESIDUES:
        return Rows(first, last)
    taps = range(-padding, dilation * kernel_size - padding, dilation)
    read = frozenset((row * stride + tap) % modulus for row in rows.residues for tap in taps)
    return _simplest(Rows(first, last, modulus, read))


def read_by_transposed(rows: Rows, transposed: Transposed, size: Size) -> Rows:
    """Which of ``size`` rows a transposed convolution spreads over these rows of its output."""
    reach = transposed.effective_kernel - 1
    first = -(-(rows.first + transposed.padding - reach) // transposed.stride)
    last = (rows.last + transposed.padding) // transposed.stride
    return Rows(maximum(first, 0), minimum(last, size - 1))


def read_by_sampling(rows: Rows, sampling: Sampling, size: Size) -> Rows:
    """Which of ``size`` rows an interpolation reads: exactly for whole steps, else as many as there are."""
    if sampling.step.denominator != 1:
        return all_rows(size)
    before, after = sampling.cells(0)
    return read_by_window(rows, Window(after - before + 1, sampling.step.numerator, (-before, 0)), size)


def moved(rows: Rows, by: Size, size: Size) -> Rows:
    """The same rows where they are numbered ``by`` higher, as far as there are that many."""
    first, last = maximum(rows.first + by, 0), minimum(rows.last + by, size - 1)
    if not isinstance(by, int):
        return Rows(first, last)
    return Rows(first, last, rows.modulus, frozenset((row + by) % rows.modulus for row in rows.residues))


Axes = tuple[Rows, ...]


def live_rows(graph: ModelGraph, flow: Flow) -> Mapping[str, Axes]:
    """By node name, one entry an axis: the rows of its first output that can reach what the model returns.

    Nodes that nothing is computed from are taken to be returned: they may have written into another tensor.
    """
    found: dict[str, Axes] = {}
    for node in reversed(flow.nodes):
        users = [each for each in flow.users(node) if each.kind != "size"]
        if not users or len(node.outputs) != 1:
            found[node.name] = tuple(all_rows(size) for size in node.shape)
            continue
        read = [axes for user in users for axes in _read(graph, flow, user, node, found[user.name])]
        found[node.name] = tuple(
            _named(reduce(union, each), size) for each, size in zip(zip(*read, strict=True), node.shape, strict=True)
        )
    return found


def _named(rows: Rows, size: Size) -> Rows:
    """The rows, or all of them where the last would be a nest of cases that no reader could take in."""
    atoms = [atom for end in (rows.first, rows.last) if isinstance(end, Dim) for atom in end.atoms]
    return all_rows(size) if any(isinstance(atom, Opaque) for atom in atoms) else rows


def _read(graph: ModelGraph, flow: Flow, user: Node, node: Node, live: Axes) -> Iterable[Axes]:
    """What ``user`` reads of ``node`` for the rows of its own output that are live, one entry each way it does."""
    everything = tuple(all_rows(size) for size in node.shape)
    if len(user.outputs) != 1 or len(user.shape) != len(node.shape) or flow.inputs(user).count(node) != 1:
        return [everything]
    steps = _steps(graph, flow, user, node)
    if steps is None:
        return [everything]
    return [
        tuple(
            steps[axis](rows) if axis in steps else (rows if user.shape[axis] == size else all_rows(size))
            for axis, (rows, size) in enumerate(zip(live, node.shape, strict=True))
        )
    ]


Step = Callable[[Rows], Rows]


def _steps(graph: ModelGraph, flow: Flow, user: Node, node: Node) -> Mapping[int, Step] | None:
    """From rows of the output to rows of the input, for the axes that change; None for what is not known."""
    parameters = parameters_of(graph, user)
    shape = node.shape
    match user.kind:
        case "conv" | "max_pool" | "avg_pool" | "lp_pool":
            windows = windows_of(graph, flow, user)
            steps: dict[int, Step] = {each.axis: _by_window(each.window, each.size) for each in windows}
            channels = min(steps, default=len(shape)) - 1
            return {**steps, channels: lambda _: all_rows(shape[channels])} if steps else None
        case "conv_transpose":
            transposed = transposed_of(graph, flow, user)
            steps = {each.axis: _by_transposed(each.transposed, each.size) for each in transposed}
            channels = min(steps, default=len(shape)) - 1
            return {**steps, channels: lambda _: all_rows(shape[channels])} if steps else None
        case "resize" if user.operation == "interpolate":
            found = resizes(parameters, shape, user.shape)
            return {axis: _by_resize(each.sampling, each.size) for axis, each in enumerate(found, 2)}
        case "pad" if parameters.get("mode", "constant") == "constant" and isinstance(parameters.get("pad"), tuple):
            pads = parameters["pad"]
            assert isinstance(pads, tuple)
            first = len(shape) - len(pads)
            return {axis: _by_shift(-left, shape[axis]) for axis, (left, _) in enumerate(pads, first)}
        case "crop" | "index":
            slices = parameters.get("slices")
            if not isinstance(slices, tuple) or any(not isinstance(each, tuple) for each in slices):
                return None
            return {axis: _by_slice(part, shape[axis]) for axis, part in enumerate(slices)}
        case "norm":
            return {} if _is_batch_norm(graph, user) else None
        case kind if kind in CELLWISE_JOINS or (keeps_places(graph, user) and not spreads(user)):
            return {}
        case _:
            return None


def _by_window(window: Window, size: Size) -> Step:
    return lambda rows: read_by_window(rows, window, size)


def _by_transposed(transposed: Transposed, size: Size) -> Step:
    return lambda rows: read_by_transposed(rows, transposed, size)


def _by_resize(sampling: Sampling | None, size: Size) -> Step:
    return lambda rows: read_by_sampling(rows, sampling, size) if sampling is not None else all_rows(size)


def _by_shift(by: Size, size: Size) -> Step:
    return lambda rows: moved(rows, by, size)


def _by_slice(part: tuple[int, Size, Size], size: Size) -> Step:
    _, start, step = part
    return lambda rows: read_by_window(rows, Window(1, step, (-start, 0)), size)


def _is_batch_norm(graph: ModelGraph, node: Node) -> bool:
    """Whether it takes its statistics from training; those of an instance norm are of all rows."""
    layer = graph.layers.get(node.layer or "")
    return layer is not None and "BatchNorm" in layer.class_name


def _simplest(rows: Rows) -> Rows:
    """With the shortest modulus that says the same."""
    for modulus in range(1, rows.modulus):
        if rows.modulus % modulus == 0 and all(
            (row + modulus) % rows.modulus in rows.residues for row in rows.residues
        ):
            return Rows(rows.first, rows.last, modulus, frozenset(row % modulus for row in rows.residues))
    return rows
