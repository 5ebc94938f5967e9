"""Following a body of code: the names that it binds, the models that it builds, the tensors that it gives to them.

Statements are followed in order, those of all branches, with the values that can be read; nothing is run.  Where a
condition is known, what the other branch binds does not count behind it.
"""

import ast
from collections.abc import Iterable, Mapping
from typing import Any

from convlint.discover.conditions import holds
from convlint.discover.expressions import Expressions
from convlint.discover.module import Import, bindings
from convlint.discover.operations import first_item
from convlint.discover.values import Constant, Construction, Parser, Record, Table, Value


class Scope(Expressions):
    """One body of code while it is followed; ``result`` is the model that it returns, ``configuration`` what else."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._returned: Construction | None = None
        self._returned_otherwise: Construction | None = None
        self.configuration: Constant | Table | Record | Parser | None = None

    @property
    def result(self) -> Construction | None:
        """The first model that is returned, in a branch that is not taken only where that is the only one."""
        return self._returned or self._returned_otherwise

    def run(self, body: Iterable[ast.stmt]) -> None:
        """Follow statements, those inside of branches and loops too."""
        for node in body:
            self._statement(node)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return
            case ast.Import() | ast.ImportFrom():
                for name, source in bindings(node):
                    self.imports[name] = source
                    self.names.pop(name, None)
            case ast.Assign(targets=targets, value=value):
                self._scan(value)
                for target in targets:
                    self.bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._scan(value)
                self.bind(target, value)
            case ast.AugAssign(target=target):
                self._scan(node.value)
                self.forget(target)
            case ast.For(target=target, iter=items) | ast.AsyncFor(target=target, iter=items):
                self._scan(items)
                first = first_item(self.constant(items))
                self.forget(target)
                if first is not None and isinstance(target, ast.Name):
                    self.names[target.id] = Constant(first)
            case ast.With(items=contexts) | ast.AsyncWith(items=contexts):
                for context in contexts:
                    self._scan(context.context_expr)
                    if context.optional_vars is not None:
                        self.forget(context.optional_vars)
            case ast.Return(value=ast.expr() as value):
                self._scan(value)
                found = self.value(value)
                if isinstance(found, Construction) and self._returned is None:
                    self._returned = found
                if isinstance(found, (Constant, Table, Record, Parser)) and self.configuration is None:
                    self.configuration = found
            case ast.If():
                self._branch(node)
                return
            case ast.Delete(targets=targets):
                for target in targets:
                    self.set(target, None)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._scan(child)
        for inner in ("body", "orelse", "finalbody"):
            self.run(getattr(node, inner, ()))
        for inner in ("handlers", "cases"):
            for each in getattr(node, inner, ()):
                self.run(each.body)

    def _branch(self, node: ast.If) -> None:
        """Follow both branches; of one that is not taken, only the models that it binds to free names are kept."""
        self._scan(node.test)
        is_true = holds(node.test, self.constant)
        if is_true is None:
            self.run(node.body)
            self.run(node.orelse)
            return
        taken, other = (node.body, node.orelse) if is_true else (node.orelse, node.body)
        names, imports = dict(self.names), dict(self.imports)
        self.run(taken)
        taken_names, taken_imports = dict(self.names), dict(self.imports)
        returned, configuration = self._returned, self.configuration
        self._stand(names, imports)
        self.run(other)
        models = {name: value for name, value in self.names.items() if isinstance(value, Construction)}
        free = {name: value for name, value in models.items() if taken_names.get(name) in (None, Constant(None))}
        self._stand({**taken_names, **free}, {**self.imports, **taken_imports})
        self._returned_otherwise = self._returned_otherwise or self._returned
        self._returned, self.configuration = returned, configuration

    def _stand(self, names: Mapping[str, Value | None], imports: Mapping[str, Import]) -> None:
        """Have all names mean these; the file may hold them as well, so they stay the same object."""
        self._values.clear()
        self.names.clear()
        self.names.update(names)
        self.imports.clear()
        self.imports.update(imports)

    def _scan(self, node: ast.expr) -> None:
        """Take down the calls in an expression, whatever it is for."""
        self._values.clear()
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                self.value(each)
