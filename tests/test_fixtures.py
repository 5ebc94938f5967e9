"""The fixtures say what PyTorch does with them and what convlint has to find; both must be true.

``fixtures/README.md`` explains the comments that are read here.
"""

import ast
import importlib
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from math import prod
from pathlib import Path

import pytest
import torch
from torch.utils._pytree import tree_leaves

from convlint.graph.model import InputSpec
from convlint.rules import registry
from convlint.trace.arrange import forward_parameters
from convlint.trace.paths import graph_module

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
FILES = sorted(FIXTURES.rglob("*.py"))

PATIENCE = {"models": 60, "broken": 30, "packages": 30, "bad": 8}
"""Seconds that a model of each directory may take; those in ``bad`` are there to take too long."""


@dataclass(frozen=True, order=True)
class Mark:
    """A finding, as announced or as reported."""

    line: int
    severity: str
    rule: str


@dataclass(frozen=True)
class Example:
    """What PyTorch is to do with an expression."""

    path: Path
    verdict: str
    expression: str

    def __str__(self) -> str:
        return f"{self.path.stem}: {self.verdict}: {self.expression}"


def announced(path: Path) -> set[Mark]:
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return {
        Mark(number, severity, rule)
        for number, line in enumerate(lines, 1)
        for severity, rules in re.findall(r"# (error|warning|info): \[([\w, -]+)\]", line)
        for rule in rules.split(", ")
    }


def examples() -> Iterator[Example]:
    for path in FILES:
        text = path.read_text(encoding="utf-8", errors="replace")
        for verdict, expression in re.findall(r"^# (runs|raises|raises on cpu): (.+)$", text, re.MULTILINE):
            yield Example(path, verdict, expression)


