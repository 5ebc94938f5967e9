"""Receptive field, jump and centre of every tensor of a path, axis by axis, in pixels of the model's input.

An axis without a grid (channels, batch, tokens, what a global operation made) has None.  A map of known grid whose
units see more than the layers say (a squeeze and excitation, an attention that is added to it) has a geometry without
field.  Normalisation is taken to mix channels only, as it does in ``eval`` mode or over channels.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from convlint.arithmetic.geometry import (
    INPUT,
    Bounds,
    Geometry,
    join,
    through_pad,
    through_shuffle,
    through_step,
    through_transposed,
    through_unshuffle,
    through_window,
    without_field,
)
from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window
from convlint.graph.cellwise import keeps_places, spreads
from convlint.graph.flow import Flow
from convlint.graph.model import ModelGraph, Node
from convlint.graph.resampling import Resize, resizes, through_area, through_resize
from convlint.graph.reshaped import kept_axes
from convlint.graph.windows import WINDOW_KINDS, parameters_of, transposed_of, windows_of
from convlint.symbolic.dim import Size

AxisGeometry = Geometry | None
Geometries = tuple[AxisGeometry, ...]

FIRST_SPATIAL_AXIS = 2
"""Behind samples and channels."""
_CARRYING = frozenset({"reduce", "split"})


def geometries(graph: ModelGraph, flow: Flow) -> Mapping[str, Geometries]:
    """By node name, one geometry an axis of the node's first output, in pixels of the model's input."""
    found: dict[str, Geometries] = {}
    for node in flow.nodes:
        own = _geometry(graph, flow, node, found)
        found[node.name] = own if len(own) == len(node.shape) else (None,) * len(node.shape)
        if node.operation == "setitem" and node.inputs:
            # What was written becomes part of the tensor, under its old name.
            target = node.inputs[0]
            found[target] = tuple(each and without_field(each) for each in found[target])
    return found


def _geometry(graph: ModelGraph, flow: Flow, node: Node, found: Mapping[str, Geometries]) -> Geometries:
    rank = len(node.shape)
    if node.op == "placeholder":
        return tuple(INPUT if axis >= FIRST_SPATIAL_AXIS else None for axis in range(rank))
    inputs = flow.inputs(node)
    if not inputs:
        return ()
    before, shape = found[inputs[0].name], inputs[0].shape
    parameters = parameters_of(graph, node)
    bounds = flow.path.domain.bounds
    match node.kind:
        case kind if kind in WINDOW_KINDS:
            return _stepped(before, {each.axis: _through_window(each.window) for each in windows_of(graph, flow, node)})
        case "conv_transpose":
            found_axes = transposed_of(graph, flow, node)
            return _stepped(before, {each.axis: _through_transposed(each.transposed) for each in found_axes})
        case "max_unpool":
            return _unpooled(parameters, before)
        case "resize" if node.operation == "interpolate" and len(shape) == rank:
            steps = [_through_resize(each, bounds) for each in resizes(parameters, shape, node.shape)]
            return _stepped(before, dict(enumerate(steps, FIRST_SPATIAL_AXIS)))
        case "adaptive_pool" if len(shape) == rank:
            return tuple(
                geometry and through_area(geometry, size, made, bounds)
                for geometry, size, made in zip(before, shape, node.shape, strict=True)
            )
        case "pad":
            return _padded(parameters, before)
        case "shuffle":
            return _shuffled(node.operation, parameters, before)
        case "permute":
            return _permuted(parameters, rank, before)
        case "crop" | "index":
            return _sliced(parameters, before)
        case "linear":
            return (*before[:-1], None)
        case "view":
            return tuple(before[axis] if axis is not None else None for axis in kept_axes(shape, node.shape))
        case "join" | "cat" | "stack":
            return _joined(flow, node, parameters, found)
        case kind if kind in _CARRYING or keeps_places(graph, node):
            return _carried(node, shape, before)
        case _:
            return ()


Step = Callable[[Geometry], AxisGeometry]


def _stepped(before: Geometries, steps: Mapping[int, Step]) -> Geometries:
    return tuple(
        steps[axis](geometry) if geometry is not None and axis in steps else geometry
        for axis, geometry in enumerate(before)
    )


def _known(step: Callable[[Geometry], Geometry]) -> Step:
    def guarded(geometry: Geometry) -> AxisGeometry:
        try:
            return step(geometry)
        except TypeError:  # a number of the layer depends on the input size
            return None

    return guarded


def _through_window(window: Window) -> Step:
    return _known(lambda geometry: through_window(geometry, window))


def _through_transposed(transposed: Transposed) -> Step:
    return _known(lambda geometry: through_transposed(geometry, transposed))


def _through_resize(resize: Resize, bounds: Bounds) -> Step:
    return lambda geometry: through_resize(geometry, resize, bounds)


def _unpooled(parameters: Mapping[str, object], before: Geometries) -> Geometries:
    """A pooled cell goes back somewhere into the window that it came from."""
    entries = (parameters.get(name) for name in ("kernel_size", "stride", "padding"))
    numbers = [entry for entry in entries if isinstance(entry, tuple)]
    if len(numbers) != 3:
        return ()
    axes = list(zip(*numbers, strict=True))
    steps = [_through_transposed(Transposed(kernel, stride, pad[0])) for kernel, stride, pad in axes]
    return _stepped(before, dict(enumerate(steps, len(before) - len(axes))))


def _padded(parameters: Mapping[str, object], before: Geometries) -> Geometries:
    pads = parameters.get("pad", ())
    if not isinstance(pads, tuple | list):
        return ()
    wraps = parameters.get("mode") == "circular"
    after = list(before)
    for axis, (left, _) in enumerate(pads, len(before) - len(pads)):
        geometry = after[axis]
        if geometry is not None:
            after[axis] = through_pad(without_field(geometry) if wraps else geometry, left)
    return tuple(after)


def _shuffled(operation: str, parameters: Mapping[str, object], before: Geometries) -> Geometries:
    up, down = parameters.get("upscale_factor"), parameters.get("downscale_factor")
    last_two = range(len(before) - 2, len(before))
    match operation:
        case "pixel_shuffle" if isinstance(up, int):
            return _stepped(before, dict.fromkeys(last_two, lambda geometry: through_shuffle(geometry, up)))
        case "pixel_unshuffle" if isinstance(down, int):
            return _stepped(before, dict.fromkeys(last_two, lambda geometry: through_unshuffle(geometry, down)))
        case "channel_shuffle" | "native_channel_shuffle":
            return before
        case _:
            return ()


def _permuted(parameters: Mapping[str, object], rank: int, before: Geometries) -> Geometries:
    dims = parameters.get("dims")
    if isinstance(dims, tuple | list) and len(dims) == rank:
        return tuple(before[cast("int", dim) % rank] for dim in dims)
    one, other = parameters.get("dim0"), parameters.get("dim1")
    if isinstance(one, int) and isinstance(other, int):
        swapped = list(before)
        swapped[one % rank], swapped[other % rank] = swapped[other % rank], swapped[one % rank]
        return tuple(swapped)
    return ()


def _sliced(parameters: Mapping[str, object], before: Geometries) -> Geometries:
    slices = parameters.get("slices")
    if not isinstance(slices, tuple | list):
        return ()
    return tuple(_slice(before, each) for each in slices)


def _slice(before: Geometries, part: object) -> AxisGeometry:
    if not isinstance(part, tuple | list):
        return None
    axis, start, step = part
    geometry = before[axis]
    return through_step(geometry, start, step) if geometry is not None and isinstance(step, int) else None


def _carried(node: Node, shape: Sequence[Size], before: Geometries) -> Geometries:
    """An axis that keeps its size keeps its geometry."""
    if len(shape) != len(node.shape):
        return ()
    return tuple(
        geometry and (without_field(geometry) if spreads(node) else geometry) if size == made else None
        for geometry, size, made in zip(before, shape, node.shape, strict=True)
    )


def _joined(flow: Flow, node: Node, parameters: Mapping[str, object], found: Mapping[str, Geometries]) -> Geometries:
    """Each axis on the grid of the branches that have one; weights and buffers have a say in neither."""
    branches = [each for each in flow.inputs(node) if not flow.is_constant(each)]
    rank = len(node.shape)
    along = parameters.get("dim")
    after: list[AxisGeometry] = []
    for axis in range(rank):
        if node.kind != "join" and axis == along:
            after.append(None)
            continue
        own_rank = rank - 1 if node.kind == "stack" else rank
        own_axis = axis - 1 if node.kind == "stack" and isinstance(along, int) and axis > along else axis
        from_end = own_axis - own_rank
        meeting = [_at(each, found[each.name], from_end, node.shape[axis]) for each in branches]
        after.append(_met(meeting, node.shape[axis], flow.path.domain.bounds))
    return tuple(after)


def _at(branch: Node, known: Geometries, from_end: int, size: Size) -> AxisGeometry:
    """The geometry that a branch brings to an axis of ``size`` cells; None where it repeats one cell."""
    if -from_end > len(branch.shape):
        return None
    repeats = branch.shape[from_end] == 1 and size != 1
    return None if repeats else known[from_end]


def _met(meeting: Iterable[AxisGeometry], units: Size, bounds: Bounds) -> AxisGeometry:
    branches = list(meeting)
    known = [each for each in branches if each is not None]
    if not known:
        return None
    joined = join(*known, units=units, bounds=bounds)
    return joined if len(known) == len(branches) else without_field(joined)
