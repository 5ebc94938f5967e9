"""Which way through a model is shown where only one can be."""

from convlint.graph.model import GraphPath, ModelGraph


def shown_path(graph: ModelGraph) -> GraphPath | None:
    """The first way that some size follows to the end, else the first of all; None where nothing was traced."""
    ways = graph.paths
    return next((each for each in ways if each.failure is None), ways[0] if ways else None)
