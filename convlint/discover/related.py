"""The files that speak of models which other files define, found by their text before any of them is parsed."""

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from convlint.discover.docstrings import docstring_code
from convlint.discover.module import (
    Function,
    ModuleSyntax,
    UnparsableError,
    dotted,
    imported,
    inner_imports,
    parse_module,
)
from convlint.discover.project import Definition
from convlint.discover.reader import Context
from convlint.discover.references import Key

_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")

MOST_BYTES = 4_000_000
"""What is parsed at most, of files that have the words: a second of work or two."""

_FEW = 32
"""Words that are found faster one by one than by reading all words of a file."""

_MOST_ROUNDS = 4
"""Files that hand a model on to others, and these to others."""


@dataclass(frozen=True, slots=True)
class Related:
    """The files that were found, in the order of their paths; ``is_whole`` unless there were too many to read."""

    modules: tuple[ModuleSyntax, ...]
    is_whole: bool = True


def related(modules: Iterable[ModuleSyntax], contents: Mapping[str, bytes], context: Context) -> Related:
    """Those of the files with these ``contents`` that name a model of ``modules``, or what builds one, in any number of
    steps.  The project of ``context`` knows them from then on.
    """
    search = _Search(context)
    for module in modules if contents else ():
        for qualname in module.classes:
            search.know(Definition(module, qualname))
        search.spread(module)
    found: dict[str, ModuleSyntax] = {}
    parsed: dict[str, ModuleSyntax | None] = {}
    size = 0
    for _ in range(_MOST_ROUNDS if search.known else 0):
        names, holders = search.words()
        new: list[ModuleSyntax] = []
        for path, data in contents.items():
            if path in found or not (_has_word(data, names) and (b"from ." in data or _has_word(data, holders))):
                continue
            if path not in parsed and size < MOST_BYTES:
                parsed[path] = _parsed(path, data)
                size += len(data)
            candidate = parsed.get(path)
            if candidate is not None and search.is_spoken_of(candidate):
                found[path] = candidate
                context.project.add(candidate)
                new.append(candidate)
        for module in new:
            search.spread(module)
        if (names, holders) == search.words():
            break
    return Related(tuple(found[path] for path in sorted(found)), size < MOST_BYTES)


@dataclass(slots=True)
class _Search:
    """The models that are looked for, with all that builds them, and the names that they go by."""

    context: Context
    known: dict[Key, Definition] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    holders: dict[str, None] = field(default_factory=dict)
    """The real paths of the files in which one of them has a name."""

    def know(self, definition: Definition) -> bool:
        """Look for a model or what builds one, too; False where it is neither, or is looked for."""
        if definition.key in self.known:
            return False
        if not (self.context.kinds.is_model(definition) or definition.function is not None):
            return False
        self.known[definition.key] = definition
        self._name(definition.module, definition.qualname)
        return True

    def spread(self, module: ModuleSyntax) -> None:
        """Look for what a file makes of the models, and by the names that it gives to them, too."""
        for name in (*module.imports, *module.assigned):
            meaning = self.context.project.resolve(module, name)
            if isinstance(meaning, Definition) and meaning.key in self.known:
                self._name(module, name)
        builders = [Definition(module, each) for each in module.classes]
        builders += [Definition(module, name) for name, node in module.functions.items() if _returns(node)]
        is_growing = True
        while is_growing:
            new = [each for each in builders if self._builds(each) and self.know(each)]
            is_growing = bool(new)

    def is_spoken_of(self, module: ModuleSyntax) -> bool:
        """Whether one of them is meant by a name in a file."""
        return any(isinstance(each, Definition) and each.key in self.known for each in self._meanings(module))

    def words(self) -> tuple[frozenset[bytes], frozenset[bytes]]:
        """The names, and those of the modules that hold them, as they stand in files."""
        modules = (_module_name(path) for path in self.holders)
        return frozenset(map(str.encode, self.names)), frozenset(map(str.encode, modules))

    def _name(self, module: ModuleSyntax, name: str) -> None:
        self.names.add(name.rpartition(".")[2])
        self.holders[os.path.realpath(module.path)] = None

    def _builds(self, definition: Definition) -> bool:
        return definition.key not in self.known and any(
            each.key in self.known for each in self.context.references.direct(definition)
        )

    def _meanings(self, module: ModuleSyntax) -> Iterator[object]:
        nodes = list(ast.walk(module.tree))
        documented = [each for each in nodes if isinstance(each, (ast.Module, ast.ClassDef, Function))]
        nodes += [each for owner in documented for tree in docstring_code(owner) for each in ast.walk(tree)]
        for each in imported(nodes):
            if each.name == "*" and self._holds(self.context.project.file_of(module, each)):
                yield from (self.context.project.resolve(module, name) for name in self.names)
            elif each.name in self.names:
                yield self.context.project.imported(module, each)
        inner = inner_imports([module.tree])
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr in self.names:
                name = dotted(node)
                yield self.context.project.resolve(module, name, inner=inner) if name else None

    def _holds(self, path: str | None) -> bool:
        return path is not None and os.path.realpath(path) in self.holders


def _has_word(data: bytes, words: frozenset[bytes]) -> bool:
    """Whether one of ``words`` is in a file, and no part of a longer one."""
    if len(words) <= _FEW and not any(word in data for word in words):
        return False
    return not words.isdisjoint(_WORD.findall(data))


def _returns(node: Function) -> bool:
    """Whether a function gives something back, which a script or a test does not."""
    return any(isinstance(each, ast.Return) and each.value is not None for each in ast.walk(node))


def _module_name(path: str) -> str:
    """The last name by which the file of a module is imported."""
    name = os.path.splitext(os.path.basename(path))[0]
    return os.path.basename(os.path.dirname(path)) if name == "__init__" else name


def _parsed(path: str, data: bytes) -> ModuleSyntax | None:
    try:
        return parse_module(path, data)
    except UnparsableError:
        return None  # a finding where it is looked at itself
