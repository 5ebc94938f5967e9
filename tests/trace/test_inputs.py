"""Inputs that nobody declared are found from the model, and sizes to run it at from what it accepts."""

from collections.abc import Mapping

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402

from convlint.symbolic.render import render  # noqa: E402
from convlint.trace.arrange import ArrangeError, arrange, name_inputs  # noqa: E402
from convlint.trace.infer import Chosen, InputsUnknownError, choose_declared, infer  # noqa: E402
from convlint.trace.inputs import DeclaredError, read_domain, read_inputs  # noqa: E402
from convlint.trace.protocol import InputText  # noqa: E402


class Lambda(nn.Module):
    """A model with some layers and a ``forward`` given as a method of a subclass."""

    def __init__(self, **layers: nn.Module) -> None:
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)


def inputs_of(module: nn.Module) -> dict[str, str]:
    """The inferred inputs as one would declare them."""
    chosen = infer(module.to("meta").eval(), {}, 10)
    return {spec.name: text_of(spec.shape, spec.dtype) for spec in chosen.inputs}


def text_of(shape: tuple[object, ...], dtype: str) -> str:
    text = " ".join(render(size) for size in shape)  # type: ignore[arg-type]
    return text if dtype == "float32" else f"{text}:{dtype}"


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        ([nn.Conv1d(5, 2, 3)], "N 5 L"),
        ([nn.Conv2d(5, 2, 3)], "N 5 H W"),
        ([nn.Conv3d(5, 2, 3)], "N 5 D H W"),
        ([nn.ConvTranspose2d(100, 2, 4)], "N 100 H W"),
        ([nn.MaxPool2d(2), nn.Conv2d(5, 2, 3)], "N 5 H W"),
        ([nn.ReflectionPad2d(1), nn.BatchNorm2d(5), nn.ReLU()], "N 5 H W"),
        ([nn.PixelUnshuffle(2), nn.Conv2d(12, 2, 3)], "N 3 H W"),
        ([nn.Linear(20, 2)], "N 20"),
        ([nn.Flatten(), nn.Linear(784, 2)], "N 784"),
        ([nn.Embedding(10, 4), nn.Linear(4, 2)], "N T:int64"),
        ([nn.LSTM(20, 4, batch_first=True)], "N T 20"),
        ([nn.GRU(20, 4)], "T N 20"),
        ([nn.LayerNorm(20)], "N T 20"),
        ([nn.TransformerEncoderLayer(20, 2, batch_first=True)], "N T 20"),
        ([nn.Upsample(scale_factor=2), nn.Sigmoid()], "N 3 H W"),
    ],
)
def test_the_first_layer_says_what_it_takes(layers: list[nn.Module], text: str) -> None:
    assert list(inputs_of(nn.Sequential(*layers)).values()) == [text]


def test_a_layer_that_waits_for_its_channels() -> None:
    with torch.device("meta"):
        net = nn.Sequential(nn.LazyConv2d(2, 3))
    assert [text_of(spec.shape, spec.dtype) for spec in infer(net, {}, 5).inputs] == ["N 3 H W"]


def test_the_layer_that_is_called_first_counts_not_the_one_built_first() -> None:
    class Net(Lambda):
        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.stem(x))

    assert inputs_of(Net(head=nn.Conv2d(8, 2, 1), stem=nn.Conv2d(5, 8, 3))) == {"x": "N 5 H W"}


def test_weights_without_layers() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.empty(4, 3, 3, 3))

        def forward(self, image: Tensor) -> Tensor:
            return nn.functional.conv2d(image, self.weight)

    assert inputs_of(Net()) == {"image": "N 3 H W"}


def test_a_loss_compares_features() -> None:
    class Loss(nn.Module):
        def forward(self, first: Tensor, second: Tensor) -> Tensor:
            return (first @ second.t()).logsumexp(1).mean()

    assert inputs_of(Loss()) == {"first": "N 128", "second": "N 128"}


def test_what_nothing_asks_for_is_unknown_rather_than_refused() -> None:
    class Loss(nn.Module):
        def forward(self, features: Tensor) -> Tensor:
            return torch.relu(features).view(-1, 7, 11, 13).sum()

    with pytest.raises(InputsUnknownError):
        inputs_of(Loss())


def test_nor_where_forward_says_how_many_axes_it_has() -> None:
    class Loss(nn.Module):
        def forward(self, clip: Tensor) -> Tensor:
            batch, frames, _, height, width = torch.relu(clip).shape
            return clip.view(batch, frames * 7, 11, height * width, 13)

    with pytest.raises(InputsUnknownError):
        inputs_of(Loss())


def test_the_axes_that_forward_unpacks() -> None:
    class Net(Lambda):
        def forward(self, video: Tensor) -> Tensor:
            batch, frames, channels, height, width = video.shape
            return self.conv(video.reshape(batch * frames, channels, height, width))

    assert inputs_of(Net(conv=nn.Conv2d(3, 4, 3))) == {"video": "N T 3 H W"}


