"""Layers of which only the numbers are known, as the graph of a model that is just these: what rules can look at."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from convlint.arithmetic import transposed as transposing
from convlint.arithmetic import window as sliding
from convlint.arithmetic.window import Window
from convlint.diagnostics import Span
from convlint.graph import own_numbers
from convlint.graph.model import Failure, GraphPath, InputSpec, Layer, ModelGraph, Node, Requirement, TensorValue
from convlint.graph.windows import transposed_from, windows_from
from convlint.symbolic.canonical import symbol
from convlint.symbolic.comparison import equal, greater_equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import FALSE, TRUE, Predicate

_AXES = {1: ("T",), 2: ("H", "W"), 3: ("D", "H", "W")}

_UNKNOWN = 1
"""Stands for channels that are not known: of those, no requirement is made."""

Need = tuple[str, Predicate, str]
"""What PyTorch asks: the rule that speaks for it, the condition, and the objection where it does not hold."""


def chain(name: str, span: Span, layers: Sequence[Layer]) -> ModelGraph:
    """The graph of a model in which each of ``layers`` is given what the one before gives.

    They have windows of one rank, normalisations apart.  It ends at the first layer that PyTorch would refuse.
    """
    axes = _AXES[max(len(_windows(layer)) for layer in layers)]
    shape: tuple[Size, ...] = (symbol("N"), channels_taken(layers[0]) or _UNKNOWN, *map(symbol, axes))
    declared = domain = Domain.of(("N", *axes))
    nodes = [Node("input", "placeholder", "input", "placeholder", "input", outputs=(TensorValue(shape),))]
    failure = None
    for layer in layers:
        requirements = []
        for rule, predicate, message in _needs(layer, shape):
            details = {"expected": channels_taken(layer), "found": shape[1]}
            requirements.append(Requirement(rule, predicate, message, domain, details))
            domain = domain.narrow(predicate)
            if domain.is_empty:
                failure = Failure("refused", message, "RuntimeError", rule, layer.constructor, layer.path)
                break
        node = Node(
            layer.path, "call_module", layer.path, layer.kind, layer.class_name, (nodes[-1].name,),
            parameters=layer.parameters, layer=layer.path, requirements=tuple(requirements),
        )  # fmt: skip
        nodes.append(node)
        if failure is not None:
            break
        given, asked = _spatial(layer, shape[2:])
        domain = domain.narrow(asked)
        shape = (shape[0], channels_given(layer) or shape[1], *given)
        nodes[-1] = replace(node, outputs=(TensorValue(shape),))
    path = GraphPath(tuple(nodes), declared, domain, failure, outputs=nodes[-1].outputs)
    return ModelGraph(
        name, name, span, (InputSpec("input", nodes[0].shape, assumed=True),), declared, is_declared=False,
        layers={layer.path: layer for layer in layers}, paths=(path,),
    )  # fmt: skip


def channels_taken(layer: Layer) -> int | None:
    """The channels that it was built for, where that is known."""
    found = layer.parameters.get("in_channels", layer.parameters.get("num_features"))
    return found if isinstance(found, int) else None


def channels_given(layer: Layer) -> int | None:
    """The channels that it gives, where its own numbers say so."""
    found = layer.parameters.get("out_channels", layer.parameters.get("num_features"))
    return found if isinstance(found, int) else None


def _needs(layer: Layer, shape: Sequence[Size]) -> Iterator[Need]:
    """What PyTorch asks of the layer, in the order in which it does: of its own numbers, then of the channels."""
    parameters = layer.parameters
    windows = _windows(layer)
    groups = parameters.get("groups", 1)
    assert isinstance(groups, int)
    for name in ("in_channels", "out_channels"):
        channels = parameters.get(name)
        if isinstance(channels, int):
            fits = TRUE if groups > 0 and channels % groups == 0 else FALSE
            yield "invalid-layer", fits, own_numbers.no_groups(name, channels, groups)
    if parameters.get("padding") == "same" and any(window.stride != 1 for window in windows):
        yield "invalid-layer", FALSE, own_numbers.SAME_WITH_STRIDE
    for window in windows:
        if layer.kind in {"max_pool", "avg_pool"}:
            yield "invalid-layer", sliding.valid_pooling(window), own_numbers.no_pooling(window)
        else:
            yield "invalid-layer", sliding.valid_convolution(window), own_numbers.no_convolution(window)
    for each in transposed_from(parameters) if layer.kind == "conv_transpose" else ():
        not_negative = greater_equal(each.output_padding, 0)
        yield "invalid-output-padding", not_negative, own_numbers.NEGATIVE_OUTPUT_PADDING
        valid = transposing.valid_output_padding(each)
        yield "invalid-output-padding", valid, own_numbers.no_output_padding(each)
    taken = channels_taken(layer)
    if taken is not None:
        rule = "norm-mismatch" if layer.kind == "norm" else "channel-mismatch"
        yield rule, equal(shape[1], taken), f"expected {taken} input channels, got {shape[1]}"


def _windows(layer: Layer) -> tuple[Window, ...]:
    """Its windows; those of the convolution that a transposed one transposes."""
    return () if layer.kind == "norm" else windows_from(layer.kind, layer.parameters)


def _spatial(layer: Layer, sizes: Sequence[Size]) -> tuple[tuple[Size, ...], Predicate]:
    """The spatial sizes that a layer gives, and what it asks of those that it is given."""
    if layer.kind == "norm":
        return tuple(sizes), TRUE
    if layer.kind == "conv_transpose":
        pairs = list(zip(sizes, transposed_from(layer.parameters), strict=True))
        given = tuple(transposing.output_size(size, each) for size, each in pairs)
        return given, all_of(*(transposing.transposed_fits(size, each) for size, each in pairs))
    slides = list(zip(sizes, _windows(layer), strict=True))
    given = tuple(sliding.output_size(size, each) for size, each in slides)
    return given, all_of(*(sliding.window_fits(size, each) for size, each in slides))
