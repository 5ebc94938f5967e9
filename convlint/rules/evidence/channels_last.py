"""Inputs that are declared with their channels last, where those of PyTorch come first."""

from convlint.graph.model import ModelGraph
from convlint.rules.evidence.subject import Subject
from convlint.symbolic.dim import Size
from convlint.symbolic.render import render


def channels_first(subject: Subject) -> tuple[str, ...]:
    """The help for a declared ``N H W 3`` that reaches a layer of 3 channels as it is; nothing for other inputs."""
    graph = subject.graph
    if len(graph.inputs) != 1:
        return ()
    (spec,) = graph.inputs
    if spec.assumed or len(spec.shape) < 3:
        return ()
    batch, *sizes, channels = spec.shape
    if sizes[0] == channels or not _lacks(graph, channels):
        return ()
    written = " ".join(render(size, ascii=True).replace(" ", "") for size in (batch, channels, *sizes))
    return (f'the channels come first in PyTorch: `--input "{written}"`',)


def _lacks(graph: ModelGraph, channels: Size) -> bool:
    """Whether the layer with channels that runs first was built for so many, and is not given them."""
    layers = ((path, node) for path in graph.paths for node in path.nodes if "in_channels" in node.parameters)
    path, node = next(layers, (None, None))
    if path is None or node is None or node.parameters["in_channels"] != channels:
        return False
    return not any(channels in path.node(name).shape[1:2] for name in node.inputs)
