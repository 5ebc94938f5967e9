"""Installed packages are imported once for all that need them, and nobody else notices."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from convlint.graph.model import ModelGraph
from convlint.trace.client import Client
from convlint.trace.limits import Limits
from convlint.trace.overlay import overlay
from convlint.trace.protocol import InputText, ModelRef, TraceFailure, TraceRequest

Write = Callable[[str, str], Path]

MODEL = """
    from torch import nn
    import {package}

    class Net(nn.Module):
        def forward(self, x):
            return x * {value}
    """


@pytest.fixture
def package(write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Install a package `heavy` whose import runs a statement and notes that it happened."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site-packages"))

    def install(statement: str) -> Path:
        log = write("log.txt", "")
        write("site-packages/heavy/__init__.py", f"open({str(log)!r}, 'a').write('imported ')\n{statement}\n")
        return log

    return install


def traced(client: Client, path: Path, name: str = "heavy") -> ModelGraph | TraceFailure:
    request = TraceRequest(ModelRef(str(path), "Net", packages=(name,)), (InputText("N 3 H W"),))
    return client.trace(request)


def test_one_import_serves_all_files_and_all_their_versions(write: Write, package: Callable[[str], Path]) -> None:
    log = package("")
    with Client(limits=Limits(seconds=30)) as client:
        for value in (1, 2):
            path = write("one.py", MODEL.format(package="heavy", value=value))
            assert isinstance(traced(client, path), ModelGraph)
            path = write(f"other{value}.py", MODEL.format(package="heavy", value=value))
            assert isinstance(traced(client, path), ModelGraph)
        text = MODEL.format(package="heavy", value=3).replace("\n    ", "\n")
        request = TraceRequest(ModelRef(str(path), "Net", packages=("heavy",)), (InputText("N 3 H W"),))
        unsaved = replace(request, model=replace(request.model, overlay=overlay({str(path): text.encode()})))
        assert isinstance(client.trace(unsaved), ModelGraph)
    assert log.read_text(encoding="utf-8") == "imported "


def test_a_file_without_the_package_does_not_see_it(write: Write, package: Callable[[str], Path]) -> None:
    package("import torch; torch.heavy_was_here = True")
    with Client(limits=Limits(seconds=30)) as client:
        assert isinstance(traced(client, write("one.py", MODEL.format(package="heavy", value=1))), ModelGraph)
        path = write("two.py", MODEL.format(package="torch", value="torch.heavy_was_here"))
        result = client.trace(TraceRequest(ModelRef(str(path), "Net"), (InputText("N 3 H W"),)))
    assert isinstance(result, ModelGraph)
    assert result.paths[0].failure is not None
    assert "heavy_was_here" in result.paths[0].failure.message


@pytest.mark.parametrize(
    "statement", ["raise ValueError('no licence')", "import os; os._exit(3)", "import time; time.sleep(100)"]
)
def test_a_package_that_fails_fails_at_the_users_line(
    write: Write, package: Callable[[str], Path], statement: str
) -> None:
    package(statement)
    path = write("one.py", MODEL.format(package="heavy", value=1))
    with Client(limits=Limits(seconds=2)) as client:
        result = traced(client, path)
        assert isinstance(result, TraceFailure)
        assert result.span is not None
        assert (result.span.path, result.span.line) == (str(path), 3)
        path = write("two.py", MODEL.format(package="torch", value=1))
        assert isinstance(traced(client, path, "torch"), ModelGraph)


def test_a_package_with_threads_is_imported_by_each_file(write: Write, package: Callable[[str], Path]) -> None:
    log = package("import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()")
    with Client(limits=Limits(seconds=30)) as client:
        for name in ("one.py", "two.py"):
            assert isinstance(traced(client, write(name, MODEL.format(package="heavy", value=1))), ModelGraph)
    assert log.read_text(encoding="utf-8").count("imported") == 3
