"""The repository of the benchmark is what its table says: 200 files, 60 with models, some of shared blocks."""

import ast

from benchmarks.repository.cli import Row, table
from benchmarks.repository.generate import BLOCKS, FILES, MODELS, write_repository
from convlint.discover import discover


def test_it_has_the_files_and_models_that_are_promised(tmp_path, monkeypatch):
    leaf, shared = write_repository(tmp_path)
    monkeypatch.chdir(tmp_path)
    files = list(tmp_path.rglob("*.py"))
    assert len(files) == FILES
    for path in files:
        ast.parse(path.read_text(encoding="utf-8"))
    roots = discover(["."]).roots
    assert len({model.path for model in roots}) == MODELS
    assert leaf in {model.path for model in roots}
    assert shared in BLOCKS


def test_it_is_the_same_every_time(tmp_path):
    write_repository(tmp_path / "one")
    write_repository(tmp_path / "two")
    texts = [{path.relative_to(root): path.read_text() for path in root.rglob("*.py")} for root in tmp_path.iterdir()]
    assert texts[0] == texts[1]


def test_the_table_has_the_ratios_to_both_references():
    rows = [Row("import click", 0.1, 0.1, 3), Row("import torch", 2.0, 1.0, 3), Row("nothing changed", 0.06, 0.05, 3)]
    assert "| nothing changed | 0.060 | 0.050 | 0.6 | 0.03 | 3 |" in table(rows, 60)
