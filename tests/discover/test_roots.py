import textwrap

HEAD = "import torch\nfrom torch import nn\n"


def model(name, *, builds="", base="nn.Module", arguments=""):
    built = f"\n        self.part = {builds}" if builds else ""
    return textwrap.dedent(f"""
class {name}({base}):
    def __init__(self{arguments}):
        super().__init__(){built}

    def forward(self, x):
        return x
""")


def roots(found):
    return [each.class_name for each in found.roots]


def test_a_class_that_another_builds_is_no_root(project):
    assert roots(project({"a.py": HEAD + model("Block") + model("Net", builds="Block()")})) == ["Net"]


def test_functions_are_seen_through(project):
    helper = "def make(n):\n    return nn.Sequential(*[Block() for _ in range(n)])\n"
    assert roots(project({"a.py": HEAD + model("Block") + helper + model("Net", builds="make(3)")})) == ["Net"]


def test_tables_are_seen_through(project):
    table = "BLOCKS = {'basic': Block}\n"
    assert roots(project({"a.py": HEAD + model("Block") + table + model("Net", builds="BLOCKS['basic']()")})) == ["Net"]


def test_defaults_count_as_building_but_annotations_and_type_tests_do_not(project):
    by_default = model("Net", builds="block()", arguments=", block=Block")
    assert roots(project({"a.py": HEAD + model("Block") + by_default})) == ["Net"]
    by_type = model("Net", builds="isinstance(part, Block)", arguments=", part: Block = None")
    assert roots(project({"a.py": HEAD + model("Block") + by_type})) == ["Block", "Net"]


def test_what_is_given_to_a_model_is_its_part(project):
    factory = "def resnet():\n    return Net(Block, 3)\n"
    net = model("Net", builds="block()", arguments=", block, n")
    assert roots(project({"a.py": HEAD + model("Block") + net + factory})) == ["Net"]


def test_what_is_given_by_a_keyword_for_parts_is_a_part(project):
    factory = "def dla():\n    return create('dla34', block=Block, model_cls=Net)\n"
    assert roots(project({"a.py": HEAD + model("Block") + model("Net") + factory})) == ["Net"]


def test_a_subclass_does_not_build_its_base(project):
    assert roots(project({"a.py": HEAD + model("Net") + model("Wide", base="Net")})) == ["Net", "Wide"]


def test_trainers_do_not_make_parts_of_models(project):
    trainer = "class Trainer:\n    def __init__(self):\n        self.net = Net()\n"
    assert roots(project({"a.py": HEAD + model("Net") + trainer})) == ["Net"]


def test_models_that_build_each_other_have_the_first_for_a_root(project):
    assert roots(project({"a.py": HEAD + model("A", builds="B()") + model("B", builds="A()")})) == ["A"]
    assert roots(project({"a.py": HEAD + model("Tree", builds="Tree()")})) == ["Tree"]


def test_parts_in_other_files_of_a_package_are_no_roots(project):
    found = project(
        {
            "pkg/__init__.py": "",
            "pkg/layers/__init__.py": "from .block import *\n",
            "pkg/layers/block.py": HEAD + model("Block") + model("Down"),
            "pkg/net.py": HEAD + "from .layers import Block\nfrom .layers import block as b\n"
            + model("Net", builds="[Block(), b.Down()]"),
            "src/tool/__init__.py": "",
            "src/tool/parts.py": HEAD + model("Part"),
            "src/tool/whole.py": HEAD + "from tool.parts import Part\n" + model("Whole", builds="Part()"),
        }
    )
    assert roots(found) == ["Net", "Whole"]


def test_dots_before_an_import_count_packages_upwards(project):
    found = project(
        {
            "pkg/__init__.py": "",
            "pkg/blocks.py": HEAD + model("Block"),
            "pkg/nets/__init__.py": "",
            "pkg/nets/blocks.py": HEAD + model("Block") + model("Deep", builds="Block()"),
            "pkg/nets/net.py": HEAD + "from ..blocks import Block\n" + model("Net", builds="Block()"),
        }
    )
    assert [(each.path, each.class_name) for each in found.roots] == [
        ("pkg/nets/blocks.py", "Deep"), ("pkg/nets/net.py", "Net"),
    ]  # fmt: skip


def test_a_script_beside_src_uses_the_packages_in_it(project):
    net = HEAD + model("Net", arguments=", width")
    script = "import torch\nfrom tool.net import Net\n\nNet(5)\n"
    (found,) = project({"src/tool/__init__.py": "", "src/tool/net.py": net, "train.py": script}).roots
    assert (dict(found.arguments), found.arguments_source) == ({"width": "5"}, "the script, train.py:4")


def test_the_span_is_the_name_of_the_class(project):
    (found,) = project({"a.py": HEAD + model("Net")}).roots
    assert (found.span.path, found.span.line, found.span.column, found.span.end_column) == ("a.py", 4, 7, 10)


def test_what_a_config_binds_to_a_part_is_a_part(project):
    config = "class Config:\n    def __init__(self, block=None):\n        block = Block\n"
    assert roots(project({"a.py": HEAD + model("Block") + model("Net") + config})) == ["Net"]
    default = "def make(block=Block):\n    return nn.Sequential(block())\n"
    assert roots(project({"a.py": HEAD + model("Block") + model("Net") + default})) == ["Net"]


def test_what_only_a_given_part_builds_is_no_root(project):
    code = model("Layer") + model("Block", builds="Layer()") + model("Net", builds="block()", arguments=", block")
    assert roots(project({"a.py": HEAD + code + "net = Net(Block)\n"})) == ["Net"]


def test_what_a_table_binds_to_a_part_is_a_part(project):
    text = f"{NETS}\n\nOPTIONS = {{'small': {{'block': Block, 'layers': [2, 2]}}}}\n"
    assert [model.class_name for model in project({"a.py": text}).roots] == ["Net"]


def test_what_only_its_subclass_makes_whole_builds_its_parts_for_that(project):
    base = model("Base", builds="Block()").replace("return x", "return self.last(x)")
    whole = "import torch\nfrom net import Base\n\nclass Whole(Base):\n    def forward(self, x):\n        return x\n"
    found = project({"net.py": HEAD + model("Block") + base, "whole.py": whole})
    assert [(each.path, each.class_name) for each in found.roots] == [("whole.py", "Whole")]


NETS = """
import torch
from torch import nn


class Block(nn.Module):
    def forward(self, x):
        return x


class Net(nn.Module):
    def __init__(self, block):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        return self.stem(x)
"""
