"""Receptive fields, jumps and centres of whole models, against published numbers."""

from fractions import Fraction

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convlint.diagnostics import Span
from convlint.graph.flow import Flow
from convlint.graph.geometry import geometries
from convlint.graph.model import InputSpec
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import parse_shape
from convlint.trace.paths import trace_model


def geometry(module, shape="N 3 H W", axis=2):
    """Of what the model returns."""
    symbols = [part for part in shape.split() if not part.isdigit()]
    graph = trace_model(
        module.to("meta").eval(),
        (InputSpec("input", parse_shape(shape)),),
        Domain.of(symbols),
        dict.fromkeys(symbols, 256),
        name="Net",
        class_name="Net",
        span=Span("net.py", 1, 1, 1, 2),
    )
    flow = Flow(graph.paths[0])
    assert graph.paths[0].failure is None
    return geometries(graph, flow)[flow.inputs(flow.nodes[-1])[0].name][axis]


def conv(k, s=1, p=0, d=1):
    return nn.Conv2d(3, 3, k, s, p, d)


@pytest.mark.parametrize(
    ("layers", "field"),
    [
        ([conv(3)], 3),
        ([conv(3), conv(3)], 5),
        ([conv(3), conv(3), conv(3)], 7),
        ([conv(3), conv(3), nn.MaxPool2d(2), conv(3), conv(3)], 14),
        ([conv(3, d=4)], 9),
    ],
)
def test_published_receptive_fields(layers, field):
    assert geometry(nn.Sequential(*layers)).receptive_field == field


def test_causal_dilations_double_the_field():
    layers = [nn.Conv1d(1, 1, 2, dilation=2**i) for i in range(10)]
    assert geometry(nn.Sequential(*layers), "N 1 T").receptive_field == 1024


def test_vgg_16_is_212():
    layers = []
    for convolutions in (2, 2, 3, 3, 3):
        layers += [conv(3, p=1) for _ in range(convolutions)] + [nn.MaxPool2d(2)]
    found = geometry(nn.Sequential(*layers))
    assert (found.receptive_field, found.jump) == (212, 32)


def test_transposed_convolution_undoes_the_jump():
    found = geometry(nn.Sequential(conv(4, 2, 1), nn.ConvTranspose2d(3, 3, 4, 2, 1)))
    assert (found.jump, found.centre) == (1, 0)


@pytest.mark.parametrize("size", [2.0, 3.0])
def test_interpolation_by_a_factor(size):
    found = geometry(nn.Sequential(nn.Upsample(scale_factor=size)))
    assert found.jump == 1 / Fraction(size)


def test_interpolation_to_the_size_of_another_map():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = conv(3, 2, 1)

        def forward(self, input):
            return F.interpolate(self.down(input), size=input.shape[2:])

    assert geometry(Net()).jump == 1


def test_padding_moves_the_centre():
    assert geometry(nn.Sequential(nn.ZeroPad2d((0, 0, 2, 5)))).centre == -2


def test_a_join_keeps_the_largest_field():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.small, self.large = conv(1), conv(5, p=2)

        def forward(self, input):
            return torch.cat([self.small(input), self.large(input)], dim=1)

    assert geometry(Net()).receptive_field == 5


def test_axes_keep_their_geometry_when_they_move():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, (3, 1), stride=(2, 1))

        def forward(self, input):
            return self.conv(input).permute(0, 2, 3, 1)

    assert geometry(Net(), axis=1).jump == 2
    assert geometry(Net(), axis=2).jump == 1
    assert geometry(Net(), axis=3) is None


def test_what_sees_everything_has_none():
    assert geometry(nn.Sequential(nn.AdaptiveAvgPool2d(1))) is None


class Model(nn.Module):
    """A forward of one convolution, and a function of what it makes."""

    def __init__(self, function, **options):
        super().__init__()
        self.conv, self.function = nn.Conv2d(3, 3, 3, padding=1, **options), function

    def forward(self, input):
        return self.function(self.conv(input))


def test_squeeze_and_excitation_keeps_the_grid_and_sees_everything():
    found = geometry(Model(lambda x: x * x.mean((2, 3), keepdim=True).sigmoid(), stride=2))
    assert (found.jump, found.centre, found.receptive_field) == (2, 0, None)


def test_a_branch_without_a_grid_makes_the_field_of_the_join_unknown():
    def attended(x):
        rows = x.flatten(2).transpose(1, 2)
        seen = F.scaled_dot_product_attention(rows, rows, rows)
        return x + seen.transpose(1, 2).reshape(x.shape)

    found = geometry(Model(attended))
    assert (found.jump, found.receptive_field) == (1, None)


def test_weights_have_no_say_in_a_join():
    assert geometry(Model(lambda x: x + torch.ones(1, 3, 1, 1, device="meta"))).receptive_field == 3


def test_what_is_written_into_a_map_is_not_followed():
    def written(x):
        x[:, :1] = x[:, 1:2].mean()
        return x

    assert geometry(Model(written)).receptive_field is None


def test_a_crop_of_a_size_dependent_border_moves_the_centre_by_it():
    def cropped(x):
        border = x.shape[2] % 4
        return x[:, :, border:]

    assert geometry(Model(cropped)).centre.evaluate({"H": 7}) == 3


def test_views_that_keep_an_axis_keep_its_geometry():
    def grouped(x):
        return x.view(x.shape[0], 3, 1, x.shape[2], x.shape[3])

    assert geometry(Model(grouped, stride=2), axis=3).jump == 2
    assert geometry(Model(lambda x: x.view(x.shape[0], 3, x.shape[3], x.shape[2])), axis=2) is None


def test_a_flip_leaves_no_grid():
    assert geometry(Model(lambda x: x.flip(2))) is None


def test_a_circular_pad_sees_the_other_end():
    assert geometry(Model(lambda x: F.pad(x, (1, 1, 1, 1), mode="circular"))).receptive_field is None


def test_a_resize_by_sizes_drifts_by_a_bounded_amount():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.pool = nn.MaxPool2d(2)

        def forward(self, input):
            return F.interpolate(self.pool(input), size=input.shape[2:])

    found = geometry(Net())
    assert (found.jump, found.centre, found.drift) == (1, 0, 1)  # of odd sizes the pooling drops one row


@pytest.mark.parametrize(("aligned", "drift"), [(False, 0), (True, Fraction(1, 2))])
def test_aligned_corners_drift_from_the_grid_of_half_pixels(aligned, drift):
    layers = nn.Sequential(nn.MaxPool2d(2), nn.Upsample(scale_factor=2, mode="bilinear", align_corners=aligned))
    assert geometry(layers).drift == drift


def test_unpooling_undoes_the_jump():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.pool, self.unpool = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)

        def forward(self, input):
            return self.unpool(*self.pool(input))

    found = geometry(Net())
    assert (found.jump, found.centre) == (1, 0)
