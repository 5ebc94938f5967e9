"""What hovering shows: on a layer or a call what it does to the sizes, on a class its contract."""

from collections.abc import Callable, Iterator, Sequence

from convlint.diagnostics import Span
from convlint.engine.places import with_spans
from convlint.graph.contract import Contract, render_shape
from convlint.graph.flow import Flow
from convlint.graph.geometry import Geometries, geometries
from convlint.graph.model import ModelGraph, Node
from convlint.graph.windows import transposed_of, windows_of
from convlint.lsp.positions import innermost, is_inside
from convlint.lsp.sites import Instance, Sites
from convlint.lsp.ways import Way
from convlint.render.contract import render_text
from convlint.render.relation import lost_text, remainder_text, transposed_text, window_text
from convlint.report import ContractAnswer
from convlint.symbolic.dim import Size
from convlint.symbolic.render import render

_MOST_OTHERS = 8
"""Runs of the same line that are listed behind the first."""

_MOST_WAYS = 4
"""Ways through a model that are shown in full, of those on which the sizes of a run are others."""

_AXES = {1: ("length",), 2: ("rows", "columns"), 3: ("depth", "rows", "columns")}


Classes = Sequence[tuple[Span, ModelGraph]]
"""The models whose class stands in a file, each with the place of its name."""


def hover(
    sites: Sites, classes: Classes, near: Callable[[Span], Span], line: int, column: int
) -> tuple[Span, str] | None:
    """What there is to say at a place of a file, as Markdown, and the range that it speaks of.

    ``near`` gives a place in the source as its user names it.
    """
    for span, graph in classes:
        if is_inside(span, line, column):
            named = with_spans(graph, near)
            contract = render_text(ContractAnswer(Contract(named), named.span.path))
            return span, "\n".join(["```text", contract.rstrip(), "```"])
    found = innermost((*sites.calls, *sites.built), line, column)
    if found is None:
        return None
    return found, "\n".join(_described(sites.calls.get(found) or sites.built[found], found.path))


def _described(runs: Sequence[Instance], path: str) -> Iterator[str]:
    """The first run in full, and the sizes of the others."""
    yield from _run(runs[0], path)
    for run in runs[1 : _MOST_OTHERS + 1]:
        yield f"- `{run.module or run.graph.name}`: {' or '.join(run.listed())}"
    if len(runs) > _MOST_OTHERS + 1:
        yield f"- and {len(runs) - _MOST_OTHERS - 1} more"


def _run(run: Instance, path: str) -> Iterator[str]:
    """A run on each way on which its sizes are others."""
    yield f"**{run.name}** `{run.module or run.graph.name}` in `{run.model(path)}`"
    yield ""
    ways: dict[str, list[Way]] = {}
    for way in run.ways:
        ways.setdefault(way.sizes, []).append(way)
    for alike in list(ways.values())[:_MOST_WAYS]:
        yield from _way(run, alike[0], run.condition(alike))
    if len(ways) > _MOST_WAYS:
        yield f"and {len(ways) - _MOST_WAYS} other sizes"
        yield ""


def _way(run: Instance, way: Way, condition: str) -> Iterator[str]:
    node, flow = way.node, Flow(way.path)
    given = ", ".join(_shape(way, each) for each in flow.inputs(node)) if node is not None else ""
    yield (f"{given} → {way.sizes}" if given else way.sizes) + condition
    yield ""
    if node is not None:
        details = [*_axes(run.graph, way, flow, node), *_field(geometries(run.graph, flow).get(node.name, ()))]
        if details:
            yield from ("```text", *details, "```")


def _shape(way: Way, node: Node) -> str:
    return ", ".join(render_shape(each, (way.path.entered,)) for each in node.outputs)


def _axes(graph: ModelGraph, way: Way, flow: Flow, node: Node) -> Iterator[str]:
    """Its relationship on each axis, with the numbers filled in; of a window ``r`` too, and what is lost by it."""
    text = _text(way)
    for axis in windows_of(graph, flow, node):
        name = _name(axis.axis, node)
        yield f"{name}: {window_text(axis, node.shape[axis.axis], text)}"
        lost = lost_text(axis)
        yield f"{' ' * len(name)}  r = {remainder_text(axis, text)}" + (f", lost: {lost}" if lost else "")
    for turned in transposed_of(graph, flow, node):
        yield f"{_name(turned.axis, node)}: {transposed_text(turned, text)}"


def _text(way: Way) -> Callable[[Size], str]:
    return lambda size: render(size, domain=way.path.entered)


def _name(axis: int, node: Node) -> str:
    spatial = len(node.shape) - 2
    names = _AXES.get(spatial, ())
    return names[axis - 2] if 0 <= axis - 2 < len(names) else f"axis {axis}"


def _field(known: Geometries) -> Iterator[str]:
    """Receptive field and jump, where the tensor has them."""
    grids = [each for each in known if each is not None]
    if grids:
        fields = dict.fromkeys(str(each.receptive_field or "unknown") for each in grids)
        jumps = dict.fromkeys(str(each.jump) for each in grids)
        yield f"receptive field {'×'.join(fields)}, jump {'×'.join(jumps)} (pixels of the input)"
