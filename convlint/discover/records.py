"""Values that have a name for each of their items: dictionaries, objects of attributes, parsers of arguments."""

import ast
from collections.abc import Mapping, Sequence

from convlint.discover.operations import table
from convlint.discover.values import Constant, Group, Parser, Record, Table, Value

Arguments = Sequence[Value | None]
Keywords = Mapping[str, Value | None]

_NAMESPACES = frozenset({"SimpleNamespace", "Namespace"})
_NESTED = frozenset({"EasyDict", "edict", "AttrDict", "Munch", "Box", "ConfigDict", "CfgNode", "CN"})
"""Dictionaries whose items are attributes, too, those of the dictionaries in them included."""

_COPIES = frozenset({"copy", "deepcopy"})

_TYPES: Mapping[str, type] = {"int": int, "float": float, "str": str}


def items_of(value: Value | None) -> dict[str, Value | None] | None:
    """The items of a dictionary or an object whose keys are names; None for anything else."""
    match value:
        case Constant(value=dict() as known) if all(isinstance(key, str) for key in known):
            return {key: Constant(item) for key, item in known.items()}
        case Table(items=items) | Record(items=items):
            return dict(items)
        case _:
            return None


def attributes(record: Record) -> Value | None:
    """The dictionary of an object's attributes."""
    return table([*record.items], [*record.items.values()])


def with_item(value: Value | None, key: object, item: Value | None) -> Value | None:
    """A dictionary or an object with another value for one key; None where that is not known."""
    items = items_of(value)
    if items is None or not isinstance(key, str):
        return None
    items[key] = item
    return Record(items) if isinstance(value, Record) else table([*items], [*items.values()])


def changed(value: Value, method: str, arguments: Arguments, keywords: Keywords) -> Value | None:
    """A dictionary or a list after one of its methods was called; None where that is not known."""
    match method, value, arguments:
        case "update", (Constant() | Table()), [*given] if len(given) <= 1:
            items = items_of(value)
            more = items_of(given[0]) if given else {}
            if items is None or more is None:
                return None
            items |= {**more, **keywords}
            return table([*items], [*items.values()])
        case ("pop" | "setdefault"), (Constant() | Table()), [Constant(value=str(key)), *default]:
            items = items_of(value)
            if items is None:
                return None
            if method == "pop":
                items.pop(key, None)
            elif default:
                items.setdefault(key, default[0])
            return table([*items], [*items.values()])
        case "append", Constant(value=list() as known), [Constant(value=item)]:
            return Constant([*known, item])
        case "extend", Constant(value=list() as known), [Constant(value=(list() | tuple()) as more_items)]:
            return Constant([*known, *more_items])
        case _:
            return None


CHANGING = frozenset(
    "update append extend insert pop popitem clear remove sort reverse setdefault add discard __setitem__".split()
)
"""Methods after which a dictionary or a list is another one."""


def looked_up(value: Value, method: str, arguments: Arguments) -> Value | None:
    """What a method of a dictionary gives."""
    items = items_of(value)
    match method, arguments:
        case ("get" | "pop" | "setdefault"), [Constant(value=str(key)), *default] if items is not None:
            if key in items:
                return items[key]
            # What is not there may have been left unread.
            return default[0] if default and isinstance(value, Constant) else None
        case "copy", []:
            return value
        case _:
            return None


def made(name: str, arguments: Arguments, keywords: Keywords) -> Value | None:
    """The dictionary, object or parser that a function of this last name makes; None for other functions."""
    first = arguments[0] if len(arguments) == 1 else None
    items = items_of(first) if arguments else {}
    if name == "ArgumentParser":
        return Parser({})
    if name == "dict" and items is not None:
        items |= keywords
        return table([*items], [*items.values()])
    if name in _NAMESPACES and not arguments:
        return Record(keywords)
    if name in _NESTED and items is not None:
        return _nested(Table({**items, **keywords}))
    if name == "vars" and isinstance(first, Record):
        return attributes(first)
    if name in _COPIES and isinstance(first, (Constant, Table, Record)):
        return first
    return None


def _nested(value: Value | None) -> Value | None:
    items = items_of(value)
    return value if items is None else Record({key: _nested(item) for key, item in items.items()})


def parsed(parser: Parser, method: str, arguments: Arguments, keywords: Keywords, type_: str | None) -> Value | None:
    """What a method of a parser of arguments gives; ``type_`` is the name that its keyword ``type`` has."""
    match method:
        case "add_argument":
            name = _destination(arguments, keywords)
            if name is not None:
                parser.defaults.setdefault(name, None)
                parser.defaults[name] = _default(keywords, type_)
        case "set_defaults":
            parser.defaults.update(keywords)
        case "add_argument_group" | "add_mutually_exclusive_group":
            return parser
        case "parse_args" | "parse_intermixed_args":
            return Record(dict(parser.defaults))
        case "parse_known_args":
            return Group((Record(dict(parser.defaults)), None))
    return None


def _destination(arguments: Arguments, keywords: Keywords) -> str | None:
    """The attribute that an option is found at: ``dest``, else its first long name, else its first."""
    names = [each.value for each in arguments if isinstance(each, Constant) and isinstance(each.value, str)]
    chosen = keywords.get("dest")
    if isinstance(chosen, Constant) and isinstance(chosen.value, str):
        return chosen.value
    long = [name for name in names if name.startswith("--")]
    name = next(iter(long or names), None)
    return name.lstrip("-").replace("-", "_") if name is not None else None


def _default(keywords: Keywords, type_: str | None) -> Value | None:
    """The value of an option that nobody gives; None where it has none, or only running it would tell."""
    match keywords.get("action"):
        case Constant(value="store_true"):
            return keywords.get("default", Constant(value=False))
        case Constant(value="store_false"):
            return keywords.get("default", Constant(value=True))
    default = keywords.get("default")
    if isinstance(default, Constant) and isinstance(default.value, str) and "type" in keywords:
        try:
            return Constant(_TYPES[type_ or ""](default.value))
        except (KeyError, ValueError):
            return None
    return default


def is_parsing(node: ast.AST) -> bool:
    """Whether a function gives back what a parser of arguments gives, or a dictionary that it writes."""
    return any(
        (isinstance(each, ast.Attribute) and each.attr in {"parse_args", "parse_known_args"})
        or (isinstance(each, ast.Return) and _is_dictionary(each.value))
        for each in ast.walk(node)
    )


def _is_dictionary(node: ast.expr | None) -> bool:
    match node:
        case ast.Dict() | ast.Call(func=ast.Name(id="dict")):
            return True
        case _:
            return False
