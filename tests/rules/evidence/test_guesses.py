"""What is said about inputs that nobody declared: nothing about how several of them relate."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convlint.rules import registry


def loud(graph):
    return {each.name for each in registry.check(graph) if each.severity > 1}


def guessed(graph):
    return replace(graph, inputs=tuple(replace(each, assumed=True) for each in graph.inputs))


class Between(nn.Module):
    """A skip of one input to what comes back from the other."""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(3, 3, 2, 2)

    def forward(self, x, skip):
        return torch.cat([self.up(F.max_pool2d(x, 2)), skip], 1)


class Never(Between):
    def forward(self, x, skip):
        return torch.cat([self.up(x), skip], 1)


class Listed(Between):
    def forward(self, maps):
        return super().forward(maps[0], maps[1])


class Within(Between):
    """The same skip, inside of what both inputs make together."""

    def forward(self, x, skip):
        both = x + skip
        return torch.cat([both, self.up(F.max_pool2d(both, 2))], 1)


class Beside(Between):
    """The same skip in one input, and another that has nothing to do with it."""

    def forward(self, x, t):
        return torch.cat([x, self.up(F.max_pool2d(x, 2))], 1), t * 2


class Bypassed(Between):
    """Behind the map that both inputs make, one of them comes again."""

    def forward(self, x, skip):
        both = x + skip
        return both + self.up(F.max_pool2d(skip, 2))


@pytest.mark.parametrize("module", [Between, Never, Bypassed])
def test_what_two_guessed_inputs_need_of_each_other_is_no_finding(trace, module):
    graph = trace(module(), "N 3 H W", "N 3 H W")
    assert loud(graph) == {"skip-size-mismatch"}
    assert not loud(guessed(graph))


def test_nor_where_sizes_are_declared_for_the_guesses(trace):
    graph = trace(Between(), "N 3 H W", "N 3 H W", where=("H >= 2", "W >= 2"))
    assert loud(graph) == {"skip-size-mismatch"}
    assert not loud(guessed(graph))


def test_nor_what_the_items_of_one_input_need_of_each_other(trace):
    graph = trace(Listed(), "N 3 H W", "N 3 H W", names=("maps.0", "maps.1"))
    assert loud(graph) == {"skip-size-mismatch"}
    assert not loud(guessed(graph))


@pytest.mark.parametrize("module", [Within, Beside])
def test_what_a_model_needs_of_its_own_maps_is_one(trace, module):
    graph = trace(module(), "N 3 H W", "N 3 H W")
    assert loud(guessed(graph)) == loud(graph) == {"skip-size-mismatch"}


class Hourglass(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(3, 3, 2, 2)

    def forward(self, x):
        return x + self.up(F.max_pool2d(x, 2))


class Wrong(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(4, 8, 3))

    def forward(self, x):
        return self.convs(x)


def test_which_sizes_reach_a_part_is_the_model_s_business(trace):
    graph = trace(Hourglass(), "N 3 H W")
    assert loud(graph) == {"skip-size-mismatch"}
    assert not loud(replace(graph, is_part=True))


def test_what_is_wrong_at_every_size_is_wrong_in_a_part(trace):
    assert loud(replace(trace(Wrong(), "N 3 H W"), is_part=True)) == {"channel-mismatch"}
