"""Which sources of convlint a measurement is about: those of some modules, and of all that these import."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import convlint

_TOP = Path(convlint.__file__).parent


def digest(modules: Iterable[str]) -> str:
    """A digest of the files of ``modules`` (``trace.paths``, or ``rules.*`` for a folder) and of what they import."""
    found = hashlib.sha256()
    for path in sorted(_closure(modules)):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def _closure(modules: Iterable[str]) -> set[Path]:
    seen: set[Path] = set()
    waiting = [path for module in modules for path in _files(module)]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += [each for name in _imports(path) for each in _files(name)]
    return seen


def _files(module: str) -> list[Path]:
    """The file of a module; those of its folder where the name ends in ``*``; none for a name in a module."""
    folder, star, _ = module.partition("*")
    base = _TOP.joinpath(*folder.strip(".").split("."))
    if star:
        return sorted(base.rglob("*.py"))
    return [path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()]


def _imports(path: Path) -> Iterator[str]:
    """What a file imports of convlint, as names below it: modules, and what may be one."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("convlint."):
            module = node.module.removeprefix("convlint.")
            yield module
            yield from (f"{module}.{each.name}" for each in node.names)
