"""What the README shows is what the commands say."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from convlint.cli import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```console\n\$ convlint ([^\n]*)\n([^$].+?)```", README, re.DOTALL)


def words(command: str) -> list[str]:
    return [first or second for first, second in re.findall(r'"([^"]*)"|(\S+)', command)]


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_a_shown_command_prints_what_is_shown(command, output, warm_engine, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert CliRunner().invoke(cli, words(command), prog_name="convlint").stdout == output


def test_ci_runs_the_readmes_test_command():
    commands = re.findall(r"^\$ (python3.*)$", README, re.MULTILINE)
    assert len(commands) == 2
    *_, test = commands[1].split(" && ")
    assert test.split("/")[-1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
