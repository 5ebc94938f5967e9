"""A model's table: each layer with its line, output sizes, r, what r loses, receptive field and jump."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath

from convlint.arithmetic.geometry import Geometry
from convlint.graph.contract import Contract, render_shape, render_union
from convlint.graph.flow import Flow
from convlint.graph.geometry import Geometries, geometries
from convlint.graph.model import GraphPath, ModelGraph, Node
from convlint.graph.shown import shown_path
from convlint.graph.windows import windows_of
from convlint.render.inputs import input_text
from convlint.render.relation import lost_text, remainder_text
from convlint.render.wrap import columns
from convlint.symbolic.dim import Size
from convlint.symbolic.render import render

_QUIET = frozenset({"attribute", "dropout", "norm", "output", "pointwise", "size", "activation"})
"""Kinds that rarely change a size; they are shown where they do, or when all are asked for."""

_HEADINGS = ("layer", "operation", "source", "output", "r", "lost", "field", "jump")


def render_shapes(graph: ModelGraph, *, plain: bool = False, everything: bool = False) -> str:
    """The table of the model's first accepted path (else its first one), and which sizes take it.

    ``plain`` writes ASCII only; ``everything`` adds the operations that keep every size.
    """
    contract = Contract(graph)
    path = shown_path(graph)
    title = f"{graph.name}({', '.join(input_text(each) for each in graph.inputs)})"
    lines = [f"{title}  {graph.span.path}:{graph.span.line}"]
    lines += [f"assumed: {text}" for text in graph.assumed]
    if path is None:
        return "\n".join([*lines, "nothing was traced"]) + "\n"
    lines += ["", *_table(graph, path, plain=plain, everything=everything), ""]
    if path.failure is not None:
        place = f" ({path.failure.span.path}:{path.failure.span.line})" if path.failure.span else ""
        lines.append(f"stopped: {path.failure.message}{place}")
    lines.append(f"accepts: {contract.render(ascii=plain)}")
    if len(graph.paths) > 1:
        shown = render_union((path.entered,), ascii=plain)
        lines.append(f"shown: the path for {shown}; {_others(len(graph.paths) - 1)}")
    if contract.unexplored:
        lines.append(f"unknown: {render_union(contract.unexplored, ascii=plain)}")
    return "\n".join(lines) + "\n"


def _others(count: int) -> str:
    return "1 other path depends on the sizes" if count == 1 else f"{count} other paths depend on the sizes"


def _table(graph: ModelGraph, path: GraphPath, *, plain: bool, everything: bool) -> list[str]:
    flow = Flow(path)
    known = geometries(graph, flow)
    rows: list[Sequence[str]] = [_HEADINGS]
    rows += [
        _row(graph, path, flow, node, known[node.name], plain=plain)
        for node in flow.nodes
        if everything or _is_shown(flow, node)
    ]
    widths = [max(columns(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return ["  ".join(_padded(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]


def _padded(cell: str, size: int) -> str:
    return cell + " " * (size - columns(cell))


def _is_shown(flow: Flow, node: Node) -> bool:
    if node.kind not in _QUIET:
        return True
    inputs = flow.inputs(node)
    return node.kind not in {"size", "output", "attribute"} and not any(each.shape == node.shape for each in inputs)


def _row(
    graph: ModelGraph, path: GraphPath, flow: Flow, node: Node, geometry: Geometries, *, plain: bool
) -> tuple[str, ...]:
    def text(size: Size) -> str:
        # As they are before any requirement: where H must be even, r = H % 2 says why.
        return render(size, ascii=plain, domain=path.entered)

    shape = ", ".join(render_shape(each, (path.entered,), ascii=plain) for each in node.outputs)
    windows = windows_of(graph, flow, node)
    return (
        node.layer or node.module or "-",
        node.operation if node.op != "placeholder" else f"input {node.target}",
        _place(node),
        shape,
        _alike(remainder_text(each, text) for each in windows),
        _alike(lost_text(each) for each in windows),
        _measure(geometry, lambda each: str(each.receptive_field or "-")),
        _measure(geometry, lambda each: str(each.jump)),
    )


def _place(node: Node) -> str:
    return f"{PurePath(node.call.path).name}:{node.call.line}" if node.call else ""


def _measure(geometry: Geometries, read: Callable[[Geometry], str]) -> str:
    return _alike(read(each) for each in geometry if each is not None)


def _alike(texts: Iterable[str]) -> str:
    """One text an axis, or one for all of them."""
    found = list(texts)
    return found[0] if len(set(found)) == 1 else ", ".join(text or "-" for text in found)
