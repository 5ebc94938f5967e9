"""Files are imported as their projects expect, and models are built with what is known of their arguments."""

from collections.abc import Callable
from pathlib import Path

import pytest

from convlint.graph.model import ModelGraph
from convlint.trace.client import Client
from convlint.trace.protocol import (
    ConcreteInput,
    InputText,
    ModelRef,
    ReplayOutcome,
    ReplayRequest,
    TraceFailure,
    TraceRequest,
)

Write = Callable[[str, str], Path]

NET = """
    import torch
    from torch import nn
    {imports}

    class Net(nn.Module):
        def __init__(self{parameters}):
            super().__init__()
            self.conv = nn.Conv2d(3, {width}, 3)

        def forward(self, x):
            return self.conv(x)
    """


def net(imports: str = "", parameters: str = "", width: str = "8") -> str:
    return NET.format(imports=imports, parameters=parameters, width=width)


@pytest.fixture
def build(client: Client) -> Callable[..., ModelGraph | TraceFailure]:
    """Import, build and trace, as a client would ask for it."""

    def ask(path: Path | str, name: str = "Net", **arguments: str) -> ModelGraph | TraceFailure:
        model = ModelRef(str(path), name, tuple(arguments.items()))
        return client.trace(TraceRequest(model, (InputText("N 3 H W"),)))

    return ask


Build = Callable[..., ModelGraph | TraceFailure]


def channels(result: ModelGraph | TraceFailure) -> object:
    """The output channels of the only convolution."""
    assert isinstance(result, ModelGraph), result
    return next(layer.parameters["out_channels"] for layer in result.layers.values() if layer.kind == "conv")


def reason(result: ModelGraph | TraceFailure) -> TraceFailure:
    assert isinstance(result, TraceFailure), result
    return result


