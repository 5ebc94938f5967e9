import pytest

MAIN = 'if __name__ == "__main__":\n    '
CONV1D = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 8, 3)

    def forward(self, x):
        return self.conv(x)
"""
SEVERAL = """
import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x, t, y=None, *, mask=None):
        return x
"""


def shapes(found):
    return [(each.name, each.shape, each.dtype) for each in found.inputs]


@pytest.mark.parametrize(
    "code",
    [
        "Net()(torch.randn(1, 3, 224, 224))",
        "Net().eval()(torch.zeros((1, 3, 224, 224)).cuda())",
        "x = torch.rand(size=(1, 3, 224, 224))\nnet = Net().to(device)\nwith torch.no_grad():\n    net(x)",
        "x = torch.randn(3, 224, 224).unsqueeze(0)\nprint(Net().forward(x).shape)",
        "size = 224\nx = torch.Tensor(1, 3, size, size).normal_()\nfor _ in range(3):\n    Net()(x)",
        "x = torch.from_numpy(np.random.rand(1, 224, 224, 3)).float().permute(0, 3, 1, 2)\nNet()(x)",
        "x = torch.ones(1, 3, 224, 224) * 0.5\nNet()(Variable(x))",
        "x = torch.randint(0, 255, (1, 3, 224, 224)).float()\nassert Net()(x)[0].shape",
        "summary(Net(), (3, 224, 224))",
        "torchinfo.summary(Net(), input_size=(1, 3, 224, 224))",
        "x = torch.randn(1, 3, 224, 224)\ntorch.onnx.export(Net(), x, 'net.onnx')",
        "macs = thop.profile(Net(), inputs=(torch.randn(1, 3, 224, 224),))",
        "traced = torch.jit.trace(Net(), torch.randn(1, 3, 224, 224))",
        "model, x = Net(), torch.randn(1, 3, 224, 224)\nloss = criterion(model(x), y)",
    ],
)
def test_an_example_call_gives_the_input(only, code):
    found = only("import numpy as np\n" + code + "\n")
    assert shapes(found) == [(None, "N 3 H W", "float32")]
    assert found.nominal == {"N": 1, "H": 224, "W": 224}
    assert found.inputs_source.startswith("the script, line ")


@pytest.mark.parametrize(
    ("tensor", "shape"),
    [
        ("torch.randn(8, 4, 100)", "N 4 T"),
        ("torch.randn(8, 4, 1)", "N 4 1"),
        ("torch.randn(8, 100, 1, 1)", "N 100 1 1"),
        ("torch.randn(2, 224, 200, 3)", "N H W 3"),
        ("torch.randn(2, 1, 16, 32, 32)", "N 1 D H W"),
        ("torch.randn(8, 16000)", "N T"),
    ],
)
def test_axes_are_read_by_rank(only, tensor, shape):
    assert only(f"Net()({tensor})\n", CONV1D).inputs[0].shape == shape


def test_vectors_have_features_where_no_layer_is_one_dimensional(only):
    assert only("Net()(torch.randn(8, 10))\n").inputs[0].shape == "N 10"


def test_clips_have_time_where_maps_are_two_dimensional(only):
    assert only("Net()(torch.randn(2, 5, 3, 64, 64))\n").inputs[0].shape == "N T 3 H W"
    assert only("Net()(torch.randn(2, 3, 8, 64, 64))\n").inputs[0].shape == "N 3 T H W"


def test_several_inputs_share_symbols_where_they_share_sizes(only):
    found = only(
        "Net()(torch.randn(8, 3, 64, 32), torch.randint(0, 10, (8,)), torch.randn(8, 3, 128, 32), mask=None)\n", SEVERAL
    )
    assert shapes(found) == [("x", "N 3 H W", "float32"), ("t", "N", "int64"), ("y", "N 3 H2 W", "float32")]
    assert found.nominal == {"N": 8, "H": 64, "W": 32, "H2": 128}


def test_nested_inputs_are_named_by_their_place(only):
    found = only("Net()({'image': torch.zeros(1, 3, 8, 8), 'maps': [torch.zeros(1, 4, 2, 2)]})\n")
    assert [each.name for each in found.inputs] == ["x.image", "x.maps.0"]


def test_a_call_with_a_tensor_that_cannot_be_read_shows_nothing(only):
    found = only("for batch in loader:\n    Net()(batch)\nNet()(load('x.pt'), torch.zeros(3, 3))\n")
    assert found.inputs == ()
    assert found.inputs_source == ""


def test_the_example_of_the_same_construction_is_preferred(only):
    found = only("Net(1)(torch.zeros(1, 1, 8, 8))\n\ndef test_rgb():\n    Net(3)(torch.zeros(1, 3, 8, 8))\n")
    assert dict(found.arguments) == {"in_ch": "1"}
    assert found.inputs[0].shape == "N 1 H W"


def test_parametrized_tests_show_their_first_case(only):
    code = "@pytest.mark.parametrize('channels, size', [(5, 16), (6, 32)])\ndef test_net(channels, size):\n"
    found = only(f"import pytest\n{code}    Net(channels)(torch.zeros(1, channels, size, size))\n")
    assert dict(found.arguments) == {"in_ch": "5"}
    assert found.inputs[0].shape == "N 5 H W"


def annotated(annotation, *, arguments="", future=""):
    return (
        f"{future}import torch\nfrom torch import nn, Tensor\nfrom jaxtyping import Float, Int\nclass Net(nn.Module):\n"
        f"    def __init__(self, n_mels=80):\n        super().__init__()\n"
        f"    def forward(self, x: {annotation}{arguments}):\n        return x\n"
    )


@pytest.mark.parametrize(
    ("annotation", "shape"),
    [
        ('Float[Tensor, "batch 3 h w"]', "batch 3 h w"),
        ('Float[torch.Tensor, "*batch n_mels time"]', "N 80 time"),
        ('"Float[Tensor, \'... 3 h h//2\']"', "N 3 h h//2"),
        ('Float[Tensor, "b #c=4 _ w"]', "b 4 A2 w"),
    ],
)
def test_jaxtyping_annotations_tell_the_input(only, annotation, shape):
    found = only("", annotated(annotation))
    assert shapes(found) == [("x", shape, "float32")]
    assert found.inputs_source == "the annotations of forward"


def test_optional_inputs_stay_out_and_open_ones_make_annotations_incomplete(only):
    optional = ', mask: Float[Tensor, "b"] | None = None, *, ids: Int[Tensor, "b t"], flag=True'
    found = only("", annotated('Float[Tensor, "b 3 h w"]', arguments=optional))
    assert shapes(found) == [("x", "b 3 h w", "float32"), ("ids", "b t", "int64")]
    assert only("", annotated('Float[Tensor, "b 3 h w"]', arguments=", other")).inputs == ()


def test_annotations_that_leave_channels_open_give_way_to_examples(only):
    found = only("Net()(torch.zeros(1, 3, 8, 8))\n", annotated('Float[Tensor, "b c h w"]'))
    assert shapes(found) == [(None, "N 3 H W", "float32")]
