"""Fields and centres of random networks against what a perturbed pixel changes: nothing outside, nothing less inside.

All weights are ones and all numbers doubles, so that no contribution cancels another.
"""

import contextlib
import random
from dataclasses import dataclass, field
from fractions import Fraction

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convlint.diagnostics import Span
from convlint.graph.concrete import at
from convlint.graph.flow import Flow
from convlint.graph.geometry import geometries
from convlint.graph.liveness import live_rows
from convlint.graph.model import InputSpec
from convlint.symbolic.dim import Dim
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import parse_shape
from convlint.trace.paths import trace_model

LENGTH, WIDTH = 96, 24
NETWORKS = 200
TINY = 1e-9
MARGIN = LENGTH // 3


def ones(*kernel):
    return torch.ones(1, 1, *kernel, dtype=torch.float64)


class Layers:
    """What random networks are made of, over ``axes`` spatial axes, every axis alike."""

    def __init__(self, axes, choice):
        self.axes, self.choice = axes, choice
        self.conv = (F.conv1d, F.conv2d)[axes - 1]
        self.transposed = (F.conv_transpose1d, F.conv_transpose2d)[axes - 1]
        self.max_pool = (F.max_pool1d, F.max_pool2d)[axes - 1]
        self.avg_pool = (F.avg_pool1d, F.avg_pool2d)[axes - 1]
        self.adaptive = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d)[axes - 1]
        self.linear = ("linear", "bilinear")[axes - 1]

    def kernel(self, size, like):
        return torch.ones(1, 1, *(size,) * self.axes, dtype=like.dtype, device=like.device)

    def convolution(self):
        k, s, d = self.choice([1, 2, 3, 3, 5]), self.choice([1, 1, 1, 2, 3]), self.choice([1, 1, 2, 3])
        p = self.choice([0, 1, (k - 1) * d // 2])
        return lambda x, _: self.conv(x, self.kernel(k, x), stride=s, padding=p, dilation=d)

    def pooling(self):
        k, ceil_mode = self.choice([2, 3]), self.choice([False, True])
        s, p = self.choice([1, 2, k]), self.choice([0, 1])
        pool = self.choice([self.max_pool, self.avg_pool])
        return lambda x, _: pool(x, k, s, p, ceil_mode=ceil_mode)

    def transposition(self):
        k, s, d = self.choice([1, 2, 3, 4, 5]), self.choice([1, 2, 2, 3]), self.choice([1, 1, 2])
        p, extra = self.choice([0, 1]), self.choice([0, max(s, d) - 1])
        return lambda x, _: self.transposed(x, self.kernel(k, x), stride=s, padding=p, dilation=d, output_padding=extra)

    def mode(self):
        return self.choice(["nearest", "nearest-exact", self.linear, "area", *(["bicubic"] if self.axes == 2 else [])])

    def scaling(self):
        factor, mode = self.choice([2, 3, 4, 0.5, 0.25, 1.5, 0.75]), self.mode()
        aligned = self.choice([False, True]) if mode.endswith(("linear", "cubic")) else None
        return lambda x, _: F.interpolate(x, scale_factor=factor, mode=mode, align_corners=aligned)

    def resizing(self):
        mode, extra = self.mode(), self.choice([0, 1, 7])
        aligned = self.choice([False, True]) if mode.endswith(("linear", "cubic")) else None
        smooth = self.axes == 2 and mode in {"bilinear", "bicubic"} and self.choice([False, True])

        def resize(x, given):
            size = [each // 2 + extra for each in given.shape[2:]]
            return F.interpolate(x, size=size, mode=mode, align_corners=aligned, antialias=smooth)

        return resize

    def pad(self):
        left, right = self.choice([-2, -1, 0, 1, 3]), self.choice([-1, 0, 2])
        return lambda x, _: F.pad(x, [left, right] * self.axes)

    def repair(self):
        """To a multiple of 4, on both sides."""

        def padded(x, _):
            missing = [-size % 4 for size in reversed(x.shape[2:])]
            return F.pad(x, [side for each in missing for side in (each // 2, each - each // 2)])

        return padded

    def crop(self):
        start, stop, step = self.choice([0, 1, 2]), self.choice([None, -1, -2]), self.choice([1, 1, 2])
        part = slice(start, stop, step)
        return lambda x, _: x[(slice(None), slice(None), *(part,) * self.axes)]

    def shrinking(self):
        def shrunk(x, _):
            return self.adaptive(x, tuple(size // 2 for size in x.shape[2:]))

        return shrunk

    def residual(self):
        k, d = self.choice([1, 3, 5]), self.choice([1, 2])

        def joined(x, _):
            return x + self.conv(x, self.kernel(k, x), padding=(k - 1) * d // 2, dilation=d)

        return joined

    def concatenation(self):
        """A branch that goes down and up again beside one that does not."""
        mode = self.choice(["nearest", self.linear])
        aligned = self.choice([False, True]) if mode != "nearest" else None

        def joined(x, _):
            down = self.max_pool(x, 2)
            up = F.interpolate(down, size=x.shape[2:], mode=mode, align_corners=aligned)
            return torch.cat([x, up], dim=1).sum(1, keepdim=True)

        return joined


KINDS = (
    "convolution", "convolution", "convolution", "pooling", "transposition", "scaling", "resizing", "pad", "repair",
    "crop", "shrinking", "residual", "concatenation",
)  # fmt: skip


class Network(nn.Module):
    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def forward(self, x):
        given = x
        for step in self.steps:
            x = step(x, given)
        return x


@dataclass
class Case:
    seed: int
    axes: int
    kinds: list[str] = field(default_factory=list)

    def network(self):
        """The first one that runs and leaves a map of middling size."""
        chance = random.Random(self.seed)
        layers = Layers(self.axes, chance.choice)
        while True:
            self.kinds = chance.choices(KINDS, k=chance.randint(1, 4))
            network = Network([getattr(layers, kind)() for kind in self.kinds])
            with contextlib.suppress(RuntimeError):
                made = network(torch.empty(1, 1, *(LENGTH, WIDTH)[: self.axes], device="meta"))
                if 8 <= made.shape[2] <= 4 * LENGTH:
                    return network


CASES = [Case(seed, axes=2 if seed % 5 == 4 else 1) for seed in range(NETWORKS)]


def response(network, axes, length=LENGTH):
    """For each output unit of the first spatial axis, what a pixel of 1 in each row of the input makes of it."""
    pixels = torch.eye(length, dtype=torch.float64).reshape(length, 1, length, *(1,) * (axes - 1))
    pixels = pixels.expand(length, 1, *(length, WIDTH)[:axes])
    made = network(pixels)
    return (made.abs().flatten(3).sum(-1) if axes == 2 else made.abs()).sum(1).t()


def traced(network, axes):
    symbols = ["N", "H", "W"][: 1 + axes]
    return trace_model(
        network,
        (InputSpec("x", parse_shape(" ".join(["N", "1", *symbols[1:]]))),),
        Domain.of(symbols),
        dict(zip(symbols, (1, LENGTH, WIDTH), strict=False)),
        name="Network",
        class_name="Network",
        span=Span("net.py", 1, 1, 1, 2),
    )


def value(place, sizes):
    return Fraction(place.evaluate(sizes) if isinstance(place, Dim) else place)


def claimed_hull(geometry, unit, sizes):
    span = geometry.span(unit)
    return span and tuple(value(place, sizes) for place in span)


def hull(row):
    seen = torch.nonzero(row).flatten().tolist()
    return (seen[0], seen[-1]) if seen else None


@pytest.fixture(autouse=True)
def single_thread():
    """Maps this small are not worth a second one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.seed))
def test_units_see_what_is_claimed(case):
    network = case.network()
    sizes = dict(zip(["N", "H", "W"], (1, LENGTH, WIDTH), strict=False))
    graph = traced(network, case.axes)
    path = next(each for each in graph.paths if each.domain.contains(sizes))
    assert path.failure is None
    seen = response(network, case.axes) > TINY
    for exact, nodes in ((False, path), (True, at(path, sizes))):
        flow = Flow(nodes)
        geometry = geometries(graph, flow)[flow.nodes[-2].name][2]
        assert geometry is not None or not exact, case.kinds
        if geometry is None or geometry.field is None:
            assert not exact, case.kinds
            continue
        widest = geometry.receptive_field
        claims = [claimed_hull(geometry, unit, sizes) for unit in range(len(seen))]
        # Claims that are bounds only, where two grids of different jump meet, are not in whole pixels.
        is_exact = exact and all(claim is None or claim[0].denominator == claim[1].denominator == 1 for claim in claims)
        for unit, claimed in enumerate(claims):
            found = hull(seen[unit])
            if found is None:
                continue
            assert claimed is not None, (case.kinds, unit)
            assert claimed[0] <= found[0], (case.kinds, exact, unit)
            assert found[1] <= claimed[1], (case.kinds, exact, unit)
            assert found[1] - found[0] + 1 <= widest
            if is_exact and claimed[0] >= MARGIN and claimed[1] < LENGTH - MARGIN:
                assert claimed == found, (case.kinds, unit)


@pytest.mark.parametrize("case", CASES[::2], ids=lambda case: str(case.seed))
def test_rows_that_reach_an_output_are_all_claimed(case):
    network = case.network()
    sizes = dict(zip(["N", "H", "W"], (1, LENGTH, WIDTH), strict=False))
    graph = traced(network, case.axes)
    path = next(each for each in graph.paths if each.domain.contains(sizes))
    alive = set(torch.nonzero((response(network, case.axes) > TINY).any(0)).flatten().tolist())
    for nodes in (path, at(path, sizes)):
        flow = Flow(nodes)
        rows = live_rows(graph, flow)[flow.nodes[0].name][2]
        first, last = (value(end, sizes) for end in (rows.first, rows.last))
        assert alive <= {row for row in range(LENGTH) if first <= row <= last and row % rows.modulus in rows.residues}


@pytest.mark.parametrize("seed", range(40))
def test_rows_of_a_chain_of_windows_are_claimed_exactly(seed):
    chance = random.Random(seed)
    layers = Layers(1, chance.choice)
    network = Network([getattr(layers, chance.choice(["convolution", "crop", "pad"]))() for _ in range(3)])
    length = 4 * LENGTH
    alive = torch.nonzero((response(network, 1, length) > TINY).any(0)).flatten().tolist()
    graph = traced(network, 1)
    flow = Flow(at(graph.paths[0], {"N": 1, "H": length}))
    rows = live_rows(graph, flow)[flow.nodes[0].name][2]
    claimed = range(rows.first, rows.last + 1)
    middle = [
        row for row in claimed if row % rows.modulus in rows.residues and length // 3 <= row < length - length // 3
    ]
    assert middle == [row for row in alive if length // 3 <= row < length - length // 3]
    assert alive[-1] - claimed[-1] <= 0 <= alive[0] - claimed[0]


@pytest.mark.parametrize("seed", range(40))
def test_units_are_centred_where_their_weight_is(seed):
    """The mean place of the pixels that a unit sees, by their weight, averaged over the phases of an up-sampling."""
    chance = random.Random(seed)
    layers = Layers(1, chance.choice)
    steps = [getattr(layers, chance.choice(["convolution", "crop", "pad", "repair"]))() for _ in range(2)]
    factor, mode = chance.choice([2, 3, 1.5]), chance.choice(["nearest", "nearest-exact", "linear", "area"])
    steps.append(lambda x, _: F.interpolate(x, scale_factor=factor, mode=mode))
    taps, stride = chance.choice([(2, 2), (4, 2), (3, 3), (3, 1)])
    steps.append(lambda x, _: F.conv_transpose1d(x, layers.kernel(taps, x), stride=stride))
    network = Network(steps)
    length = 4 * LENGTH
    weights = response(network, 1, length)
    graph = traced(network, 1)
    flow = Flow(at(graph.paths[0], {"N": 1, "H": length}))
    geometry = geometries(graph, flow)[flow.nodes[-2].name][2]
    start = int((length // 2 - geometry.centre) / geometry.jump)
    units = range(start, start + len(geometry.field.phases))
    places = weights @ torch.arange(length, dtype=torch.float64) / weights.sum(1)
    claimed = [float(geometry.position(unit)) for unit in units]
    assert places[units].mean().item() == pytest.approx(sum(claimed) / len(claimed))
