"""Names across the files of a project: what a name in one file is defined as, found by following imports on disk."""

import ast
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from convlint.discover.files import read_bytes
from convlint.discover.module import ClassSyntax, Function, Import, ModuleSyntax, UnparsableError, dotted, parse_module
from convlint.filesystem import is_file
from convlint.source.unsaved import held_content

_MOST_STEPS = 8
"""Imports of imports that are followed before a name counts as unknown."""

_NO_IMPORTS: Mapping[str, Import] = MappingProxyType({})

_MOST_ANCESTORS = 6
"""Directories above a file in which an absolute import is looked for."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or a function in a file of the project."""

    module: ModuleSyntax
    qualname: str

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it."""
        return self.module.path, self.qualname

    @property
    def class_syntax(self) -> ClassSyntax | None:
        """The class, where it is one."""
        return self.module.classes.get(self.qualname)

    @property
    def function(self) -> Function | None:
        """The function, where it is one."""
        return self.module.functions.get(self.qualname)

    @property
    def node(self) -> ast.ClassDef | Function:
        """The statement that defines it."""
        found = self.class_syntax
        return found.node if found else self.module.functions[self.qualname]


@dataclass(frozen=True, slots=True)
class External:
    """Something from outside of the project, by its full dotted name: ``torch.nn.Conv2d``."""

    name: str

    @property
    def last(self) -> str:
        """The name without the modules before it."""
        return self.name.rpartition(".")[2]


Meaning = Definition | External


@dataclass(slots=True)
class Project:
    """The files met so far, parsed once each."""

    _modules: dict[str, ModuleSyntax | None] = field(default_factory=dict)
    _by_path: dict[str, ModuleSyntax | None] = field(default_factory=dict)
    """The same by the paths as they were asked for, of which several may be one file."""
    _found: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def add(self, module: ModuleSyntax) -> None:
        """Know a file that is parsed already."""
        self._modules[os.path.realpath(module.path)] = module

    def module(self, path: str) -> ModuleSyntax | None:
        """The file at ``path``; None where it cannot be read or is no Python."""
        if path not in self._by_path:
            key = os.path.realpath(path)
            if key not in self._modules:
                self._modules[key] = _parsed(path)
            self._by_path[path] = self._modules[key]
        return self._by_path[path]

    def resolve(
        self, module: ModuleSyntax, name: str, steps: int = _MOST_STEPS, *, inner: Mapping[str, Import] = _NO_IMPORTS
    ) -> Meaning | None:
        """What the dotted ``name`` means at the top level of ``module``; None where nothing says.

        With ``inner``, what it means in a body of code that imports these itself.
        """
        if inner and name.partition(".")[0] in inner:
            head, _, rest = name.partition(".")
            meaning = self._imported(module, inner[head], rest, steps)
            # Its documentation knows a package by the name that it has where it is installed.
            is_own = not isinstance(meaning, Definition) and inner[head].name == head and head in module.classes
            return self.resolve(module, name) if is_own else meaning
        if name in module.classes or name in module.functions:
            return Definition(module, name)
        if steps == 0:
            return None
        head, _, rest = name.partition(".")
        if head in module.imports:
            return self._imported(module, module.imports[head], rest, steps - 1)
        if head in module.assigned:
            alias = dotted(module.assigned[head])
            if alias is not None and alias.partition(".")[0] != head:
                return self.resolve(module, f"{alias}.{rest}" if rest else alias, steps - 1)
            return None
        for star in module.stars:
            path = self._file(module, star.level, star.module)
            target = self.module(path) if path else None
            meaning = self.resolve(target, name, steps - 1) if target else None
            if isinstance(meaning, Definition):
                return meaning
            if path is None and star.module.partition(".")[0] == "torch":
                return External(f"{star.module}.{name}")
        return None

    def imported(self, module: ModuleSyntax, found: Import) -> Meaning | None:
        """What an import of ``module`` binds, where that is a class or a function, or from outside of the project."""
        return self._imported(module, found, "", _MOST_STEPS)

    def variable(
        self, module: ModuleSyntax, name: str, inner: Mapping[str, Import] = _NO_IMPORTS, steps: int = _MOST_STEPS
    ) -> tuple[ModuleSyntax, str] | None:
        """The file of the project that assigns what a dotted ``name`` of ``module`` means, and its name there."""
        head, _, rest = name.partition(".")
        found = inner.get(head) or module.imports.get(head)
        if found is None:
            files = filter(None, (self._file(module, each.level, each.module) for each in module.stars))
            return next(((each, name) for each in map(self.module, files) if each and name in each.assigned), None)
        for path, own in self._places(module, found, rest):
            target = self.module(path)
            if target is not None and own in target.assigned:
                return target, own
            if target is not None and own.partition(".")[0] in target.imports and steps:
                return self.variable(target, own, steps=steps - 1)
        return None

    def file_of(self, module: ModuleSyntax, found: Import) -> str | None:
        """The file that an import of ``module`` reads; None where that is not of the project."""
        return next((path for path, _ in self._places(module, found, "")), None)

    def is_module(self, module: ModuleSyntax, found: Import) -> bool:
        """Whether an import of ``module`` binds a module of the project."""
        name = f"{found.module}.{found.name}".strip(".") if found.name else found.module
        return self._file(module, found.level, name) is not None

    def exported(self, module: ModuleSyntax, star: Import) -> tuple[str, ...]:
        """The names of the classes and functions that ``from ... import *`` brings into ``module``."""
        path = self._file(module, star.level, star.module)
        target = self.module(path) if path else None
        return (*target.classes, *target.functions, *target.imports) if target else ()

    def _imported(self, module: ModuleSyntax, found: Import, rest: str, steps: int) -> Meaning | None:
        for path, inner in self._places(module, found, rest):
            target = self.module(path)
            meaning = self.resolve(target, inner, steps) if target and inner else None
            if meaning is not None:
                return meaning
        if found.level:
            return None
        return External(f"{found.dotted}.{rest}" if rest else found.dotted)

    def _places(self, module: ModuleSyntax, found: Import, rest: str) -> Iterator[tuple[str, str]]:
        """Files that may define an imported name, longest module first, with the name that is left inside of them."""
        parts = [*filter(None, found.module.split(".")), *filter(None, [found.name]), *filter(None, rest.split("."))]
        for end in range(len(parts), 0 if not found.level else -1, -1):
            path = self._file(module, found.level, ".".join(parts[:end]))
            if path is not None:
                yield path, ".".join(parts[end:])

    def _file(self, module: ModuleSyntax, level: int, name: str) -> str | None:
        """The file of a module as ``module`` imports it; None where it is not of the project."""
        directory = os.path.dirname(os.path.abspath(module.path))
        top = name.partition(".")[0]
        if level == 0 and (top in sys.stdlib_module_names or top in {"torch", "torchvision", "numpy"}):
            return None
        key = (os.path.join(directory, "." * level), name)
        if key not in self._found:
            self._found[key] = next(self._candidates(directory, level, name.replace(".", os.sep)), None)
        return self._found[key]

    @staticmethod
    def _candidates(directory: str, level: int, relative: str) -> Iterator[str]:
        if level:
            for _ in range(level - 1):
                directory = os.path.dirname(directory)
            roots = [directory]
        else:
            roots = []
            for _ in range(_MOST_ANCESTORS):
                roots += [directory, os.path.join(directory, "src")]
                directory = os.path.dirname(directory)
        for root in roots:
            for ending in (".py", os.sep + "__init__.py"):
                path = os.path.join(root, relative) + ending if relative else os.path.join(root, "__init__.py")
                if held_content(path) is not None or is_file(path):
                    yield os.path.relpath(path) if not os.path.relpath(path).startswith("..") else path


def _parsed(path: str) -> ModuleSyntax | None:
    data = read_bytes(path)
    try:
        return parse_module(path, data) if data is not None else None
    except UnparsableError:
        return None
