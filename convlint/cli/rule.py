"""``convlint rule``: the document of one rule."""

import shutil
import sys

import click

from convlint.cli.options import coloured, fail, is_terminal, output_format

_WIDEST = 100
_NARROWEST = 40


@click.command(name="rule")
@click.argument("key", metavar="CODE|NAME")
@output_format("answer")
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
        click.echo(render.render_rule_json(rule), nl=False)
        return
    columns = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else _WIDEST
    width = max(min(columns, _WIDEST), _NARROWEST)
    click.echo(render.render_rule(rule, style=Style(colour=coloured(sys.stdout)), width=width), nl=False)
