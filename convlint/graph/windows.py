"""The sliding windows of a node, one an axis, with the sizes that meet them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window, resolve_padding
from convlint.graph.flow import Flow
from convlint.graph.model import ModelGraph, Node
from convlint.symbolic.dim import Size

WINDOW_KINDS = frozenset({"conv", "max_pool", "avg_pool", "lp_pool"})


@dataclass(frozen=True, slots=True)
class AxisWindow:
    """A window over axis ``axis`` of the node's input, which has ``size`` cells there."""

    axis: int
    size: Size
    window: Window


@dataclass(frozen=True, slots=True)
class AxisTransposed:
    """A transposed convolution over axis ``axis`` of its input: ``size`` cells become ``output``."""

    axis: int
    size: Size
    output: Size
    transposed: Transposed


def parameters_of(graph: ModelGraph, node: Node) -> Mapping[str, object]:
    """The operation's numbers: those of the call, and for what it leaves open those of its layer."""
    layer = graph.layers.get(node.layer) if node.layer is not None else None
    return node.parameters if layer is None else {**layer.parameters, **node.parameters}


def windows_of(graph: ModelGraph, flow: Flow, node: Node) -> tuple[AxisWindow, ...]:
    """The windows of a convolution or pooling, from its first spatial axis on; empty for any other node."""
    if node.kind not in WINDOW_KINDS:
        return ()
    shape = _input_shape(flow, node)
    windows = windows_from(node.kind, parameters_of(graph, node))
    first = len(shape) - len(windows)
    if first < 1:
        return ()
    return tuple(AxisWindow(axis, shape[axis], window) for axis, window in enumerate(windows, first))


def windows_from(kind: str, parameters: Mapping[str, object]) -> tuple[Window, ...]:
    """The windows that the numbers of a convolution or pooling mean, one an axis; empty without a kernel."""
    kernels = _spatial(parameters.get("kernel_size"))
    axes = len(kernels)
    strides = _spatial(parameters.get("stride"), axes) or (None,) * axes
    dilations = _spatial(parameters.get("dilation"), axes, default=1)
    paddings = parameters.get("padding", 0)
    found = []
    for index, kernel in enumerate(kernels):
        kernel_size = cast("Size", kernel)
        # A pooling without a stride moves by its kernel, a convolution by 1.
        stride = strides[index]
        if stride is None:
            stride = 1 if kind == "conv" else kernel_size
        dilation = cast("Size", dilations[index])
        padding = _padding(paddings, index, axes, kernel_size, dilation)
        ceil_mode = bool(parameters.get("ceil_mode", False))
        found.append(Window(kernel_size, cast("Size", stride), padding, dilation, ceil_mode))
    return tuple(found)


def transposed_of(graph: ModelGraph, flow: Flow, node: Node) -> tuple[AxisTransposed, ...]:
    """A transposed convolution's axes, from the first spatial one on; empty for any other node."""
    if node.kind != "conv_transpose":
        return ()
    shape = _input_shape(flow, node)
    layers = transposed_from(parameters_of(graph, node))
    first = len(shape) - len(layers)
    if first < 1 or len(node.shape) != len(shape):
        return ()
    return tuple(
        AxisTransposed(axis, shape[axis], node.shape[axis], layer) for axis, layer in enumerate(layers, first)
    )


def transposed_from(parameters: Mapping[str, object]) -> tuple[Transposed, ...]:
    """What the numbers of a transposed convolution mean, one entry an axis; empty without a kernel."""
    kernels = _spatial(parameters.get("kernel_size"))
    axes = len(kernels)

    def numbers(name: str, default: int) -> tuple[Size, ...]:
        return cast("tuple[Size, ...]", _spatial(parameters.get(name), axes, default=default))

    strides, dilations, output_paddings = numbers("stride", 1), numbers("dilation", 1), numbers("output_padding", 0)
    paddings = parameters.get("padding", 0)
    return tuple(
        Transposed(
            cast("Size", kernels[index]),
            strides[index],
            _padding(paddings, index, axes, cast("Size", kernels[index]), dilations[index])[0],
            dilations[index],
            output_paddings[index],
        )
        for index in range(axes)
    )


def _input_shape(flow: Flow, node: Node) -> tuple[Size, ...]:
    inputs = flow.inputs(node)
    return inputs[0].shape if inputs else ()


def _spatial(value: object, axes: int = 1, default: object = None) -> tuple[object, ...]:
    """One entry an axis: a lone number stands for all axes, an absent one for the default; empty without either."""
    if value is None or value == ():
        return () if default is None else (default,) * axes
    if isinstance(value, tuple | list):
        return tuple(value) * axes if len(value) == 1 else tuple(value)
    return (value,) * axes


def _padding(value: object, index: int, axes: int, kernel_size: Size, dilation: Size) -> tuple[Size, Size]:
    """(left, right) from a number, a word, a number an axis or a pair an axis."""
    if isinstance(value, tuple | list):
        value = value[0] if len(value) == 1 < axes else value[index]
    if isinstance(value, tuple | list):
        left, right = value
        return left, right
    return resolve_padding(cast("Size | str", value), kernel_size, dilation)
