"""``convlint rule``: the document of one rule."""

import sys

import click

from convlint.cli.options import fail, output_format
from convlint.cli.terminal import colour_option, coloured, columns_of, say

_WIDEST = 100
_NARROWEST = 40


@click.command(name="rule")
@click.argument("key", metavar="CODE|NAME")
@output_format("answer")
@colour_option
def command(key: str, output_format: str) -> None:
    """Explain a rule: what it finds, why that is bad, by which formula, and what to do about it.

    A rule is named by its code (CL301) or its name (skip-size-mismatch); `convlint rules` lists them.
    """
    from convlint import request
    from convlint.render import rules as render
    from convlint.render.style import Style
    from convlint.rules import registry

    try:
        rule = registry.find(request.read_rule(key, registry.names()))
    except request.UsageError as error:
        fail(error.problem)
    if output_format == "json":
        say(render.render_rule_json(rule))
        return
    width = max(min(columns_of(sys.stdout) or _WIDEST, _WIDEST), _NARROWEST)
    style = Style(colour=coloured(sys.stdout))
    say(render.render_rule(rule, style=style, width=width))