@pytest.fixture
def namespace(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """The names of a fixture's module, which is forgotten afterwards with all that it imported."""
    path: Path = request.param.path
    package = path.parent
    while (package / "__init__.py").exists():
        package = package.parent
    monkeypatch.syspath_prepend(str(package))
    name = ".".join(path.relative_to(package).with_suffix("").parts)
    before = set(sys.modules)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = importlib.import_module(name)
        yield {**vars(module), "torch": torch}
    finally:
        for added in set(sys.modules) - before:
            if str(FIXTURES) in (getattr(sys.modules[added], "__file__", None) or ""):
                del sys.modules[added]


@pytest.mark.parametrize(
    ("namespace", "example"),
    [pytest.param(each, each, id=str(each)) for each in examples()],
    indirect=["namespace"],
)
def test_pytorch_does_what_the_fixture_says(namespace: dict[str, object], example: Example) -> None:
    device = "cpu" if example.verdict.endswith("cpu") else "meta"
    with warnings.catch_warnings(), torch.device(device), torch.no_grad():
        warnings.simplefilter("ignore")
        if example.verdict == "runs":
            eval(example.expression, namespace)
            return
        with pytest.raises((RuntimeError, ValueError, AssertionError)):
            eval(example.expression, namespace)


def smallest_runs() -> Iterator[Example]:
    """Of each model file, the example that gives a model tensors and the fewest numbers to compute on."""
    for _, runs in groupby((each for each in examples() if each.verdict == "runs"), lambda each: each.path):
        on_tensors = [each for each in runs if re.fullmatch(r"[\w.]+\(.*\)\((torch\.\w+\(.*\))+\)", each.expression)]
        if on_tensors:
            yield min(on_tensors, key=lambda each: prod(map(int, re.findall(r"(?<=[ (])\d+", each.expression))))


@pytest.fixture
def unscripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """``torch.jit.script`` leaves functions as they are, as it does where models are traced."""
    monkeypatch.setattr(torch.jit._state._enabled, "enabled", False)


@pytest.mark.parametrize(
    ("namespace", "example"),
    [pytest.param(each, each, id=each.path.stem) for each in smallest_runs()],
    indirect=["namespace"],
)
def test_the_graph_computes_what_the_model_computes(
    unscripted: None, namespace: dict[str, object], example: Example
) -> None:
    call = ast.parse(example.expression, mode="eval").body
    assert isinstance(call, ast.Call)
    model = eval(ast.unparse(call.func), namespace).eval()
    keyword = {each.arg: eval(ast.unparse(each.value), namespace) for each in call.keywords}
    tensors = [eval(ast.unparse(each), namespace) for each in call.args]
    names = [each.name for each in forward_parameters(model)]
    given = {**dict(zip(names, tensors, strict=False)), **keyword}
    torch.manual_seed(0)
    for tensor in given.values():
        tensor.random_(2)  # class labels and pixels alike
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        specs = [
            InputSpec(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
            for name, tensor in given.items()
        ]
        graph = graph_module(model, specs, {})
        outputs = []
        for each in (model, graph):
            torch.manual_seed(1)  # for models that drop values at random in every mode
            outputs.append(tree_leaves(each(*tensors, **keyword)))
    expected, computed = outputs
    assert len(computed) == len(expected)
    assert any(isinstance(tensor, torch.Tensor) for tensor in expected)
    for one, other in zip(computed, expected, strict=True):
        assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


@cache
def report(directory: str) -> dict[str, list[dict[str, object]]]:
    """What ``convlint check`` says about a directory of fixtures, on its own streams only."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "convlint", "check", f"fixtures/{directory}"),
            *("--output-format", "json", "--timeout", str(PATIENCE[directory])),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=900,
        text=True,
        check=False,
    )
    assert run.returncode in {0, 1}, run.stderr
    assert not run.stderr, run.stderr[:2000]
    found: dict[str, list[dict[str, object]]] = json.loads(run.stdout)
    return found


def reported(path: Path) -> dict[Mark, str]:
    found: dict[Mark, str] = {}
    for each in report(path.relative_to(FIXTURES).parts[0])["diagnostics"]:
        if (ROOT / str(each["path"])).resolve() == path:
            mark = Mark(int(str(each["line"])), str(each["severity"]), str(each["name"]))
            found[mark] = str(each["message"])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_findings_are_those_announced(path: Path) -> None:
    expected = announced(path)
    found = reported(path)
    unannounced = {mark: text for mark, text in found.items() if mark.severity != "info" and mark not in expected}
    assert not unannounced, f"found but not announced: {unannounced}"
    missing = sorted(expected - set(found))
    assert not missing, f"announced but not found: {missing}; found {sorted(found)}"


def test_what_cannot_be_linted_comes_with_the_way_out() -> None:
    found = [each for each in report("bad")["diagnostics"] if each["severity"] != "info"]
    assert found
    assert [each["path"] for each in found if not each["help"]] == []


def test_each_bad_file_gives_one_finding_at_most() -> None:
    paths = [each["path"] for each in report("bad")["diagnostics"] if each["severity"] != "info"]
    assert sorted(set(paths)) == sorted(paths)


@pytest.mark.parametrize("directory", ["models", "packages"])
def test_models_people_write_are_all_checked(directory: str) -> None:
    unchecked = [each for each in report(directory)["models"] if each["status"] not in {"checked", "partial"}]
    assert not unchecked


NEEDS_A_LOCK = {"contract-changed"}
"""Rules that no file shows by itself; `tests/cli/test_lock.py` does."""


def test_every_rule_that_no_graph_shows_has_a_broken_fixture_of_its_name() -> None:
    """The others have their document's example, which `tests/rules/test_documents.py` runs."""
    for rule in registry.rules():
        if not rule.reads_graphs and rule.name not in NEEDS_A_LOCK:
            path = FIXTURES / "broken" / f"{rule.name.replace('-', '_')}.py"
            assert rule.name in {mark.rule for mark in announced(path)}, path


def test_every_broken_fixture_has_a_rule_for_its_name() -> None:
    for path in (FIXTURES / "broken").glob("*.py"):
        rules = {mark.rule for mark in announced(path)}
        assert any(path.stem.replace("_", "-").startswith(rule) for rule in rules), path
