"""Following a body of code: the names that it binds, the models that it builds, the tensors that it gives to them.

Statements are followed in order, with the values that can be read: no branch is chosen and nothing is run.
"""

import ast
from collections.abc import Iterable
from typing import Any

from convlint.discover.expressions import Expressions
from convlint.discover.module import bindings
from convlint.discover.operations import first_item
from convlint.discover.values import Constant, Construction, Parser, Record, Table


class Scope(Expressions):
    """One body of code while it is followed; ``result`` is the model that it returns, ``configuration`` what else."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.result: Construction | None = None
        self.configuration: Constant | Table | Record | Parser | None = None

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
                if isinstance(found, Construction) and self.result is None:
                    self.result = found
                if isinstance(found, (Constant, Table, Record, Parser)) and self.configuration is None:
                    self.configuration = found
            case ast.Delete(targets=targets):
                for target in targets:
                    self.set(target, None)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._scan(child)
        for inner in ("body", "orelse", "finalbody"):
            self.run(getattr(node, inner, ()))
        for handler in getattr(node, "handlers", ()):
            self.run(handler.body)

    def _scan(self, node: ast.expr) -> None:
        """Take down the calls in an expression, whatever it is for."""
        self._values.clear()
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                self.value(each)
