"""What start-up must not import: the promises of the façade and of ``--help``."""

import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "torchvision", "libcst", "numpy")


def imported(code: str) -> set[str]:
    script = f"import sys\n{code}\nimport json; print('\\n' + json.dumps(list(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout.splitlines()[-1]))


def running(*arguments: str) -> str:
    """Code that runs the command line in the same process."""
    return (
        "from convlint.cli.group import cli\n"
        f"cli.main({list(arguments)!r}, prog_name='convlint', standalone_mode=False)"
    )


def test_the_facade_imports_neither_torch_nor_click():
    assert not imported("import convlint") & {*HEAVY, "click"}


@pytest.mark.parametrize(
    "command", [(), ("check",), ("shapes",), ("config",), ("contract",), ("rule",), ("rules",), ("server",)]
)
def test_help_imports_neither_torch_nor_libcst_nor_the_trace(command):
    modules = imported(running(*command, "--help"))
    assert not modules & set(HEAVY)
    assert not any(name.startswith(("convlint.trace", "convlint.symbolic", "convlint.engine")) for name in modules)


@pytest.mark.parametrize("command", [("rules",), ("rule", "CL301"), ("rule", "CL301", "--output-format", "json")])
def test_the_rules_are_read_without_torch_or_libcst(command):
    assert not imported(running(*command)) & set(HEAVY)


def test_the_engine_imports_neither_torch_nor_libcst():
    assert not imported("import convlint.engine") & {"torch", "libcst"}


def test_globs_are_imported_where_a_directory_is_searched_only(tmp_path):
    (tmp_path / "net.py").write_text("")
    code = "from convlint.discover.files import python_files; list(python_files([{!r}]))"
    assert "pathspec" not in imported(code.format(str(tmp_path / "net.py")))
    assert "pathspec" in imported(code.format(str(tmp_path)))


def test_files_without_a_model_are_passed_over_without_a_worker(tmp_path):
    (tmp_path / "tool.py").write_text("import torch\n\nprint(torch.__version__)\n")
    code = (
        "import subprocess, os\n"
        "subprocess.Popen = None\n"
        "from convlint import engine\n"
        f"report = engine.check([{str(tmp_path)!r}])\n"
        "assert report.problems and not report.models\n"
    )
    assert "torch" not in imported(code)