class TestImport:
    def test_relative_imports_of_a_package(self, write: Write, build: Build) -> None:
        write("net/__init__.py", "")
        write("net/parts/__init__.py", "WIDTH = 5")
        path = write(
            "net/parts/model.py", net("from . import WIDTH\n    from ..parts import WIDTH as again", width="WIDTH")
        )
        assert channels(build(path)) == 5

    def test_relative_imports_without_any_init(self, write: Write, build: Build) -> None:
        write("net/widths.py", "WIDTH = 5")
        assert channels(build(write("net/model.py", net("from .widths import WIDTH", width="WIDTH")))) == 5

    def test_relative_imports_beyond_the_nearest_directory(self, write: Write, build: Build) -> None:
        write("net/widths.py", "WIDTH = 5")
        assert channels(build(write("net/deep/model.py", net("from ..widths import WIDTH", width="WIDTH")))) == 5

    def test_imports_from_the_src_directory(self, write: Write, build: Build) -> None:
        write("pyproject.toml", "")
        write("src/net/__init__.py", "WIDTH = 5")
        assert channels(build(write("scripts/model.py", net("from net import WIDTH", width="WIDTH")))) == 5

    def test_imports_from_the_root_of_the_project(self, write: Write, build: Build) -> None:
        write("setup.py", "raise SystemExit")
        write("models/blocks.py", "WIDTH = 5")
        path = write("models/deep/model.py", net("from models.blocks import WIDTH", width="WIDTH"))
        assert channels(build(path)) == 5

    def test_imports_of_neighbours_as_a_script_has_them(self, write: Write, build: Build) -> None:
        write("utils.py", "WIDTH = 5")
        assert channels(build(write("model.py", net("from utils import WIDTH", width="WIDTH")))) == 5

    @pytest.mark.parametrize("name", ["types.py", "torch.py", "my-model.py", "2d.py", "inspect.py", "convlint.py"])
    def test_any_file_name(self, write: Write, build: Build, name: str) -> None:
        assert channels(build(write(name, net()))) == 8

    @pytest.mark.parametrize("init", ["import a_package_that_is_not_installed", "raise RuntimeError('no display')"])
    def test_a_package_whose_init_fails_does_not_hide_its_modules(self, write: Write, build: Build, init: str) -> None:
        write("net/__init__.py", init)
        write("net/widths.py", "WIDTH = 5")
        assert channels(build(write("net/model.py", net("from .widths import WIDTH", width="WIDTH")))) == 5

    def test_the_script_part_does_not_run(self, write: Write, build: Build) -> None:
        text = net() + "\n    if __name__ == '__main__':\n        raise SystemExit(1)\n"
        assert channels(build(write("model.py", text))) == 8

    def test_a_script_sees_no_foreign_command_line(self, write: Write, build: Build) -> None:
        imports = "import argparse\n    options = argparse.ArgumentParser().parse_args()"
        assert channels(build(write("model.py", net(imports)))) == 8

    def test_torchvision_with_or_without_its_compiled_operators(self, write: Write, build: Build) -> None:
        pytest.importorskip("torch")
        imports = "from torchvision.ops import Conv2dNormActivation"
        result = build(write("model.py", net(imports)))
        assert channels(result) == 8

    def test_a_missing_import_is_named_at_its_line(self, write: Write, build: Build) -> None:
        name = "a_package_that_is_not_installed"
        path = write("model.py", net(f"import {name}", width=f"{name}.WIDTH"))
        failure = reason(build(path))
        assert failure.rule == "import-failed"
        assert failure.message == "no module named `a_package_that_is_not_installed`"
        assert failure.span is not None
        assert (failure.span.path, failure.span.line, failure.span.column) == (str(path), 4, 1)
        assert "--python" in failure.help[0]

    def test_a_missing_import_of_another_file_is_blamed_there(self, write: Write, build: Build) -> None:
        other = write("utils.py", "import a_package_that_is_not_installed as missing\nWIDTH = missing.WIDTH")
        failure = reason(build(write("model.py", net("import utils", width="utils.WIDTH"))))
        assert failure.span is not None
        assert (failure.span.path, failure.span.line) == (str(other), 1)

    def test_a_relative_import_outside_of_its_package(self, write: Write, build: Build) -> None:
        failure = reason(build(write("model.py", net("from ..layers import Block"))))
        assert (failure.rule, failure.message) == ("import-failed", "relative import in a file of no package")
        assert "package.module:callable" in failure.help[-1]

    def test_a_syntax_error_is_shown_where_python_sees_it(self, write: Write, build: Build) -> None:
        path = write("model.py", "\nimport torch\nx = (1, 2\ny = 3\n")
        failure = reason(build(path))
        assert failure.message == "syntax error: '(' was never closed"
        assert failure.span is not None
        assert (failure.span.path, failure.span.line, failure.span.column) == (str(path), 3, 5)

    @pytest.mark.parametrize("content", [b"\x00\x01\x02", b"\x89PNG\r\n\x1a\n", b"x = '\xfc'\n", b"\xff\xfex\x00"])
    def test_a_file_that_is_no_python(self, tmp_path: Path, build: Build, content: bytes) -> None:
        path = tmp_path / "model.py"
        path.write_bytes(content)
        failure = reason(build(path))
        assert failure.rule == "import-failed"
        assert failure.message.startswith("this file is no Python: ")
        assert failure.span is not None
        assert (failure.span.path, failure.span.line) == (str(path), 1)

    def test_a_file_that_is_not_there(self, tmp_path: Path, build: Build) -> None:
        failure = reason(build(tmp_path / "model.py"))
        assert (failure.rule, failure.message) == ("import-failed", f"there is no file {tmp_path / 'model.py'}")

    def test_a_dotted_module_that_is_not_there(self, build: Build) -> None:
        failure = reason(build("no_such_package.models"))
        assert (failure.rule, failure.message) == ("import-failed", "no module named `no_such_package`")

    def test_a_name_that_is_not_there(self, write: Write, build: Build) -> None:
        failure = reason(build(write("model.py", net()), "Nets"))
        assert "there is no `Nets`" in failure.message
        assert failure.help == ("did you mean `Net`?",)


