"""Lists, tuples and dicts of tensors are told from the code of ``forward``, where that proves them."""

from collections.abc import Mapping, Sequence

import pytest
import torch
from torch import Tensor, nn

from convlint.symbolic.render import render
from convlint.trace.infer import infer
from convlint.trace.structure import places_of


class Layered(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.skip = nn.Conv2d(5, 4, 3)
        self.embed = nn.Embedding(10, 4)
        self.lateral = nn.ModuleList([nn.Conv2d(width, 4, 1) for width in (3, 5, 7)])


class Unpacked(Layered):
    def forward(self, inputs):
        x, skip = inputs
        return self.conv(x) + self.skip(skip)


class UnpackedForJoin(Layered):
    def forward(self, inputs):
        [x, skip] = inputs
        return torch.cat([x, skip], 1)


class AnyNumber(Layered):
    def forward(self, *inputs):
        x, skip = inputs
        return self.conv(x) + self.skip(skip)


class Pair(Layered):
    def forward(self, inputs: tuple[Tensor, torch.Tensor]) -> Tensor:
        return self.conv(inputs[0]) + self.skip(inputs[1])


class Quoted(Layered):
    def forward(self, inputs: "tuple[Tensor, Tensor]") -> Tensor:
        return self.conv(inputs[0]) + self.skip(inputs[1])


class Indexed(Layered):
    def forward(self, features: list[Tensor]) -> Tensor:
        return self.conv(features[0]) + self.skip(features[1]) + self.skip(features[-1])


class Zipped(Layered):
    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        return [layer(each) for each, layer in zip(features, self.lateral, strict=True)]


class Enumerated(Layered):
    def forward(self, features: tuple[Tensor, ...]) -> list[Tensor]:
        return [conv(features[i]) for i, conv in enumerate(self.lateral)]


class Keyed(Layered):
    def forward(self, batch: Mapping[str, Tensor], scale: float = 1.0) -> Tensor:
        x = self.conv(batch["image"]) + self.embed(batch["labels"])[:, :, None, None]
        if "mask" in batch:
            x = x * batch.get("mask")
        return x * scale


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (Unpacked, {"inputs.0": "N 3 H W", "inputs.1": "N 5 H W"}),
        (UnpackedForJoin, {"inputs.0": "N 3 H W", "inputs.1": "N 3 H W"}),
        (AnyNumber, {"inputs.0": "N 3 H W", "inputs.1": "N 5 H W"}),
        (Pair, {"inputs.0": "N 3 H W", "inputs.1": "N 5 H W"}),
        (Quoted, {"inputs.0": "N 3 H W", "inputs.1": "N 5 H W"}),
        (Indexed, {"features.0": "N 3 H W", "features.1": "N 5 H W"}),
        (Zipped, {"features.0": "N 3 H W", "features.1": "N 5 H W", "features.2": "N 7 H W"}),
        (Enumerated, {"features.0": "N 3 H W", "features.1": "N 5 H W", "features.2": "N 7 H W"}),
        (Keyed, {"batch.image": "N 3 H W", "batch.labels": "N"}),
    ],
)
def test_the_structure_and_what_its_tensors_are(module, inputs):
    chosen = infer(module().to("meta").eval(), {}, 10)
    assert {each.name: " ".join(map(render, each.shape)) for each in chosen.inputs} == inputs
    assert chosen.error is None


class Sizes(Layered):
    """Numbers are unpacked in the same way."""

    def forward(self, x, size):
        height, width = size
        return nn.functional.interpolate(self.conv(x), size=(height, width))


class Stacked(Layered):
    """What is indexed may be a tensor."""

    def forward(self, x):
        return self.conv(x[0]) + self.skip(x[1])


class AnyLength(Layered):
    def forward(self, features: list[Tensor]) -> Tensor:
        return torch.cat(features, 1)


class HandedOn(Layered):
    """Others may read further keys."""

    def forward(self, batch):
        return self.conv(batch["image"]) + self.encode(batch)

    def encode(self, batch):
        return self.skip(batch["other"])


class Several(Layered):
    """Numbers of items that contradict each other."""

    def forward(self, features: list[Tensor]) -> Tensor:
        if len(features) == 2:
            a, b = features
        else:
            a, b, _ = features
        return self.conv(a) + self.skip(b)


class Numbers(Layered):
    def forward(self, sizes: list[int]) -> Tensor:
        return self.conv(torch.empty(1, 3, sizes[0], sizes[1]))


class Rebound(Layered):
    def forward(self, batch):
        batch = batch["image"]
        return self.conv(batch)


class Annotated(Layered):
    """A tensor is unpacked along its first axis."""

    def forward(self, qkv: Tensor) -> Tensor:
        q, k, v = qkv
        return torch.cat([q, k, v], 1)


@pytest.mark.parametrize(
    ("module", "parameter"),
    [
        (Sizes, "size"),
        (Stacked, "x"),
        (AnyLength, "features"),
        (HandedOn, "batch"),
        (Several, "features"),
        (Numbers, "sizes"),
        (Rebound, "batch"),
        (Annotated, "qkv"),
        (nn.Conv2d, "input"),
    ],
)
def test_what_is_not_proven_is_left_alone(module, parameter):
    instance = nn.Conv2d(3, 3, 3) if module is nn.Conv2d else module()
    assert places_of(instance, parameter) == (parameter,)


def test_an_instance_without_source():
    module = Layered()
    module.forward = eval("lambda inputs: inputs")
    assert places_of(module, "inputs") == ("inputs",)
