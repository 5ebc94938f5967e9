"""``convlint shapes``: the sizes in a model, layer by layer."""

from typing import TYPE_CHECKING

import click

from convlint.cli.options import cache_dir, fail, model_options, no_cache, remembering
from convlint.cli.terminal import say

if TYPE_CHECKING:
    from convlint.request import Options
    from convlint.settings import Resolved


@click.command(name="shapes")
@click.argument("target", metavar="TARGET")
@model_options("cache_dir")
@click.option("--all", "everything", is_flag=True, help="Show what keeps every size, too: norms, activations, dropout.")
@cache_dir
@no_cache
@click.option("--ascii", "plain", is_flag=True, help="Write ceil(H/2) instead of ⌈H/2⌉.")
def command(
    target: str,
    options: "Options",
    resolved: "Resolved",
    plain: bool,
    everything: bool,
    no_cache: bool,
) -> None:
    """Show the sizes in a model, layer by layer.

    For each layer: the line that calls it, its output sizes, r = (i + padding - kernel) mod stride, what r loses (input
    rows or cells of padding that no window reads), and the receptive field and jump of its output in input pixels.

    TARGET is path/file.py:Class or package.module:callable.
    """
    from convlint import engine, request
    from convlint.render import shapes

    try:
        graph = engine.trace(target, options, remembering(resolved.settings, no_cache=no_cache))
    except request.UsageError as error:
        fail(error.problem)
    say(shapes.render_shapes(graph, plain=plain, everything=everything))
