"""``convlint rules``: the list of all rules."""

import sys

import click

from convlint.cli.options import output_format
from convlint.cli.terminal import colour_option, coloured, columns_of, say


@click.command(name="rules")
@output_format("list", "markdown")
@colour_option
def command(output_format: str) -> None:
    """List the rules: code, name, the highest severity that a finding of it has, and what it finds.

    [*] marks rules whose findings may come with a fix. `convlint rule CODE` explains one of them.
    """
    from convlint.render import rules as render
    from convlint.render.style import Style
    from convlint.rules import registry

    rules = registry.rules()
    style = Style(colour=coloured(sys.stdout))
    match output_format:
        case "json":
            text = render.render_rules_json(rules)
        case "markdown":
            text = render.render_rules_markdown(rules)
        case _:
            text = render.render_rules(rules, style=style, width=columns_of(sys.stdout))
    say(text)
