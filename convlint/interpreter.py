"""Which interpreter runs the models: the one that has the project's torch."""

import os
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from convlint.filesystem import upwards


def project_python(start: str, environment: Mapping[str, str] = os.environ) -> str:
    """The active environment's interpreter, else convlint's own, else that of a ``.venv`` at or above ``start``.

    The first of them that has torch, found without running any; convlint's own where none has.
    """
    active = environment.get("VIRTUAL_ENV")
    if active:
        found = _python_with_torch(active)
        if found:
            return found
    if find_spec("torch") is not None:
        return sys.executable
    beside = (_python_with_torch(os.path.join(directory, ".venv")) for directory in upwards(start))
    return next(filter(None, beside), sys.executable)


def _python_with_torch(environment: str) -> str | None:
    python = next(filter(os.path.isfile, _interpreters(environment)), None)
    if python is None or not any(os.path.isdir(os.path.join(each, "torch")) for each in libraries(environment)):
        return None
    return python


def _interpreters(environment: str) -> Iterator[str]:
    yield os.path.join(environment, "bin", "python")
    yield os.path.join(environment, "Scripts", "python.exe")


def libraries(environment: str) -> Iterator[str]:
    """Where the packages of an environment are likely to be."""
    base = os.path.join(environment, "lib")
    try:
        names = sorted(os.listdir(base))
    except OSError:
        names = []
    for name in names:
        if name.startswith("python3"):
            yield os.path.join(base, name, "site-packages")
            yield os.path.join(base, name, "dist-packages")
    yield os.path.join(environment, "Lib", "site-packages")
