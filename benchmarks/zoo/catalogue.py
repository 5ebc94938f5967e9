"""Which models there are, how each is built, and the input it was made for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

import timm
import torch
import torchvision.models
from torch import nn

FAMILIES = ("torchvision", "timm")

_CLASSIFIER_SIZES = {"inception_v3": 299}
_CLASSIFIER_SIZE = 224
_SEGMENTATION_SIZE = 520


@dataclass(frozen=True, slots=True)
class Case:
    """One architecture. ``group`` is the file of its family that defines it (``resnet``, ``segmentation.fcn``)."""

    family: str
    name: str
    group: str

    @property
    def key(self) -> str:
        """Unique over both families, fit for a file name."""
        return f"{self.family}.{self.name}"


@dataclass(frozen=True, slots=True)
class Built:
    """A model on the meta device, in eval mode, and the sizes (channels, rows, columns) of its default input."""

    module: nn.Module
    input_size: tuple[int, int, int]


@cache
def cases(family: str) -> tuple[Case, ...]:
    """Every architecture of ``family``, by name."""
    listing = {"torchvision": _torchvision_cases, "timm": _timm_cases}[family]
    return tuple(sorted(listing(), key=lambda case: case.name))


def case(key: str) -> Case:
    """The case whose `Case.key` is ``key``; raises KeyError."""
    family = key.partition(".")[0]
    return {case.key: case for case in cases(family)}[key]


def build(case: Case) -> Built:
    """Construct the model without weights; raises whatever its constructor raises.

    A constructor that computes with tensors (the widths of torchvision's RegNet) gets real ones, and only its
    parameters are put on the meta device.
    """
    construct = {"torchvision": _build_torchvision, "timm": _build_timm}[case.family]
    try:
        with torch.device("meta"):
            return construct(case)
    except (NotImplementedError, RuntimeError):
        with _parameters_on_meta():
            built = construct(case)
        built.module.to("meta")
        return built


@contextmanager
def _parameters_on_meta() -> Iterator[None]:
    register = nn.Module.register_parameter

    def register_on_meta(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        if parameter is not None:
            parameter = nn.Parameter(parameter.to("meta"), requires_grad=parameter.requires_grad)
        register(module, name, parameter)

    with patch.object(nn.Module, "register_parameter", register_on_meta):
        yield


def _torchvision_cases() -> list[Case]:
    return [
        Case("torchvision", name, _file_of(torchvision.models.get_model_builder(name)))
        for package in (torchvision.models, torchvision.models.segmentation)
        for name in torchvision.models.list_models(module=package)
    ]


def _file_of(builder: Callable[..., nn.Module]) -> str:
    return builder.__module__.removeprefix("torchvision.models.")


def _timm_cases() -> list[Case]:
    return [
        Case("timm", name, module)
        for module in timm.list_modules()
        for name in timm.list_models(module=module, pretrained=False)
    ]


def _build_torchvision(case: Case) -> Built:
    if case.group.startswith("segmentation."):
        module = torchvision.models.get_model(case.name, weights=None, weights_backbone=None)
        size = _SEGMENTATION_SIZE
    else:
        module = torchvision.models.get_model(case.name, weights=None)
        size = _CLASSIFIER_SIZES.get(case.name, _CLASSIFIER_SIZE)
    return Built(module.eval(), (3, size, size))


def _build_timm(case: Case) -> Built:
    module: Any = timm.create_model(case.name, pretrained=False).eval()
    channels, rows, columns = module.pretrained_cfg["input_size"]
    return Built(module, (channels, rows, columns))
