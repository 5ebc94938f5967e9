"""Receptive field, jump and centre of every tensor of a path, axis by axis.

An axis without a geometry (channels, batch, tokens, what a global operation made) has None.  Not followed yet: the
shift of a pad or crop whose extent depends on the sizes, and interpolations whose factor does.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import cast

from convlint.arithmetic.geometry import (
    INPUT,
    Geometry,
    join,
    through_adaptive,
    through_pad,
    through_step,
    through_transposed,
    through_unshuffle,
    through_upsample,
    through_window,
)
from convlint.graph.flow import Flow
from convlint.graph.model import ModelGraph, Node
from convlint.graph.scale import ratio
from convlint.graph.windows import parameters_of, transposed_of, windows_of
from convlint.symbolic.dim import Size

AxisGeometry = Geometry | None
Geometries = tuple[AxisGeometry, ...]

_TAPS = {"nearest": 1, "nearest-exact": 1, "area": 1, "linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 4}
_FIRST_SPATIAL_AXIS = 2
_FORGETTING = frozenset({"size", "attention", "recurrent", "matmul", "embedding", "stack", "output", "attribute"})


def geometries(graph: ModelGraph, flow: Flow) -> Mapping[str, Geometries]:
    """By node name, one geometry an axis of the node's first output, in pixels of the model's input."""
    found: dict[str, Geometries] = {}
    for node in flow.nodes:
        own = _geometry(graph, flow, node, found)
        found[node.name] = own if len(own) == len(node.shape) else (None,) * len(node.shape)
    return found


def _geometry(graph: ModelGraph, flow: Flow, node: Node, found: Mapping[str, Geometries]) -> Geometries:
    rank = len(node.shape)
    if node.op == "placeholder":
        return tuple(INPUT if axis >= _FIRST_SPATIAL_AXIS else None for axis in range(rank))
    inputs = flow.inputs(node)
    if not inputs or node.kind in _FORGETTING:
        return (None,) * rank
    before = found[inputs[0].name]
    parameters = parameters_of(graph, node)
    match node.kind:
        case "conv" | "max_pool" | "avg_pool" | "lp_pool":
            steps = {each.axis: _window_step(each.window) for each in windows_of(graph, flow, node)}
            return _stepped(before, steps)
        case "conv_transpose":
            steps = {each.axis: _transposed_step(each.transposed) for each in transposed_of(graph, flow, node)}
            return _stepped(before, steps)
        case "resize":
            return _resized(inputs[0].shape, node, parameters, before)
        case "adaptive_pool":
            return _adapted(inputs[0].shape, node.shape, before)
        case "pad":
            return _padded(parameters, before)
        case "shuffle":
            return _shuffled(inputs[0].shape, node.shape, before)
        case "permute":
            return _permuted(parameters, rank, before)
        case "crop":
            return _cropped(parameters, before)
        case "linear":
            return (*before[:-1], None)
        case _:
            return _carried(node, [(each.shape, found[each.name]) for each in inputs])


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


def _window_step(window: object) -> Step:
    return _known(lambda geometry: through_window(geometry, window))  # type: ignore[arg-type]


def _transposed_step(transposed: object) -> Step:
    return _known(lambda geometry: through_transposed(geometry, transposed))  # type: ignore[arg-type]


def _resized(shape: Sequence[Size], node: Node, parameters: Mapping[str, object], before: Geometries) -> Geometries:
    if len(shape) != len(node.shape):
        return ()
    align_corners = bool(parameters.get("align_corners") or False)
    taps = _TAPS.get(str(parameters.get("mode", "nearest")), 1)
    steps: dict[int, Step] = {}
    for axis in range(_FIRST_SPATIAL_AXIS, len(shape)):
        factor = _factor(shape[axis], node.shape[axis], align_corners=align_corners)
        steps[axis] = (
            (lambda _: None)
            if factor is None
            else _known(
                lambda geometry, factor=factor: through_upsample(  # type: ignore[misc]
                    geometry, factor, align_corners=align_corners, taps=taps
                )
            )
        )
    return _stepped(before, steps)


def _factor(size: Size, output: Size, *, align_corners: bool) -> Fraction | None:
    if align_corners and isinstance(size, int) and isinstance(output, int) and size > 1 and output > 1:
        return Fraction(output - 1, size - 1)
    return ratio(output, size)


def _adapted(shape: Sequence[Size], output: Sequence[Size], before: Geometries) -> Geometries:
    if len(shape) != len(output):
        return ()
    after = list(before)
    for axis, geometry in enumerate(before):
        size, made = shape[axis], output[axis]
        if geometry is None or size is made or size == made:
            continue
        whole = isinstance(size, int) and isinstance(made, int) and made > 0
        after[axis] = through_adaptive(geometry, cast("int", size), cast("int", made)) if whole else None
    return tuple(after)


def _padded(parameters: Mapping[str, object], before: Geometries) -> Geometries:
    pads = parameters.get("pad", ())
    if not isinstance(pads, tuple | list):
        return before
    after = list(before)
    first = len(before) - len(pads)
    for index, pair in enumerate(pads):
        geometry = before[first + index] if 0 <= first + index < len(before) else None
        if geometry is not None and isinstance(pair, tuple | list) and isinstance(pair[0], int):
            after[first + index] = through_pad(geometry, pair[0])
    return tuple(after)


def _shuffled(shape: Sequence[Size], output: Sequence[Size], before: Geometries) -> Geometries:
    if len(shape) != len(output):
        return ()
    after = list(before)
    for axis, geometry in enumerate(before):
        factor = ratio(output[axis], shape[axis]) if geometry is not None else None
        if geometry is None or factor is None or factor == 1:
            continue
        grows = factor > 1
        after[axis] = (
            through_upsample(geometry, factor) if grows else through_unshuffle(geometry, int(1 / factor))
        )
    return tuple(after)


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


def _cropped(parameters: Mapping[str, object], before: Geometries) -> Geometries:
    axis, start, step = (parameters.get(name) for name in ("dim", "start", "step"))
    if not isinstance(axis, int) or not -len(before) <= axis < len(before):
        return before
    after = list(before)
    geometry = after[axis]
    if geometry is not None and isinstance(start, int) and start >= 0:
        after[axis] = through_step(geometry, start, step if isinstance(step, int) else 1)
    return tuple(after)


def _carried(node: Node, inputs: Sequence[tuple[tuple[Size, ...], Geometries]]) -> Geometries:
    """An axis that keeps its size keeps its geometry; where tensors meet, the largest field speaks for them."""
    shape = node.shape
    carried: list[AxisGeometry] = []
    for axis in range(len(shape)):
        from_end = axis - len(shape)
        candidates = [
            geometry
            for sizes, known in inputs
            if len(sizes) == len(shape) and sizes[from_end] == shape[axis]
            for geometry in [known[from_end]]
            if geometry is not None
        ]
        carried.append(join(*candidates) if candidates else None)
    return tuple(carried)
