"""Advice on sizes against PyTorch: where joins fit, where padding is even, and that no refused size is recommended."""

import operator
import re
from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import nn

from convlint.graph.advice import Advice
from convlint.graph.contract import render_union
from convlint.rules import registry
from tests.rules.decoders.strides import OneStride

LARGEST = 50


class Autoencoder(nn.Module):
    """Strided convolutions, and as many transposed ones that come back, joined with the maps on the way."""

    def __init__(self, depth=2, kernel_size=3, stride=2, padding=1, joined=True):
        super().__init__()
        self.down = nn.ModuleList(nn.Conv2d(3, 3, kernel_size, stride, padding) for _ in range(depth))
        self.up = nn.ModuleList(nn.ConvTranspose2d(3, 3, stride, stride) for _ in range(depth))
        self.joined = joined

    def forward(self, x):
        skips = []
        for layer in self.down:
            skips.append(x)
            x = layer(x)
        for layer, skip in zip(self.up, reversed(skips), strict=True):
            x = layer(x)
            if self.joined:
                x = torch.cat([x, skip], dim=1)[:, :3]
        return x


def run(module: Autoencoder, size: int) -> tuple[bool, bool]:
    """Whether PyTorch runs at this size, and whether every convolution runs there and reads all of its padding."""
    even = []

    def look(layer, inputs, output):
        left_over = (inputs[0].shape[-1] + 2 * layer.padding[0] - layer.kernel_size[0]) % layer.stride[0]
        even.append(min(left_over, layer.padding[0]) == 0)

    hooks = [each.register_forward_hook(look) for each in module.down]
    try:
        module(torch.empty(1, 3, size, size, device="meta"))
    except RuntimeError:
        runs = False
    else:
        runs = True
    finally:
        for hook in hooks:
            hook.remove()
    return runs, len(even) == len(module.down) and all(even)


def advice(trace, module, shape="N 3 S S"):
    return Advice(trace(module, shape))


def holds(domains, size):
    return any(domain.contains({"N": 1, "S": size}) for domain in domains)


GEOMETRIES = [
    (depth, kernel_size, stride, padding)
    for depth, kernel_size, stride, padding in product((1, 2), (2, 3, 4, 5), (2, 3), (0, 1, 2))
    if padding < kernel_size
]


@pytest.mark.parametrize("joined", [True, False], ids=["joined", "plain"])
@pytest.mark.parametrize(("depth", "kernel_size", "stride", "padding"), GEOMETRIES)
def test_both_sets_are_pytorchs(trace, depth, kernel_size, stride, padding, joined):
    module = Autoencoder(depth, kernel_size, stride, padding, joined).to("meta")
    said = advice(trace, module)
    sizes = range(1, LARGEST)
    if said.verdict == "neither":
        assert not any(run(module, size)[0] for size in sizes)
        return
    for size in sizes:
        runs, even = run(module, size)
        assert (holds(said.joins, size), holds(said.even, size)) == (runs or not joined, even or padding == 0), size
        assert holds(said.both, size) == (runs and (even or padding == 0)), size
    if said.recommended:
        assert said.verdict == "both"
        assert run(module, said.example["S"]) == (True, True)
    else:
        assert run(module, said.example["S"]) == (True, False)
        assert run(module, said.refused_example["S"]) == (False, True)


@pytest.mark.parametrize("joined", [True, False], ids=["joined", "plain"])
@pytest.mark.parametrize(("depth", "kernel_size", "stride", "padding"), GEOMETRIES)
def test_help_recommends_no_size_that_is_refused(lint, depth, kernel_size, stride, padding, joined):
    module = Autoencoder(depth, kernel_size, stride, padding, joined).to("meta")
    for finding in lint(module, "N 3 S S").of("padding-lost-to-floor"):
        for size in re.findall(r"for example S = (\d+)", "\n".join(finding.help)):
            assert run(module, int(size))[0]


def test_published_advice_for_odd_kernels_pulls_apart(trace):
    said = advice(trace, Autoencoder(depth=3))
    assert (render_union(said.joins), render_union(said.even)) == ("S % 8 = 0", "S % 8 = 1")
    assert said.are_apart
    assert (said.verdict, said.example["S"], said.refused_example["S"]) == ("joins", 224, 225)


def test_even_kernels_have_both(trace):
    said = advice(trace, Autoencoder(kernel_size=4))
    assert (render_union(said.both), said.verdict, said.refused_example) == ("S % 4 = 0", "both", None)


def test_without_joins_even_padding_is_free(trace):
    said = advice(trace, Autoencoder(joined=False))
    assert (render_union(said.joins), said.verdict, said.example["S"]) == ("any size", "both", 225)


def test_a_window_behind_a_join_is_reached_only_where_the_join_fits(trace):
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = Autoencoder(1), nn.Conv2d(3, 3, 3, 2, 1)

        def forward(self, x):
            return self.second(self.first(x))

    said = advice(trace, Twice())
    assert (render_union(said.joins), render_union(said.even)) == ("S % 2 = 0", "no size")
    assert (said.verdict, said.refused_example) == ("joins", None)


def test_a_last_few_sizes_are_named_and_not_recommended(trace):
    # A single row broadcasts in the join, and keeps the padding even.
    said = advice(trace, OneStride(operator.add))
    assert (render_union(said.both), said.verdict, said.example["S"]) == ("S = 1", "joins", 224)


class Pinned(nn.Module):
    """A linear layer takes the features of 64 cells: of 32 × 32 pixels, and of 253 × 1."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 3, 3, 2, 1), nn.Conv2d(3, 3, 3, 2, 1)
        self.linear = nn.Linear(3 * 64, 10)

    def forward(self, x):
        return self.linear(self.second(self.first(x)).flatten(1))


def test_only_sizes_close_to_those_in_use_are_recommended(trace):
    graph = trace(Pinned(), "N 3 H W")
    unknown, used = Advice(graph), Advice(replace(graph, usual={"N": 1, "H": 32, "W": 32}))
    assert unknown.both == used.both
    assert not unknown.recommended
    assert used.recommended
    assert used.example == {"N": 1, "H": 29, "W": 29}


def test_help_names_no_size_far_from_those_in_use(lint):
    graph = lint(Pinned(), "N 3 H W").graph
    for usual, line in (
        ({}, "no accepted size close to the usual ones keeps the padding even at every layer"),
        ({"H": 32, "W": 32}, "H = 29, W = 29 keeps the padding even at every layer"),
    ):
        findings = registry.check(replace(graph, usual=usual))
        assert {each.help for each in findings if each.name == "padding-lost-to-floor"} == {(line,)}


def test_joins_that_never_fit_leave_neither(trace):
    class Never(nn.Module):
        def forward(self, x):
            return torch.cat([x, x[:, :, 1:]], dim=1)

    said = advice(trace, Never())
    assert (said.verdict, said.example, said.to_json()["has"]) == ("neither", None, "neither")


def test_what_was_not_explored_may_have_both(trace):
    class Stops(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.Conv2d(3, 3, 3, 2, 1)

        def forward(self, x):
            y = self.down(x)
            return y if y.sum() > 0 else -y

    assert advice(trace, Stops()).verdict is None


def test_a_model_without_strides_and_joins_is_not_advised(trace):
    assert advice(trace, nn.Conv2d(3, 3, 3, padding=1)).asks_nothing
