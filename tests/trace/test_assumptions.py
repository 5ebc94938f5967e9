"""What is assumed for an argument that nobody gave, by its name and in one manner after the other."""

import inspect
from types import ModuleType

import pytest

torch = pytest.importorskip("torch")

from convlint.trace.assumptions import Manner, NoValueError, assume, without_weights  # noqa: E402

EMPTY = inspect.Parameter.empty
KIND = inspect.Parameter.KEYWORD_ONLY


def parameter(name: str, annotation: object = EMPTY, default: object = EMPTY) -> inspect.Parameter:
    return inspect.Parameter(name, KIND, annotation=annotation, default=default)


def value(name: str, annotation: object = EMPTY, manner: Manner = Manner()) -> object:  # noqa: B008
    return assume(parameter(name, annotation), ModuleType("net"), manner)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("in_channels", 3),
        ("num_classes", 10),
        ("encoder_channels", 64),
        ("cls_depth", 2),
        ("image_patch_size", 16),
        ("sr_kernel_size", 3),
        ("local_heads", 4),
        ("attn_dropout", 0.0),
        ("use_norm", False),
        ("mlp_mult", 2),
        ("num_windows", 4),
    ],
)
def test_names_say_what_is_meant(name: str, expected: object) -> None:
    assert value(name) == expected
    assert type(value(name)) is type(expected)


def test_a_name_that_says_nothing_has_no_value() -> None:
    with pytest.raises(NoValueError):
        value("spec")


def test_an_annotation_that_contradicts_the_name_wins() -> None:
    with pytest.raises(NoValueError):
        value("spec_size", str)


def test_an_optional_annotation_is_that_of_the_value() -> None:
    assert value("num_classes", int | None) == 10


@pytest.mark.parametrize(
    ("name", "manner", "expected"),
    [
        ("in_channels", Manner(wide=True), 64),
        ("conv_kernel", Manner(wide=True), 3),
        ("num_anchors", Manner(wide=True), 3),
        ("depth", Manner(staged=True), (2, 2, 2, 2)),
        ("num_heads", Manner(staged=True), 4),
        ("img_size", Manner(image_size=384), 384),
    ],
)
def test_another_manner_changes_what_it_is_about(name: str, manner: Manner, expected: object) -> None:
    assert value(name, EMPTY, manner) == expected


@pytest.mark.parametrize(
    ("name", "default", "expected"),
    [("pretrained", True, False), ("encoder_weights", "imagenet", None), ("pretrained_backbone", True, False)],
)
def test_weights_are_not_asked_for(name: str, default: object, expected: object) -> None:
    assert without_weights(parameter(name, default=default)) is expected


@pytest.mark.parametrize(
    ("default", "stays"), [("nets/resnet.pth", True), ("vgg16", False), ("http://a.b/c.pth", False)]
)
def test_a_file_of_weights_stays_where_the_manner_says_so(default: str, stays: bool) -> None:
    weights = parameter("weights", default=default)
    assert without_weights(weights) is None
    if stays:
        with pytest.raises(NoValueError):
            without_weights(weights, Manner(keeps_files=True))
    else:
        assert without_weights(weights, Manner(keeps_files=True)) is None


@pytest.mark.parametrize(
    ("name", "default"), [("pretrained", False), ("weights", 0.5), ("weights", ""), ("weight_decay", True)]
)
def test_other_defaults_stay(name: str, default: object) -> None:
    with pytest.raises(NoValueError):
        without_weights(parameter(name, default=default))
