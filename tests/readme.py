"""What the README and ``docs/`` show of the commands.  ``python -m tests.readme`` brings them up to date."""

import os
import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from convlint.cli.group import cli

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))

_SHOWN = re.compile(r"(```console\n\$ convlint ([^\n]*)\n)([^$].+?)(?=```)", re.DOTALL)
_RULES = re.compile(r"(?<=<!-- rules -->\n\n).*?(?=\n<!-- end of rules -->)", re.DOTALL)


def shown(page: str) -> list[tuple[str, str]]:
    """The commands that are shown with their output, and that output."""
    return [(command, output) for _, command, output in _SHOWN.findall(page)]


def catalogue(readme: str) -> str:
    """The table of all rules."""
    (table,) = _RULES.findall(readme)
    return table


def output_of(command: str) -> str:
    """What ``convlint COMMAND`` prints in the working directory."""
    return CliRunner().invoke(cli, shlex.split(command), prog_name="convlint").stdout


def updated(page: str) -> str:
    """A page with what the commands print now."""
    page = _RULES.sub(lambda _: output_of("rules --output-format markdown"), page)
    return _SHOWN.sub(lambda found: found[1] + output_of(found[2]), page)


if __name__ == "__main__":
    os.chdir(ROOT)
    for path in PAGES:
        path.write_text(updated(path.read_text(encoding="utf-8")), encoding="utf-8")