class TestConstruction:
    def test_a_dotted_factory(self, client: Client) -> None:
        runs = ((ConcreteInput("x", (2, 3, 64, 64)),),)
        outcomes = client.replay(ReplayRequest(ModelRef("torchvision.models", "resnet18"), runs))
        assert outcomes == (ReplayOutcome("returned", shapes=((2, 1000),)),)

    def test_a_nested_class_and_an_instance(self, write: Write, build: Build) -> None:
        text = net() + "\n    class Zoo:\n        Net = Net\n\n    net = Net()\n"
        path = write("model.py", text)
        assert channels(build(path, "Zoo.Net")) == 8
        assert channels(build(path, "net")) == 8

    def test_a_factory_that_returns_more_than_the_model(self, write: Write, build: Build) -> None:
        path = write("model.py", net() + "\n    def make():\n        return Net(), 'transforms'\n")
        assert channels(build(path, "make")) == 8

    def test_a_factory_that_returns_no_model(self, write: Write, build: Build) -> None:
        failure = reason(build(write("model.py", "def make():\n    return 3\n"), "make"))
        assert (failure.rule, failure.message) == ("construct-failed", "`make` returned an int, no torch.nn.Module")

    def test_what_is_no_callable(self, write: Write, build: Build) -> None:
        failure = reason(build(write("model.py", "make = 3\n"), "make"))
        assert failure.message == "`make` is no class or function, but an int"

    @pytest.mark.parametrize(
        ("text", "expression"),
        [
            ("7", "value"),
            ("[6, 7]", "value[1]"),
            ("{'width': 7}", "value['width']"),
            ("'7'", "int(value)"),
            ("seven", "{'seven': 7}[value]"),
            ("WIDTHS.seven", "value"),
            ("2 * WIDTH - 1", "value"),
            ("make(7)", "value"),
            ("torch.nn.GELU", "7 if value is nn.GELU else 1"),
            ("nn.ReLU(inplace=True)", "7 if value.inplace else 1"),
            ("Net", "7 if value is Net else 1"),
        ],
    )
    def test_arguments_are_literals_names_and_calls(
        self, write: Write, build: Build, text: str, expression: str
    ) -> None:
        imports = (
            "from types import SimpleNamespace\n    WIDTH = 4\n    WIDTHS = SimpleNamespace(seven=7)\n    make = int"
        )
        path = write("model.py", net(imports, ", value", expression))
        assert channels(build(path, value=text)) == 7

    def test_layers_that_an_argument_builds_are_recorded_and_on_meta(self, write: Write, build: Build) -> None:
        path = write(
            "model.py",
            """
            from torch import nn

            def make_layers(width):
                return nn.Conv2d(3, width, 3), nn.Linear(10**5, 10**5)

            class Net(nn.Module):
                def __init__(self, layers):
                    super().__init__()
                    self.conv, self.head = layers

                def forward(self, x):
                    return self.conv(x)
            """,
        )
        graph = build(path, layers="make_layers(7)")
        assert channels(graph) == 7
        assert isinstance(graph, ModelGraph)
        (conv,) = [layer for layer in graph.layers.values() if layer.kind == "conv"]
        assert conv.constructor is not None
        assert (conv.constructor.path, conv.constructor.line) == (str(path), 5)

    def test_an_argument_that_needs_values(self, write: Write, build: Build) -> None:
        path = write("model.py", net("WIDTHS = [3, 5]", ", width", "width"))
        assert channels(build(path, width="int(torch.tensor(WIDTHS).sum())")) == 8

    def test_a_constructor_that_gives_a_parameter_what_no_meta_tensor_takes(self, write: Write, build: Build) -> None:
        path = write(
            "model.py",
            """
            import torch
            from torch import nn

            class MeanShift(nn.Conv2d):
                def __init__(self, rgb_range, mean=(0.4488, 0.4371, 0.4040), std=(1.0, 1.0, 1.0), sign=-1):
                    super().__init__(3, 3, kernel_size=1)
                    std = torch.Tensor(std)
                    self.weight.data = torch.eye(3).view(3, 3, 1, 1)
                    self.weight.data.div_(std.view(3, 1, 1, 1))
                    self.bias.data = sign * rgb_range * torch.Tensor(mean)
                    self.bias.data.div_(std)

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.shift = MeanShift(255)
                    self.rows = nn.LSTM(3, 5, batch_first=True)
                    self.out = nn.Linear(5, 2)
                    self.out.bias.data = torch.FloatTensor([0.0] * 2)
                    self.out.weight.data[0] = torch.Tensor(self.out.weight.data.numpy()[1])

                def forward(self, x):
                    return self.out(self.rows(self.shift(x).mean(2).transpose(1, 2))[0])
            """,
        )
        graph = build(path)
        assert isinstance(graph, ModelGraph)
        assert [each.kind for each in graph.layers.values()] == ["conv", "recurrent", "linear"]
        assert channels(graph) == 3

    def test_arguments_by_position(self, write: Write, client: Client) -> None:
        path = write("model.py", net(parameters=", width, other=1", width="width"))
        model = ModelRef(str(path), "Net", (("0", "7"), ("other", "2")))
        assert channels(client.trace(TraceRequest(model, (InputText("N 3 H W"),)))) == 7

    @pytest.mark.parametrize("text", ["1 +", "Nett.width", "[x for x in y]", "lambda: 3"])
    def test_an_argument_that_cannot_be_read(self, write: Write, build: Build, text: str) -> None:
        failure = reason(build(write("model.py", net(parameters=", width")), width=text))
        assert failure.rule == "construct-failed"
        assert failure.message.startswith(f"cannot read the argument `{text}`")

    def test_a_word_for_a_number_is_said_to_have_been_read_as_a_string(self, write: Write, build: Build) -> None:
        path = write("model.py", net(parameters=", width, mode='same'", width="width % 8"))
        failure = reason(build(path, width="three", mode="valid"))
        assert failure.message.startswith("building `Net` raises TypeError")
        assert failure.help == (
            "`three` was read as the string 'three': write a Python literal, such as `width=3`",
            "give other arguments with `--arg name=value`",
        )

    def test_an_argument_that_does_not_exist(self, write: Write, build: Build) -> None:
        failure = reason(build(write("model.py", net(parameters=", width=8")), widht="8"))
        assert failure.message == "`Net` takes no argument `widht`"
        assert failure.help == ("did you mean `width`?",)

    def test_well_known_arguments_are_assumed_and_said(self, write: Write, build: Build) -> None:
        path = write("model.py", net(parameters=", in_channels, num_classes: int, *, base=16", width="num_classes"))
        result = build(path)
        assert channels(result) == 10
        assert isinstance(result, ModelGraph)
        assert result.assumed == ("in_channels = 3", "num_classes = 10")

    def test_a_block_that_refuses_three_channels_gets_more(self, write: Write, build: Build) -> None:
        check = "assert in_channels % 8 == 0; "
        text = net(parameters=", in_channels", width="in_channels").replace("super()", check + "super()")
        result = build(write("model.py", text))
        assert isinstance(result, ModelGraph)
        assert result.assumed == ("in_channels = 64",)

    def test_a_constructor_that_wants_a_depth_for_each_stage_gets_them(self, write: Write, build: Build) -> None:
        check = "assert isinstance(depth, tuple); "
        text = net(parameters=", depth", width="len(depth)").replace("super()", check + "super()")
        assert channels(build(write("model.py", text))) == 4

    def test_what_a_base_needs_of_the_keywords_is_assumed_too(self, write: Write, build: Build) -> None:
        text = net(parameters=", *, width", width="width") + """
    class Wide(Net):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
    """
        result = build(write("model.py", text), "Wide")
        assert isinstance(result, ModelGraph)
        assert result.assumed == ("width = 64",)
        assert result.guessed == ("width = 64",)

    def test_a_module_for_an_argument_that_is_annotated_with_its_class(self, write: Write, build: Build) -> None:
        text = net(parameters=", width: int", width="width") + """
    class Wrapper(nn.Module):
        def __init__(self, net: Net):
            super().__init__()
            self.net = net

        def forward(self, x):
            return self.net(x)
    """
        assert channels(build(write("model.py", text), "Wrapper")) == 64

    def test_weights_that_are_named_are_not_downloaded_either(self, write: Write, build: Build) -> None:
        width = "5 if encoder_weights is None else 4"
        result = build(write("model.py", net(parameters=", encoder_weights='imagenet'", width=width)))
        assert channels(result) == 5
        assert isinstance(result, ModelGraph)
        assert result.guessed == ()

    def test_a_file_of_weights_is_left_out_only_where_that_works(self, write: Write, build: Build) -> None:
        width = "5 if os.path.exists(weights) else 4"
        text = net("import os", ", weights='resnet.pth'", width)
        result = build(write("model.py", text))
        assert isinstance(result, ModelGraph)
        assert (channels(result), result.assumed) == (4, ())

    def test_a_file_of_weights_that_is_missing_is_the_failure_and_not_the_none_in_its_place(
        self, write: Write, build: Build
    ) -> None:
        failure = reason(build(write("model.py", net(parameters=", weights='resnet.pth'", width="len(open(weights))"))))
        assert failure.message.startswith("building `Net` raises FileNotFoundError")
        assert failure.help == ("give other arguments with `--arg name=value`",)

    def test_a_none_that_nobody_wrote_is_said_to_be_chosen(self, write: Write, build: Build) -> None:
        text = net(parameters=", in_channels, weights='imagenet'", width="weights.count('a')")
        failure = reason(build(write("model.py", text)))
        assert failure.message.startswith("building `Net` raises AttributeError: 'NoneType'")
        assert failure.help == (
            "give other arguments with `--arg name=value`; assumed were in_channels = 3",
            "convlint fetches no weights, and chose weights = None: give what you use with `--arg weights=VALUE`",
        )

    def test_weights_are_not_downloaded(self, write: Write, build: Build) -> None:
        path = write("model.py", net(parameters=", pretrained=True", width="4 if pretrained else 5"))
        assert channels(build(path)) == 5

    def test_nor_where_the_constructor_asks_for_them(self, client: Client) -> None:
        runs = ((ConcreteInput("x", (2, 3, 64, 64)),),)
        outcomes = client.replay(ReplayRequest(ModelRef("torchvision.models.segmentation", "fcn_resnet50"), runs))
        assert outcomes == (ReplayOutcome("returned", shapes=((2, 21, 64, 64),)),)

    def test_a_configuration_with_defaults(self, write: Write, build: Build) -> None:
        imports = "from dataclasses import dataclass\n    @dataclass\n    class Config:\n        width: int = 5\n"
        assert channels(build(write("model.py", net(imports, ", cfg: Config", "cfg.width")))) == 5

    def test_a_missing_argument_is_named_with_the_way_to_give_it(self, write: Write, build: Build) -> None:
        path = write("model.py", net(parameters=", cfg"))
        failure = reason(build(path))
        assert (failure.rule, failure.message) == ("construct-failed", "`Net` needs the argument `cfg`")
        assert failure.help == (
            "give it with `--arg cfg=VALUE`",
            "or write a function that builds the model, and check that: `convlint check FILE.py:build_model`",
        )
        assert failure.span is not None
        assert (failure.span.path, failure.span.line, failure.span.column) == (str(path), 6, 7)

    def test_a_constructor_that_raises_is_blamed_at_its_line(self, write: Write, build: Build) -> None:
        path = write("model.py", net(parameters=", width", width="[8][width]"))
        failure = reason(build(path, width="3"))
        assert failure.rule == "construct-failed"
        assert failure.message == "building `Net` raises IndexError: list index out of range"
        assert failure.span is not None
        assert (failure.span.line, failure.span.column, failure.span.end_column) == (9, 34, 44)

    @pytest.mark.parametrize(
        ("layer", "words"),
        [
            ("nn.Conv2d(3, 8, 3, stride=2, padding='same')", "not supported for strided convolutions"),
            ("nn.Conv2d(3, 8, 3, groups=2)", "divisible by groups"),
            ("nn.GroupNorm(3, 8)", "divisible by num_groups"),
            ("nn.MultiheadAttention(10, 3)", "divisible by num_heads"),
        ],
    )
    def test_a_layer_that_pytorch_refuses_is_no_missing_argument(
        self, write: Write, build: Build, layer: str, words: str
    ) -> None:
        failure = reason(build(write("model.py", net(width=f"8, 3); {layer}; (1"))))
        assert failure.rule == "invalid-layer"
        assert words in failure.message
        assert failure.span is not None
        assert failure.span.line == 9
        assert failure.span.end_column - failure.span.column == len(layer)

    def test_a_constructor_that_computes_with_values(self, write: Write, build: Build) -> None:
        path = write("model.py", net(width="int(torch.linspace(2, 8, 4)[1].item()) + 1"))
        assert channels(build(path)) == 5

    def test_a_constructor_that_reads_weights(self, write: Write, build: Build) -> None:
        text = net(width="nn.Linear(3, 5).weight.detach().clone().fill_(1.0).shape[0]")
        assert channels(build(write("model.py", text))) == 5

    def test_a_model_of_100_gigabytes_takes_no_memory(self, write: Write, build: Build) -> None:
        text = net(width="8").replace(
            "super().__init__()", "super().__init__(); self.big = nn.Linear(1 << 18, 1 << 17)"
        )
        assert channels(build(write("model.py", text))) == 8
