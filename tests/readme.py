"""What the README shows of the commands.  ``python -m tests.readme`` brings it up to date."""

import os
import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from convlint.cli import cli

ROOT = Path(__file__).parents[1]
PATH = ROOT / "README.md"

_SHOWN = re.compile(r"(```console\n\$ convlint ([^\n]*)\n)([^$].+?)(?=```)", re.DOTALL)
_RULES = re.compile(r"(?<=<!-- rules -->\n\n).*?(?=\n<!-- end of rules -->)", re.DOTALL)


def shown(readme: str) -> list[tuple[str, str]]:
    """The commands that are shown with their output, and that output."""
    return [(command, output) for _, command, output in _SHOWN.findall(readme)]


def catalogue(readme: str) -> str:
    """The table of all rules."""
    (table,) = _RULES.findall(readme)
    return table


def output_of(command: str) -> str:
    """What ``convlint COMMAND`` prints in the working directory."""
    return CliRunner().invoke(cli, shlex.split(command), prog_name="convlint").stdout


def updated(readme: str) -> str:
    """The README with what the commands print now."""
    table = output_of("rules --output-format markdown")
    readme = _RULES.sub(lambda _: table, readme)
    return _SHOWN.sub(lambda found: found[1] + output_of(found[2]), readme)


if __name__ == "__main__":
    os.chdir(ROOT)
    PATH.write_text(updated(PATH.read_text(encoding="utf-8")), encoding="utf-8")
