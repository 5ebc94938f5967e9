"""The part of a notebook that is executed: what defines its models, none of the work that it does (worker side).

A notebook is a script whose work nobody wants to see done again: it loads data, trains, writes files.  Kept are
imports, classes, functions, and assignments whose values are made of what is kept: constants, arithmetic, and calls of
functions that only make a value.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import types
from collections.abc import Iterable, Iterator
from importlib.machinery import SourceFileLoader

from convlint.source.notebook import read_notebook

_MAKERS = frozenset(
    "abs all any bool bytes complex dict divmod enumerate filter float frozenset getattr hasattr int isinstance len "
    "list map max min pow property range reversed round set slice sorted str sum super tuple type zip".split()
)
"""Builtins that do nothing but give a value."""

_PURE_PACKAGES = frozenset("collections dataclasses enum functools itertools math operator os types typing".split())
_PURE = ("torch.nn.", "torch.device", "torch.cuda.is_available", "torch.backends.mps.is_available")
"""Functions of packages that do nothing but give a value."""

_SEARCH_PATH = frozenset({"sys.path.append", "sys.path.insert"})


class NotebookLoader(SourceFileLoader):
    """Imports a notebook: its definitions, with all of its text for tracebacks and `inspect`."""

    def get_code(self, fullname: str) -> types.CodeType:
        text = read_notebook(self.get_data(self.path)).text
        # An entry without a time is one that linecache does not look up on disk again.
        linecache.cache[self.path] = (len(text), None, text.splitlines(keepends=True), self.path)
        return compile(definitions(ast.parse(text)), self.path, "exec", dont_inherit=True)


def definitions(tree: ast.Module) -> ast.Module:
    """The statements of a notebook that are executed, at their places."""
    return ast.Module(list(_Keeper().kept(tree.body)), tree.type_ignores)


class _Keeper:
    """Goes through statements in order.

    ``_names`` are the full names of what is bound so far, in ``<>`` where the notebook itself defines it; ``_makers``
    are the full names of its own functions that only make a value.
    """

    def __init__(self) -> None:
        self._names = {name: name for name in dir(builtins)}
        self._makers: set[str] = set()

    def kept(self, body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
        for node in body:
            if self._keeps(node):
                yield node

    def _keeps(self, node: ast.stmt) -> bool:
        """Whether a statement is executed; what it binds is known then."""
        match node:
            case ast.Import(names=names):
                for each in names:
                    top = each.name.partition(".")[0]
                    self._names[each.asname or top] = each.name if each.asname else top
            case ast.ImportFrom(module=module, names=names):
                for each in names:
                    self._names[each.asname or each.name] = f"{module}.{each.name}"
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._names[name] = f"<{name}>"
            case ast.ClassDef(name=name):
                self._names[name] = f"<{name}>"
                if any("dataclass" in ast.unparse(each) for each in node.decorator_list):
                    self._makers.add(f"<{name}>")
            case ast.Assign(targets=targets, value=value):
                if not self._is_plain(value) or not all(map(_is_name, targets)):
                    return False
                self._bind_all(targets)
            case ast.AnnAssign(target=ast.Name() as target, value=value):
                if value is not None and not self._is_plain(value):
                    return False
                self._bind_all([target])
            case ast.If(test=test):
                if not self._is_plain(test):
                    return False
                node.body = list(self.kept(node.body)) or [_nothing(node)]
                node.orelse = list(self.kept(node.orelse))
            case ast.Try():
                node.body = list(self.kept(node.body)) or [_nothing(node)]
                for handler in node.handlers:
                    handler.body = list(self.kept(handler.body)) or [_nothing(node)]
                node.orelse = list(self.kept(node.orelse))
                node.finalbody = list(self.kept(node.finalbody))
                if not node.handlers and not node.finalbody:
                    return False
            case ast.Expr(value=ast.Call(func=function)):
                return self._full_name(function) in _SEARCH_PATH
            case _:
                return False
        return True

    def _bind_all(self, targets: Iterable[ast.expr]) -> None:
        for target in targets:
            for each in ast.walk(target):
                if isinstance(each, ast.Name):
                    self._names[each.id] = f"<{each.id}>"

    def _is_plain(self, value: ast.expr) -> bool:
        """Whether a value is made of what is kept, without any work."""
        inner = {
            each.id
            for node in ast.walk(value)
            if isinstance(node, (ast.comprehension, ast.Lambda))
            for each in ast.walk(node.target if isinstance(node, ast.comprehension) else node.args)
            if isinstance(each, ast.Name)
        }
        inner |= {each.arg for each in ast.walk(value) if isinstance(each, ast.arg)}
        for node in ast.walk(value):
            match node:
                case ast.Name(id=name) if name not in self._names and name not in inner:
                    return False
                case ast.Call(func=function) if not self._only_makes(function):
                    return False
                case ast.Await() | ast.Yield() | ast.YieldFrom():
                    return False
                case _:
                    pass
        return True

    def _only_makes(self, function: ast.expr) -> bool:
        name = self._full_name(function)
        return (
            name in _MAKERS
            or name in self._makers
            or name.startswith(_PURE)
            or (name.partition(".")[0] in _PURE_PACKAGES and not name.startswith(("os.", "operator.")))
            or name.startswith("os.path.")
        )

    def _full_name(self, function: ast.expr) -> str:
        """``torch.nn.Conv2d`` for ``nn.Conv2d``; empty for what is no name."""
        parts: list[str] = []
        while isinstance(function, ast.Attribute):
            parts.append(function.attr)
            function = function.value
        if not isinstance(function, ast.Name):
            return ""
        return ".".join([self._names.get(function.id, function.id), *reversed(parts)])


def _is_name(target: ast.expr) -> bool:
    """Whether names are all that a target binds."""
    match target:
        case ast.Name():
            return True
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            return all(map(_is_name, targets))
        case _:
            return False


def _nothing(node: ast.stmt) -> ast.stmt:
    return ast.copy_location(ast.Pass(), node)
