"""Who found something out: this convlint, and the Python and torch that ran the models.  Runs and imports neither."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from convlint.cache.snapshot import Dependencies, digest_of, digest_of_names
from convlint.cache.stamps import stamp_of
from convlint.interpreter import libraries


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python with a torch: what tells it from others, and the files that say so."""

    key: str
    depends: Dependencies


@lru_cache(maxsize=1)
def convlint_files() -> tuple[str, ...]:
    """The source files of this package: another version, or one that was edited, has others."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return tuple(sorted(_python_files(package)))


@lru_cache(maxsize=1)
def convlint_digest() -> str:
    """A digest of all that this convlint is."""
    return _digest_of_all(convlint_files())


def interpreter_of(python: str) -> Interpreter | None:
    """The identity of the interpreter at path ``python``; None where its torch cannot be found without running it."""
    libraries = [path for path in _libraries(python) if os.path.isdir(path)]
    versions = [os.path.join(path, "torch", "version.py") for path in libraries]
    version = next(filter(os.path.isfile, versions), None)
    if version is None:
        return None
    binary = os.path.realpath(python)
    settings = _settings(python)
    parts = [
        os.path.abspath(python),
        binary,
        _version(python, binary),
        digest_of(version),
        *(f"{path} {digest_of_names(path, 'packages')}" for path in libraries),
        os.environ.get("PYTHONPATH", ""),
    ]
    # By its own path the binary is followed, too, when a link leads to another one.
    files = frozenset({version, settings, os.path.abspath(python)})
    depends = Dependencies(files, listed=dict.fromkeys(libraries, "packages"))
    return Interpreter("\n".join(parts), depends)


def _libraries(python: str) -> Iterator[str]:
    """Where the packages of an interpreter are likely to be."""
    if os.path.abspath(python) == os.path.abspath(sys.executable):
        yield from dict.fromkeys(path for path in map(os.path.abspath, sys.path) if _holds_packages(path))
        return
    yield from libraries(_prefix(python))


def _version(python: str, binary: str) -> str:
    """What is known of the version: of another interpreter, its environment's word, else the binary's time and size."""
    if binary == os.path.realpath(sys.executable):
        return sys.version
    return digest_of(_settings(python)) or str(stamp_of(binary)[::2])


def _settings(python: str) -> str:
    """The file in which an environment names its Python."""
    return os.path.join(_prefix(python), "pyvenv.cfg")


def _prefix(python: str) -> str:
    """The directory of an environment: that above the one of its interpreter."""
    return os.path.dirname(os.path.dirname(os.path.abspath(python)))


def _holds_packages(path: str) -> bool:
    return os.path.basename(path) in {"site-packages", "dist-packages"}


def _python_files(directory: str) -> Iterator[str]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield entry.path
            elif entry.name.isidentifier() and entry.name != "__pycache__" and entry.is_dir():
                yield from _python_files(entry.path)


def _digest_of_all(paths: tuple[str, ...]) -> str:
    from hashlib import blake2b

    digest = blake2b(digest_size=16)
    for path in paths:
        digest.update(f"{path} {digest_of(path)}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