def test_a_permutation_before_the_first_layer() -> None:
    class Net(Lambda):
        def forward(self, x: Tensor) -> Tensor:
            _, _, features = x.shape
            assert features == 7
            return self.conv(x.transpose(1, 2))

    assert inputs_of(Net(conv=nn.Conv1d(7, 4, 3))) == {"x": "N T 7"}


def test_two_images() -> None:
    class Net(Lambda):
        def forward(self, left: Tensor, right: Tensor) -> Tensor:
            return self.conv(left) - self.conv(right)

    assert inputs_of(Net(conv=nn.Conv2d(3, 4, 3))) == {"left": "N 3 H W", "right": "N 3 H W"}


def test_an_image_and_a_time_step() -> None:
    class Net(Lambda):
        def forward(self, x: Tensor, t: Tensor) -> Tensor:
            return self.conv(x) + self.embed(t[:, None].float())[:, :, None, None]

    assert inputs_of(Net(conv=nn.Conv2d(3, 4, 3), embed=nn.Linear(1, 4))) == {"x": "N 3 H W", "t": "N"}


def test_a_class_label_is_an_index() -> None:
    class Net(Lambda):
        def forward(self, z: Tensor, label: Tensor) -> Tensor:
            return self.linear(z) + self.embed(label)

    net = Net(linear=nn.Linear(100, 8), embed=nn.Embedding(10, 8))
    assert inputs_of(net) == {"z": "N 100", "label": "N:int64"}


def test_inputs_with_a_default_are_left_alone() -> None:
    class Net(Lambda):
        def forward(self, x: Tensor, mask: Tensor | None = None, *, scale: float = 1.0) -> Tensor:
            assert mask is None
            return self.conv(x) * scale

    assert inputs_of(Net(conv=nn.Conv2d(3, 4, 3))) == {"x": "N 3 H W"}


def test_a_forward_of_any_arguments() -> None:
    class Net(Lambda):
        def forward(self, *images: Tensor) -> Tensor:
            return self.conv(images[0])

    assert inputs_of(Net(conv=nn.Conv2d(3, 4, 3))) == {"images.0": "N 3 H W"}


def test_what_is_assumed_is_said_with_its_reason() -> None:
    chosen = infer(nn.Sequential(nn.Conv2d(5, 4, 3)).to("meta"), {}, 5)
    assert chosen.assumed == ('input input = "N 5 H W" (Conv2d takes 5 channels of `0`)',)
    assert all(spec.assumed for spec in chosen.inputs)


def test_a_model_that_always_fails_is_still_traced_where_it_came_furthest() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(5, 4, 3))
    chosen = infer(net.to("meta"), {}, 5)
    assert [text_of(spec.shape, spec.dtype) for spec in chosen.inputs] == ["N 3 H W"]
    assert isinstance(chosen.error, RuntimeError)


def test_a_forward_that_raises_at_once_whatever_it_gets_is_the_models_fault() -> None:
    class Net(Lambda):
        def forward(self, x: Tensor) -> Tensor:
            raise NotImplementedError("not yet")

    assert isinstance(infer(Net(conv=nn.Conv2d(3, 4, 3)).to("meta"), {}, 5).error, NotImplementedError)


@pytest.mark.parametrize("keys", ["['image']", ".image"])
def test_inputs_that_are_no_tensors_are_unknown(keys: str) -> None:
    class Net(Lambda):
        def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
            return self.conv(batch["image"] if keys.startswith("[") else batch.image)  # type: ignore[attr-defined]

    with pytest.raises(InputsUnknownError):
        infer(Net(conv=nn.Conv2d(3, 4, 3)).to("meta"), {}, 5)


def test_a_model_without_inputs() -> None:
    class Net(Lambda):
        def forward(self) -> None:
            return None

    with pytest.raises(InputsUnknownError, match="takes no inputs"):
        infer(Net(), {}, 5)


def nominal(module: nn.Module, *shapes: str, where: tuple[str, ...] = (), **given: int) -> Chosen:
    declared = read_inputs(module, [InputText(shape) for shape in shapes])
    return choose_declared(module.to("meta").eval(), declared, read_domain(declared, where), given, 5)


@pytest.mark.parametrize(
    ("features", "size"), [(8 * 222 * 222, 224), (8 * 30 * 30, 32), (8 * 297 * 297, 299), (8 * 26 * 26, 28)]
)
def test_the_nominal_size_is_one_that_pytorch_accepts(features: int, size: int) -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(features, 10))
    chosen = nominal(net, "N 3 H W")
    assert (chosen.nominal, chosen.error) == ({"N": 2, "H": size, "W": size}, None)


