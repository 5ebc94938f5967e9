"""What settings are to the rest: plain frozen data."""

import pytest

from convlint.diagnostics import Severity
from convlint.settings import DEFAULTS, Settings, keys, resolve

FILE = """\
select = ["CL3"]
severity = {CL301 = "error"}
per-file-ignores = {"tests/**" = ["CL302"]}

[models."net.py:Net"]
args = {depth = 2, sizes = [1, 2], mode = "bilinear", block = "nn.Identity", wide = true}
input = {x = "N 3 H W", batch = {t = "N:long"}, images = ["3 S S", "1 S S"], "masks.0" = "S S"}
where = ["H % 2 == 0"]
"""


@pytest.fixture
def read(tmp_path):
    def run(text, name="convlint.toml", **arguments):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return resolve(str(path.parent), **arguments)

    return run


def test_every_default_is_what_its_key_reads(read):
    """The manual's defaults are those of the code, wherever they are values and no words."""
    for key in keys():
        if key.default not in {"all rules", ".convlint_cache in the root", "the active or .venv one", "{}"}:
            settings = read(f"{key.name} = {key.default}\n").settings
            assert getattr(settings, key.field) == getattr(DEFAULTS, key.field), key.name


def test_every_example_can_be_read(read, tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text("")
    for key in keys():
        text = key.example if key.example.startswith("[") else f"[tool.convlint]\n{key.example}"
        found = read(text, "pyproject.toml")
        assert getattr(found.settings, key.field) != getattr(DEFAULTS, key.field), key.name
        assert found.origins[key.name].startswith("pyproject.toml") or "/pyproject.toml:" in found.origins[key.name]


def test_arguments_are_python_and_inputs_nest_as_the_model_takes_them(read):
    (model,) = read(FILE).settings.models
    assert dict(model.arguments) == {
        "depth": "2", "sizes": "[1, 2]", "mode": "bilinear", "block": "nn.Identity", "wide": "True",
    }  # fmt: skip
    assert [(each.name, each.shape, each.dtype) for each in model.inputs] == [
        ("x", "N 3 H W", "float32"),
        ("batch.t", "N", "int64"),
        ("images.0", "3 S S", "float32"),
        ("images.1", "1 S S", "float32"),
        ("masks.0", "S S", "float32"),
    ]


def test_settings_are_hashable(read):
    assert len({read(FILE).settings, read(FILE).settings, DEFAULTS}) == 2


def test_the_most_exact_word_says_how_grave_a_rule_is():
    selection = Settings(severity=(("CL301", "info"), ("CL3", "error"), ("misaligned-join", "off"))).selection
    assert selection.severity_of("CL301", "skip-size-mismatch", Severity.WARNING) == Severity.INFO
    assert selection.severity_of("CL302", "skip-channel-mismatch", Severity.WARNING) == Severity.ERROR
    assert selection.severity_of("CL101", "floor-ambiguity", Severity.WARNING) == Severity.WARNING
    assert not selection.admits("CL304", "misaligned-join")


def test_rules_are_ignored_by_globs_from_the_root_of_the_settings(read, tmp_path):
    selection = read('per-file-ignores = {"tests/" = ["CL1"], "!src/**" = ["CL2"]}').settings.selection
    assert not selection.admits("CL101", "floor-ambiguity", str(tmp_path / "tests/net.py"))
    assert selection.admits("CL101", "floor-ambiguity", str(tmp_path / "src/net.py"))
    assert selection.admits("CL203", "checkerboard", str(tmp_path / "src/net.py"))
    assert not selection.admits("CL203", "checkerboard", str(tmp_path / "net.py"))
