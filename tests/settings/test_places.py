"""Where keys and values stand, for every way in which TOML writes them."""

import tomllib

import pytest

from convlint.settings.places import find_places

TEXT = '''\
# a comment = "not a key"
top = 1
[tool.convlint]  # the table
select = [
    "CL1",  # ] in a comment
    'CL2',
]
"quoted.key" = """
[not.a.header]
key = "\\""
"""
dotted.inner = { a = "}", 'b c' = [ [1, 2], { d = 3 } ] }
date = 1979-05-27 07:32:00 # local

[[tool.list]]
name = "first"
[[tool.list]]
name = "second"
'''


def place(*keys):
    found = find_places(TEXT).of_key(keys)
    return found.line, found.column, found.text[found.column - 1 :][: found.length]


def value(*keys):
    found = find_places(TEXT).of_value(keys)
    return found.line, found.column, found.text[found.column - 1 :][: found.length]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("top",), (2, 1, "top")),
        (("tool", "convlint"), (3, 7, "convlint")),
        (("tool", "convlint", "select"), (4, 1, "select")),
        (("tool", "convlint", "quoted.key"), (8, 1, '"quoted.key"')),
        (("tool", "convlint", "dotted", "inner"), (12, 8, "inner")),
        (("tool", "convlint", "dotted", "inner", "b c"), (12, 27, "'b c'")),
        (("tool", "convlint", "dotted", "inner", "b c", 1, "d"), (12, 47, "d")),
        (("tool", "list", 1, "name"), (18, 1, "name")),
    ],
)
def test_places_of_keys(keys, expected):
    assert place(*keys) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("top",), (2, 7, "1")),
        (("tool", "convlint", "select", 0), (5, 5, '"CL1"')),
        (("tool", "convlint", "select", 1), (6, 5, "'CL2'")),
        (("tool", "convlint", "dotted", "inner", "a"), (12, 22, '"}"')),
        (("tool", "convlint", "dotted", "inner", "b c", 0, 1), (12, 41, "2")),
        (("tool", "convlint", "date"), (13, 8, "1979-05-27 07:32:00")),
        (("tool", "list", 0, "name"), (16, 8, '"first"')),
    ],
)
def test_places_of_values(keys, expected):
    assert value(*keys) == expected


def test_what_has_no_place_has_that_of_the_nearest_key_around_it():
    assert place("tool", "convlint", "select", 7) == (4, 1, "select")
    assert find_places(TEXT).of_key(("absent",)) is None


def _paths(value, keys=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield keys
    for key, each in items:
        yield from _paths(each, (*keys, key))


def test_every_value_has_a_place():
    places = find_places(TEXT)
    for keys in _paths(tomllib.loads(TEXT)):
        if keys and keys != ("tool",):
            assert places.of_value(keys) is not None, keys