@pytest.mark.parametrize("size", [41, 100, 250])
def test_the_only_size_that_fits_a_linear_layer_is_found(size: int) -> None:
    features = 8 * ((size - 2) // 2) ** 2
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(features, 10))
    chosen = nominal(net, "N 3 H W")
    assert chosen.error is None
    assert chosen.nominal["H"] in {size - 1, size, size + 1}


def test_a_size_that_the_model_names_is_tried() -> None:
    class Net(Lambda):
        def forward(self, x: Tensor) -> Tensor:
            assert x.shape[-1] == 161, f"input width {x.shape[-1]} is not 161"
            return self.conv(x)

    assert nominal(Net(conv=nn.Conv2d(3, 8, 3)), "N 3 H W").nominal["W"] == 161


def test_frames_of_a_video_are_fewer_than_its_pixels() -> None:
    class Net(Lambda):
        def forward(self, x: Tensor) -> Tensor:
            assert x.shape[2] < x.shape[3]
            return self.conv(x)

    assert nominal(Net(conv=nn.Conv3d(3, 8, 3)), "N 3 D H W").nominal == {"N": 2, "D": 16, "H": 224, "W": 224}


def test_the_nominal_size_satisfies_what_was_declared() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3))
    assert nominal(net, "N 3 H W", where=("H % 16 == 0", "300 <= H", "W == 17")).nominal == {"N": 2, "H": 304, "W": 17}
    assert nominal(net, "N 3 S S//2", S=50).nominal == {"N": 2, "S": 50}
    assert nominal(net, "3 H W").nominal == {"H": 64, "W": 64}


def test_a_model_that_accepts_no_nominal_size_keeps_the_best() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(3, 8, 3))
    chosen = nominal(net, "N 3 H W")
    assert chosen.nominal == {"N": 2, "H": 224, "W": 224}
    assert isinstance(chosen.error, RuntimeError)


def test_sizes_that_cannot_be_satisfied_are_unknown() -> None:
    with pytest.raises(DeclaredError, match="no size satisfies this together") as raised:
        nominal(nn.Conv2d(3, 8, 3), "N 3 H W", where=("H < 5", "H > 5"))
    assert raised.value.wrong == "where:1"


@pytest.mark.parametrize("where", ["K > 3", "H > K"])
def test_a_condition_on_an_unknown_size(where: str) -> None:
    declared = read_inputs(nn.Conv2d(3, 8, 3), [InputText("N 3 H W")])
    with pytest.raises(DeclaredError, match="no input has a size `K`") as raised:
        read_domain(declared, (where,))
    assert (raised.value.wrong, raised.value.help) == ("where:0", ("the inputs have N, H, W",))


def test_an_unknown_dtype() -> None:
    with pytest.raises(DeclaredError, match="`float12` is no dtype"):
        read_inputs(nn.Conv2d(3, 8, 3), [InputText("N 3 H W", dtype="float12")])


class Many(nn.Module):
    def forward(
        self, x: object, batch: object = None, /, features: object = None, *rest: object, **more: object
    ) -> None:
        pass


class TestArrange:
    def test_unnamed_inputs_take_the_free_parameters(self) -> None:
        assert name_inputs(Many(), [None, "batch", None, None, None]) == ["x", "batch", "features", "rest.0", "rest.1"]

    def test_more_inputs_than_parameters(self) -> None:
        with pytest.raises(ArrangeError, match="takes fewer inputs than the 2 given: `input`"):
            name_inputs(nn.Conv2d(3, 8, 3), [None, None])

    def test_places_in_dicts_and_lists(self) -> None:
        names = ["x", "batch.image", "batch['label']", "features.1", "features[0].left", "features.0.right"]
        assert arrange(Many(), names, range(6)) == (
            (0, {"image": 1, "label": 2}, [{"left": 4, "right": 5}, 3]),
            {},
        )

    def test_what_is_left_out_keeps_its_default(self) -> None:
        class Net(nn.Module):
            def forward(self, x: object, y: object = None, *, z: object = None) -> None:
                pass

        assert arrange(Net(), ["x", "z"], [1, 2]) == ((1,), {"z": 2})
        assert arrange(Net(), ["y", "x"], [1, 2]) == ((2, 1), {})
        assert arrange(Net(), ["y"], [1]) == ((), {"y": 1})

    def test_rest_and_keywords(self) -> None:
        names = ["x", "batch", "features", "rest.0", "rest.1", "mask"]
        assert arrange(Many(), names, range(6)) == ((0, 1, 2, 3, 4), {"mask": 5})

    def test_a_name_that_forward_does_not_have(self) -> None:
        with pytest.raises(ArrangeError, match="`forward` has no parameter `y`; it has `input`"):
            arrange(nn.Conv2d(3, 8, 3), ["y"], [1])

    def test_an_input_inside_another(self) -> None:
        with pytest.raises(ArrangeError, match="inside another"):
            arrange(Many(), ["x", "x.left"], [1, 2])
