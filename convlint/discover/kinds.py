"""Which classes are models: derived from ``nn.Module``, with a ``forward`` that does something."""

import ast
from functools import cache

from convlint.discover.module import ClassSyntax, Function, dotted
from convlint.discover.project import Definition, External, Project

_WITHOUT_FORWARD = frozenset({"Module", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "Container"})
_NO_MODULES = frozenset({"Parameter", "Buffer", "UninitializedParameter"})
_MODULE_NAMES = ("Module", "Model", "Net", "Network", "Layer", "Block", "Backbone", "Encoder", "Decoder", "Head")
"""Endings of foreign base classes that are taken for modules, if the class defines a forward."""

_MOST_BASES = 12


class Kinds:
    """Answers about classes, each found once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.is_module = cache(self._is_module)
        self.forward = cache(self._forward)

    def is_model(self, definition: Definition) -> bool:
        """Whether ``definition`` is a module class that can be run: neither abstract nor without ``forward``."""
        syntax = definition.class_syntax
        if syntax is None or not self.is_module(definition) or _has_abstract_methods(syntax):
            return False
        forward = self.forward(definition)
        return forward is True or (isinstance(forward, Found) and not forward.is_stub)

    def bases(self, definition: Definition) -> tuple[Definition | External | None, ...]:
        """What its bases are."""
        syntax = definition.class_syntax
        if syntax is None:
            return ()
        return tuple(self._project.resolve(definition.module, base) for base in syntax.bases)

    def constructor(self, definition: Definition, depth: int = _MOST_BASES) -> Function | None:
        """The ``__init__`` that it has or inherits from a class of the project."""
        return self._method(definition, "__init__", depth)

    def _method(self, definition: Definition, name: str, depth: int) -> Function | None:
        syntax = definition.class_syntax
        if syntax is None or depth == 0:
            return None
        if name in syntax.methods:
            return syntax.methods[name]
        for base in self.bases(definition):
            found = self._method(base, name, depth - 1) if isinstance(base, Definition) else None
            if found is not None:
                return found
        return None

    def _is_module(self, definition: Definition, depth: int = _MOST_BASES) -> bool:
        syntax = definition.class_syntax
        if syntax is None or depth == 0:
            return False
        for name, base in zip(syntax.bases, self.bases(definition), strict=True):
            match base:
                case Definition():
                    if base.key != definition.key and self._is_module(base, depth - 1):
                        return True
                case External():
                    if _is_external_module(base, syntax):
                        return True
                case None:
                    if _is_external_module(External(name), syntax):
                        return True
        return False

    def _forward(self, definition: Definition, depth: int = _MOST_BASES) -> "Found | bool":
        """Its ``forward``: a method of the project, True for one of torch's own layers, False without."""
        syntax = definition.class_syntax
        if syntax is None or depth == 0:
            return False
        method = syntax.methods.get("forward")
        if method is not None:
            return Found(method)
        if _assigns(syntax, "forward"):
            return True
        for base in self.bases(definition):
            match base:
                case Definition():
                    inherited = self._forward(base, depth - 1)
                    if inherited:
                        return inherited
                case External(name=name) if name.startswith("torch.nn.") and base.last not in _WITHOUT_FORWARD:
                    return True
                case _:
                    pass
        return False


class Found:
    """A ``forward`` in the project's source."""

    def __init__(self, node: Function) -> None:
        self.node = node

    @property
    def is_stub(self) -> bool:
        """Whether it is only a place for subclasses to fill."""
        if any(_ends_with(each, "abstractmethod") for each in self.node.decorator_list):
            return True
        body = [each for each in self.node.body if not _is_docstring(each)]
        return all(isinstance(each, ast.Pass) or _is_not_implemented(each) for each in body)


def _is_external_module(base: External, syntax: ClassSyntax) -> bool:
    if base.name.startswith("torch.nn."):
        return base.last[:1].isupper() and base.last not in _NO_MODULES
    if base.name.startswith("torch.") and base.last != "ScriptModule":
        return False
    forward = syntax.methods.get("forward")
    if forward is None or any(_ends_with(each, "staticmethod") for each in forward.decorator_list):
        return False
    return base.last.endswith(_MODULE_NAMES)


def _has_abstract_methods(syntax: ClassSyntax) -> bool:
    decorators = (each for method in syntax.methods.values() for each in method.decorator_list)
    return any(_ends_with(each, "abstractmethod") for each in decorators)


def _ends_with(decorator: ast.expr, name: str) -> bool:
    return (dotted(decorator) or "").rpartition(".")[2] == name


def _assigns(syntax: ClassSyntax, name: str) -> bool:
    return any(
        isinstance(each, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in each.targets)
        for each in syntax.node.body
    )


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_not_implemented(node: ast.stmt) -> bool:
    match node:
        case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
        case ast.Return(value=ast.Name(id="NotImplemented")):
            return True
        case _:
            return False
