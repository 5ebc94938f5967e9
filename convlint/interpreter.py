"""Which interpreter runs the models: the one that has the project's torch."""

import os
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path


def project_python(start: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The active environment's interpreter, else convlint's own, else that of a ``.venv`` at or above ``start``.

    The first of them that has torch, found without running any; convlint's own where none has.
    """
    active = environment.get("VIRTUAL_ENV")
    if active:
        found = _python_with_torch(Path(active))
        if found:
            return found
    if find_spec("torch") is not None:
        return sys.executable
    for directory in (start, *start.parents):
        found = _python_with_torch(directory / ".venv")
        if found:
            return found
    return sys.executable


def _python_with_torch(environment: Path) -> str | None:
    python = next((each for each in _interpreters(environment) if each.is_file()), None)
    libraries = [*environment.glob("lib/python3*/site-packages"), environment / "Lib" / "site-packages"]
    if python is None or not any((library / "torch").is_dir() for library in libraries):
        return None
    return str(python)


def _interpreters(environment: Path) -> Iterator[Path]:
    yield environment / "bin" / "python"
    yield environment / "Scripts" / "python.exe"
