"""A new rule is one file, and nothing else has to know of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from torch import nn

import convlint.rules
from convlint.cli.group import cli
from convlint.rules import registry

ROOT = Path(__file__).parents[2]
CODE, NAME = "CL198", "wide-window"
DEMANDS = ("tests/rules/test_documents.py", "tests/test_fixtures.py")
"""The tests that say what every rule must have."""

RULE = '''\
"""A window is wider than 9 cells.

## What it does

Looks at the kernels of convolutions and pooling.

## Why is this bad

Several small windows see as much for fewer weights.

## Formula

`k_eff = dilation·(kernel_size - 1) + 1 > 9`.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=11, padding=5))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, padding=1))
```

## Fix

Several smaller windows: it is another model, so none is applied by itself.

## Limits

None.

## References

- Simonyan & Zisserman, arXiv:1409.1556.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence.places import windows_by_place
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Windows of more than 9 cells."""
    for view, node, windows in windows_by_place(subject):
        widest = max(int(each.window.effective_kernel) for each in windows)
        if widest > 9:
            yield Finding(Severity.WARNING, f"a window of {widest} cells", view.span(node), view.place(node))


RULE = Rule("CL198", "wide-window", Severity.WARNING, __doc__, check)
'''

MODEL = """\
from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 11, padding=5))
"""


@pytest.fixture
def new_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a new rule, which is searched as the one of all rules is."""
    folder = tmp_path / "more_rules"
    folder.mkdir()
    (folder / "wide_window.py").write_text(RULE)
    monkeypatch.setattr(convlint.rules, "__path__", [*convlint.rules.__path__, str(folder)])
    registry.rules.cache_clear()
    yield folder
    registry.rules.cache_clear()
    sys.modules.pop("convlint.rules.wide_window", None)
    vars(convlint.rules).pop("wide_window", None)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="convlint")


@pytest.mark.parametrize("key", [CODE, NAME])
def test_it_is_explained_by_code_and_by_name(new_rule, key):
    result = run("rule", key)
    assert result.exit_code == 0
    assert result.stdout.startswith("CL198 wide-window  warning, windows and the floor\n")


def test_it_is_in_the_list_and_in_the_catalogue(new_rule):
    listed = [line for line in run("rules").stdout.splitlines() if CODE in line]
    assert [line.split()[:3] for line in listed] == [[CODE, NAME, "warning"]]
    table = run("rules", "--output-format", "markdown").stdout.splitlines()
    assert f"| {CODE} | {NAME} | warning |  | A window is wider than 9 cells. |" in table


def test_it_is_found_in_a_traced_model(new_rule, lint):
    assert lint(nn.Sequential(nn.Conv2d(3, 8, 11))).one(NAME).message == "a window of 11 cells"


@pytest.mark.parametrize(
    ("options", "exit_code"),
    [((), 1), (("--select", CODE), 1), (("--select", NAME), 1), (("--ignore", NAME), 0), (("--select", "CL2"), 0)],
)
def test_check_runs_and_selects_it(new_rule, warm_engine, tmp_path, monkeypatch, options, exit_code):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(MODEL)
    result = run("check", "net.py:Net", "--input", "N 3 H W", *options)
    assert (result.exit_code, f"warning[{CODE}] {NAME}: a window of 11 cells" in result.stdout) == (
        exit_code,
        bool(exit_code),
    )


def test_its_own_examples_are_all_that_the_demands_on_rules_ask_for(new_rule, tmp_path):
    plugin = f"import convlint.rules\nconvlint.rules.__path__.append({str(new_rule)!r})\n"
    (tmp_path / "with_new_rule.py").write_text(plugin)
    demands = subprocess.run(
        [*(sys.executable, "-m", "pytest", "-v", "-p", "with_new_rule", "-p", "no:cacheprovider"),
         *("-k", "wide or every_rule or every_broken", *DEMANDS)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path)))},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )  # fmt: skip
    assert demands.returncode == 0, demands.stdout
    assert f"test_flagged_example_is_flagged[{NAME}] PASSED" in demands.stdout
