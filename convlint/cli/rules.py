"""``convlint rules``: the list of all rules."""

import sys

import click

from convlint.cli.options import coloured, output_format


@click.command(name="rules")
@output_format("list", "markdown")
def command(output_format: str) -> None:
    """List the rules: code, name, the highest severity that a finding of it has, and what it finds.

    [*] marks rules whose findings may come with a fix. `convlint rule CODE` explains one of them.
    """
    from convlint.render import rules as render
    from convlint.render.style import Style
    from convlint.rules import registry

    rules = registry.rules()
    match output_format:
        case "json":
            text = render.render_rules_json(rules)
        case "markdown":
            text = render.render_rules_markdown(rules)
        case _:
            text = render.render_rules(rules, style=Style(colour=coloured(sys.stdout)))
    click.echo(text, nl=False)
