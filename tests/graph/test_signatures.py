"""The positions of parameters are PyTorch's own."""

import inspect

import pytest
from torch import nn

from convlint.graph.signatures import PARAMETERS, position

CLASSES = [
    getattr(nn, each)
    for name in PARAMETERS
    for each in (name, *(f"{name}{rank}d" for rank in (1, 2, 3)))
    if hasattr(nn, each)
]


@pytest.mark.parametrize("layer", CLASSES, ids=lambda each: each.__name__)
def test_positions_are_those_of_the_constructor(layer):
    parameters = list(inspect.signature(layer).parameters)
    known = [name for name in parameters if position(layer.__name__, name) is not None]
    assert known
    assert [position(layer.__name__, name) for name in known] == [parameters.index(name) for name in known]


def test_every_entry_is_a_class():
    names = {layer.__name__.rstrip("d").rstrip("123") for layer in CLASSES}
    assert names == set(PARAMETERS)


def test_other_classes_and_parameters_have_none():
    assert position("Conv2d", "device") is None
    assert position("Hardtanh", "inplace") is None
