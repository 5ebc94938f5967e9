"""What the README and ``docs/`` show is what the commands say; ``python -m tests.readme`` makes it so."""

import re
import shlex

import click
import pytest
import yaml

from convlint.cli.group import cli
from convlint.settings import resolve
from tests.readme import PAGES, README, ROOT, catalogue, output_of, shown

TEXTS = {path: path.read_text(encoding="utf-8") for path in PAGES}
SHOWN = [each for text in TEXTS.values() for each in shown(text)]


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_a_shown_command_prints_what_is_shown(command, output, warm_engine, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert output_of(command) == output


def test_the_catalogue_is_made_from_the_rules():
    assert catalogue(TEXTS[README]) == output_of("rules --output-format markdown")


@pytest.mark.parametrize("family", ["CL1", "CL2", "CL3", "CL4", "CL5", "CL6", "CL9"])
def test_a_finding_of_the_family_is_shown(family):
    assert any(re.search(rf"^\w+\[{family}\d\d\]", output, re.MULTILINE) for _, output in shown(TEXTS[README]))


def test_ci_runs_the_readmes_test_command():
    commands = re.findall(r"^\$ (python3.*)$", TEXTS[README], re.MULTILINE)
    assert len(commands) == 2
    *_, test = commands[1].split(" && ")
    assert test.split("/")[-1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


WORKFLOWS = [each for text in TEXTS.values() for each in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize("text", WORKFLOWS)
def test_a_workflow_can_be_read_and_its_commands_are_understood(text):
    assert isinstance(yaml.safe_load(text), dict)
    commands = re.findall(r"(?:- |run: |entry: )convlint (.+?)(?: \|\| .*)?$", text, re.MULTILINE)
    assert commands
    for command in commands:
        name, *arguments = shlex.split(re.sub(r"\$\{\{.*?\}\}", "1", command))
        found = cli.get_command(click.Context(cli), name)
        assert found is not None
        found.make_context(name, arguments)  # raises for options that it does not know


def written(text):
    """The files that the commands of a workflow write, by the form of the report."""
    return dict(re.findall(r"--output-format ([a-z]+):(\S+)", text))


def test_the_readmes_github_workflow_uploads_what_is_written():
    (text,) = [each for each in re.findall(r"```yaml\n(.*?)```", TEXTS[README], re.DOTALL) if "runs-on" in each]
    (job,) = yaml.safe_load(text)["jobs"].values()
    (upload,) = [each for each in job["steps"] if "codeql-action/upload-sarif" in each.get("uses", "")]
    assert upload["with"]["sarif_file"] == written(text)["sarif"]
    assert upload["if"] == "${{ !cancelled() }}"  # findings end the step before it with 1
    assert job["permissions"]["security-events"] == "write"
    assert "convlint check --output-format github " in text


def test_the_readmes_gitlab_job_hands_over_what_is_written():
    (text,) = [each for each in re.findall(r"```yaml\n(.*?)```", TEXTS[README], re.DOTALL) if "artifacts" in each]
    (job,) = yaml.safe_load(text).values()
    reports = job["artifacts"]["reports"]
    assert (reports["codequality"], reports["junit"]) == (written(text)["gitlab"], written(text)["junit"])
    assert job["artifacts"]["when"] == "always"


def test_the_settings_that_are_shown_can_be_read(tmp_path):
    (shown_settings,) = re.findall(r"```toml\n(.*?)```", TEXTS[ROOT / "docs" / "settings.md"], re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(shown_settings)
    assert resolve(str(tmp_path)).settings.models[0].qualname == "UNet"


def test_the_readme_leads_to_every_page_and_every_link_to_a_file():
    links = {
        (path.parent / target).resolve()
        for path, text in TEXTS.items()
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    }
    assert {path for path in PAGES if path != README} <= links
    assert not [link for link in links if not link.exists()]
