"""``convlint config``: what can be set in pyproject.toml."""

import click

from convlint.cli.options import fail, output_format
from convlint.cli.terminal import say


@click.command(name="config")
@click.argument("key", metavar="[KEY]", required=False)
@output_format("answer")
def command(key: str | None, output_format: str) -> None:
    """Explain the settings: what each key means, its type, its default, and an example.

    They stand in [tool.convlint] of pyproject.toml, or without that heading in convlint.toml or .convlint.toml. Each
    file has those of the nearest directory at or above it. `convlint check --show-settings` says which hold.
    """
    from convlint.request import UsageError
    from convlint.settings.explain import find_keys, render_keys, render_keys_json

    try:
        shown = find_keys(key)
    except UsageError as error:
        fail(error.problem)
    say(render_keys_json(shown) if output_format == "json" else render_keys(shown))
