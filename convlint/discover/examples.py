"""What the user's files do with their models: how they build them, and with which tensors they call them."""

import ast
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from convlint.discover.arguments import Examples
from convlint.discover.module import ClassSyntax, ModuleSyntax
from convlint.discover.reader import FUNCTION, SCRIPT, Context, Reader
from convlint.discover.scope import Scope
from convlint.discover.values import Constant, Construction


def read_examples(module: ModuleSyntax, context: Context) -> Examples:
    """What a file does with models, its own or imported ones."""
    reader = Reader(module, context)
    top = Scope(reader, {}, "the script", SCRIPT)
    top.run(module.tree.body)
    reader.globals, reader.imports = top.names, top.imports
    reader.docstring(module.tree, "the docstring")
    reader.functions()
    for syntax in module.classes.values():
        reader.docstring(syntax.node, f"the docstring of {syntax.qualname}")
        reader.methods(syntax)
    return reader.found


def read_parts(
    module: ModuleSyntax,
    context: Context,
    models: Iterable[ClassSyntax],
    arguments: Mapping[str, str] = MappingProxyType({}),
) -> list[Construction]:
    """The models that the methods of ``models``, which are classes of this file, build as their parts.

    ``arguments`` are those of their constructors that are known, as literals.
    """
    reader = Reader(module, context)
    given = {name: Constant(value[0]) for name, text in arguments.items() if (value := _literal(text))}
    for syntax in models:
        for name, node in syntax.methods.items():
            names = reader.defaults(node)
            known = {key: value for key, value in given.items() if key in names and name == "__init__"}
            Scope(reader, {**names, **known}, f"{syntax.qualname}.{name}", FUNCTION).run(node.body)
    return reader.found.constructions


def _literal(text: str) -> tuple[object] | None:
    """The value that is written, alone in a tuple; None where it is no literal."""
    try:
        return (ast.literal_eval(text),)
    except (ValueError, SyntaxError):
        return None
