import pytest

MAIN = 'if __name__ == "__main__":\n    '


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("Net()", {}),
        ("Net(1, width=16)", {"in_ch": "1", "width": "16"}),
        ("Net(*(), **{})", {}),
        ("Net(**{'in_ch': 1})", {"in_ch": "1"}),
        ("Net(in_ch=2 * 8)", {"in_ch": "16"}),
        ("Net(norm=nn.BatchNorm2d)", {"norm": "nn.BatchNorm2d"}),
        ("Net(norm=dict(eps=1e-3))", {"norm": "{'eps': 0.001}"}),
        ("Net(norm='batch').cuda().eval()", {"norm": "'batch'"}),
        ("nn.DataParallel(Net(1))", {"in_ch": "1"}),
        ("torch.compile(Net(1))", {"in_ch": "1"}),
    ],
)
def test_the_call_in_the_script_gives_the_arguments(only, call, arguments):
    found = only(f"{MAIN}net = {call}\n")
    assert dict(found.arguments) == arguments
    assert found.arguments_source == ("the script, line 14" if arguments else "")


def test_names_that_the_script_binds_are_replaced_by_their_values(only):
    code = "channels, (a, b) = 4, (5, 6)\n    cfg = {'w': [1, 2]}\n    net = Net(channels, cfg['w'][1], norm=b)\n"
    found = only(MAIN + code)
    assert dict(found.arguments) == {"in_ch": "4", "width": "2", "norm": "6"}


def test_names_of_the_module_stay_names(only):
    found = only("def norm(n):\n    return n\n\nWIDTH = 12\nnet = Net(width=WIDTH, norm=norm(WIDTH))\n")
    assert dict(found.arguments) == {"width": "12", "norm": "norm(12)"}


def test_what_only_running_tells_is_left_to_the_defaults(only):
    found = only(f"{MAIN}args = parser.parse_args()\n    net = Net(1, args.width, norm=lambda c: c)\n")
    assert dict(found.arguments) == {"in_ch": "1"}


def test_a_complete_example_is_preferred_to_one_with_holes(only):
    found = only(f"def test_net():\n    Net(7, 8)\n\n{MAIN}net = Net(1, args.width)\n")
    assert dict(found.arguments) == {"in_ch": "7", "width": "8"}
    assert found.arguments_source == "the test test_net, line 14"


def test_the_script_is_preferred_to_tests_and_docstrings(only):
    found = only(f"def test_net():\n    Net(7)\n\n{MAIN}net = Net(1)\n")
    assert dict(found.arguments) == {"in_ch": "1"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (">>> net = Net(5,\n    ...           width=6)\n    >>> net\n", 16),
        ("```python\n    net = Net(5, width=6)\n    ```\n", 17),
    ],
)
def test_docstrings_are_read(only, text, line):
    found = only(f'def helper():\n    """Example:\n\n    {text}    """\n')
    assert dict(found.arguments) == {"in_ch": "5", "width": "6"}
    assert found.arguments_source == f"the docstring of helper, line {line}"


def test_factories_give_arguments(only):
    found = only("def small(**kwargs):\n    return Net(1, 4, **kwargs)\n")
    assert dict(found.arguments) == {"in_ch": "1", "width": "4"}


def test_calls_of_factories_give_arguments(only):
    factory = "def small(width=4, **kwargs):\n    return Net(width=width * 2, **kwargs)\n\n"
    found = only(f"{factory}{MAIN}net = small(3, in_ch=1)\n")
    assert dict(found.arguments) == {"width": "6", "in_ch": "1"}
    assert found.qualname == "Net"


def test_a_factory_is_the_target_where_only_it_knows_the_arguments(only):
    found = only("def small():\n    width = [w for w in (1, 2)][0]\n    return Net(1, width)\n")
    assert (found.qualname, found.class_name, found.arguments) == ("small", "Net", ())
    assert found.arguments_source == "the function small, line 13"


def test_test_cases_bind_in_setup(only):
    code = """
    import unittest

    class TestNet(unittest.TestCase):
        def runTest(self):
            self.net(torch.randn(2, 9, 32, 32))

        def setUp(self):
            self.net = Net(9)
    """
    found = only(code)
    assert dict(found.arguments) == {"in_ch": "9"}
    assert [each.shape for each in found.inputs] == ["N 9 H W"]


def test_models_of_other_parts_are_variants(project, net):
    code = net + "class A(nn.Module):\n    def forward(self, x): return x\nclass B(A): pass\n"
    code += "def a():\n    return Net(norm=A)\ndef b():\n    return Net(norm=B)\ndef a2():\n    return Net(4, norm=A)\n"
    found = project({"net.py": code}).roots
    assert [(each.name, dict(each.arguments)["norm"]) for each in found] == [("Net", "A"), ("Net(norm=B)", "B")]


def test_other_files_show_how_a_model_is_built(project, net):
    train = "from net import Net\nimport torch\nnet = Net(5)\nnet(torch.rand(1, 5, 8, 8))\n"
    found = project({"net.py": net, "train.py": train})
    (model,) = found.roots
    assert dict(model.arguments) == {"in_ch": "5"}
    assert model.arguments_source == "the script, train.py:3"
    assert [each.shape for each in model.inputs] == ["N 5 H W"]


def test_a_name_of_another_file_is_no_argument(project, net):
    train = "import torch\nfrom net import Net\nfrom x import norm\nnet = Net(5, norm=norm)\n"
    found = project({"net.py": net, "train.py": train})
    assert dict(found.roots[0].arguments) == {"in_ch": "5"}


def test_recursive_factories_end(only):
    found = only("def a(n):\n    return b(n)\n\ndef b(n):\n    return a(n) if n else Net(n)\n\nnet = a(3)\n")
    assert found.class_name == "Net"


def test_a_factory_that_computes_arguments_is_the_target(only):
    norm = "def norm(n):\n    return nn.BatchNorm2d(n)\n\n"
    found = only(norm + "def small(**kwargs):\n    return Net(1, norm=norm((8)))\n")
    assert (found.qualname, found.arguments) == ("small", ())


def test_parts_that_factories_name_make_variants(project, net):
    code = net + "class A(nn.Module):\n    def forward(self, x): return x\nclass B(A): pass\n"
    code += "def a():\n    return Net(norm=A())\ndef b():\n    return Net(norm=B())\n"
    found = project({"net.py": code}).roots
    assert [(each.class_name, each.qualname) for each in found] == [("Net", "a"), ("Net", "b")]
    assert [each.name for each in found] == ["Net", "b"]


def test_a_factory_that_lacks_arguments_is_no_target(only):
    factory = "def make(backbone):\n    return Net(norm=backbone())\n\n"
    found = only(factory + "def use(args):\n    return make(args.backbone)\n")
    assert (found.qualname, found.arguments) == ("Net", ())


def test_a_variant_is_named_by_what_differs(project, net):
    code = net + "class A(nn.Module):\n    def forward(self, x): return x\nclass B(A): pass\n"
    code += "def a():\n    return Net(1, 2, A)\ndef b():\n    return Net(1, 4, B)\n"
    assert [each.name for each in project({"net.py": code}).roots] == ["Net", "Net(width=4, norm=B)"]


def test_a_function_that_finishes_the_model_builds_it(only):
    model = only("""
        def net(width=16):
            model = Net(width=width)
            model.head = model.conv
            return model
        """)
    assert (model.qualname, model.class_name, model.arguments) == ("net", "Net", ())
    assert model.arguments_source == "the function net, line 14"
