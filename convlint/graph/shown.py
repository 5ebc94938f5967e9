"""Which ways through a model are shown."""

from convlint.graph.model import GraphPath, ModelGraph


def shown_path(graph: ModelGraph) -> GraphPath | None:
    """Where only one way can be shown: the first that some size follows to the end, else the first of all.

    None where nothing was traced.
    """
    ways = graph.paths
    return next((each for each in ways if each.failure is None), ways[0] if ways else None)


def shown_paths(graph: ModelGraph) -> tuple[GraphPath, ...]:
    """Where all ways can be: those that some size follows as far as is known; that one, where none is."""
    live = tuple(each for each in graph.paths if each.is_live)
    only = shown_path(graph)
    return live or ((only,) if only is not None else ())
