"""Arguments that scripts take from configurations: parsers, dataclasses, dictionaries, constants, partial calls."""

import pytest

PARSER = "parser = argparse.ArgumentParser()\nparser.add_argument('--in-ch', type=int, default=7)\n"

UNDERSTOOD = {
    "a parser's defaults": PARSER + "args = parser.parse_args()\nNet(args.in_ch)\n",
    "a function that parses": (
        "def parse():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('-w', '--width', default=7)\n"
        "    return parser.parse_args()\n\nargs = parse()\nNet(args.width)\n"
    ),
    "a function that is given what was parsed": (
        "def main(args):\n    Net(args.in_ch)\n\n" + PARSER + "main(parser.parse_args())\n"
    ),
    "a main block": (
        "def main(opt):\n    Net(in_ch=opt.in_ch)\n\nif __name__ == '__main__':\n"
        "    parser = argparse.ArgumentParser()\n    parser.add_argument('--in_ch', default='7', type=int)\n"
        "    opt, rest = parser.parse_known_args()\n    main(opt)\n"
    ),
    "a group of a parser": (
        "parser = argparse.ArgumentParser()\ngroup = parser.add_argument_group('model')\n"
        "group.add_argument('--w', dest='in_ch', default=7)\nNet(parser.parse_args().in_ch)\n"
    ),
    "what was parsed as keywords": PARSER + "Net(**vars(parser.parse_args()))\n",
    "a dataclass": "@dataclass\nclass Config:\n    in_ch: int = 7\n\ncfg = Config()\nNet(cfg.in_ch)\n",
    "a dataclass that is given values": (
        "@dataclass\nclass Config:\n    in_ch: int\n    width: int = field(default=9)\n\n"
        "cfg = Config(7)\nNet(cfg.in_ch)\n"
    ),
    "a field of a dataclass": "@dataclasses.dataclass\nclass C:\n    in_ch: int = field(default=7)\n\nNet(C().in_ch)\n",
    "attributes of a class": "class Config:\n    in_ch = 7\n\nNet(Config.in_ch)\n",
    "attributes of an object": "class Config:\n    in_ch = 7\n\ncfg = Config()\nNet(cfg.in_ch)\n",
    "a configuration of another file": "from config import Config\n\ncfg = Config()\nNet(cfg.in_ch)\n",
    "a constant of another file": "from config import IN\n\nNet(IN)\n",
    "a constant of a module": "import config\n\nNet(config.IN)\n",
    "a constant": "IN = 7\n\ndef main():\n    Net(IN)\n",
    "a dictionary": "cfg = {'in_ch': 7}\nNet(**cfg)\n",
    "keywords of a dictionary": "cfg = dict(in_ch=7)\nNet(**cfg)\n",
    "a dictionary of dictionaries": "cfg = {'model': dict(in_ch=7), 'lr': rate()}\nNet(**cfg['model'])\n",
    "a dictionary with another inside": "base = dict(in_ch=9)\ncfg = {**base, 'in_ch': 7}\nNet(**cfg)\n",
    "a dictionary that is changed": "cfg = dict(in_ch=9)\ncfg['in_ch'] = 7\nNet(**cfg)\n",
    "a dictionary that is updated": "cfg = dict(in_ch=9)\ncfg.update(in_ch=7)\nNet(**cfg)\n",
    "an item that is taken out": (
        "def small(**kw):\n    kw.pop('backend', None)\n    return Net(7, **kw)\n\nsmall()\n"
    ),
    "an item with a default": "cfg = dict(width=9)\nNet(cfg.get('in_ch', 7))\n",
    "arguments in a list": "given = [7]\nNet(*given)\n",
    "a namespace": "cfg = SimpleNamespace(in_ch=7)\nNet(cfg.in_ch)\n",
    "attributes that are set by name": (
        PARSER + "args = parser.parse_args()\nsetattr(args, 'in_ch', 7)\nNet(args.in_ch)\n"
    ).replace("default=7", "default=9"),
    "attributes that are updated": (
        PARSER + "args = parser.parse_args()\nargs.__dict__.update(in_ch=7)\nNet(args.in_ch)\n"
    ).replace("default=7", "default=9"),
    "an attribute by its key": (
        PARSER + "args = parser.parse_args()\nvars(args)['in_ch'] = 7\nNet(args.in_ch)\n"
    ).replace("default=7", "default=9"),
    "a dictionary with attributes": "cfg = EasyDict({'model': {'in_ch': 7}})\nNet(cfg.model.in_ch)\n",
    "a partial call": "build = partial(Net, in_ch=7)\nbuild()\n",
    "a partial call with more": "build = functools.partial(Net, 7)\nbuild(width=8)\n",
    "a factory that hands everything on": "def f(*args, **kw):\n    return Net(*args, **kw)\n\nf(in_ch=7)\n",
    "an object of what it is given": (
        "class Config:\n    def __init__(self, **given):\n        self.in_ch = given.get('in_ch', 9)\n\n"
        "Net(Config(in_ch=7).in_ch)\n"
    ),
    "a factory": "def small(**kw):\n    return Net(7, **kw)\n\nsmall()\n",
    "a factory that takes a part away": "def small():\n    net = Net(7)\n    del net.conv\n    return net\n\nsmall()\n",
    "a factory with defaults": "def small(ch=7):\n    return Net(in_ch=ch)\n\nsmall()\n",
}

UNKNOWN = {
    "a parser without a default": (
        "parser = argparse.ArgumentParser()\nparser.add_argument('--in-ch', required=True)\n"
        "args = parser.parse_args()\nNet(args.in_ch)\n"
    ),
    "a default of another kind": PARSER.replace("type=int, default=7", "type=load, default='7'")
    + "Net(parser.parse_args().in_ch)\n",
    "an attribute that is set": PARSER + "args = parser.parse_args()\nargs.in_ch = rate()\nNet(args.in_ch)\n",
    "a dataclass that is given something": (
        "@dataclass\nclass Config:\n    in_ch: int = 7\n\ncfg = Config(rate())\nNet(cfg.in_ch)\n"
    ),
    "an attribute that a method sets": (
        "class Config:\n    in_ch = 7\n    def __init__(self):\n        self.in_ch = rate()\n\nNet(Config().in_ch)\n"
    ),
    "a dictionary with something inside": "cfg = {'in_ch': 7, **rest()}\nNet(**cfg)\n",
    "a dictionary that is changed by something": "cfg = dict(in_ch=7)\ncfg['in_ch'] = rate()\nNet(**cfg)\n",
    "a dictionary that something is done to": "cfg = dict(in_ch=7)\ncfg.update(rest())\nNet(**cfg)\n",
    "an object whose attributes are read from a file": PARSER
    + "args = parser.parse_args()\nfor key, value in load().items():\n    setattr(args, key, value)\nNet(args.in_ch)\n",
    "attributes that a file updates": PARSER
    + "args = parser.parse_args()\nvars(args).update(load())\nNet(args.in_ch)\n",
    "attributes that a file updates in their dictionary": PARSER
    + "args = parser.parse_args()\nargs.__dict__.update(load())\nNet(args.in_ch)\n",
    "a constructor that sets what it is given": (
        "class Config:\n    def __init__(self, **given):\n        self.in_ch = 7\n"
        "        for key, value in given.items():\n            setattr(self, key, value)\n\n"
        "cfg = Config(in_ch=9)\nNet(cfg.in_ch)\n"
    ),
    "a constructor that updates itself": (
        "class Config:\n    def __init__(self, **given):\n        self.in_ch = 7\n"
        "        self.__dict__.update(given)\n\ncfg = Config(in_ch=9)\nNet(cfg.in_ch)\n"
    ),
    "a factory that is given more than it names": "def f(*given):\n    return Net(*given)\n\nf(rate())\n",
    "a list that is changed": "given = [7]\ngiven.append(rate())\nNet(given[0])\n",
    "a partial call of something": "build = partial(Net, rate())\nbuild()\n",
}

HEAD = "import argparse\nfrom dataclasses import dataclass, field\nfrom net import Net\n\n"

CONFIG = "IN = 7\n\nclass Config:\n    in_ch = IN\n"


def arguments(project, net, script):
    files = {"net.py": net, "config.py": CONFIG, "train.py": f"import torch\n{HEAD}{script}"}
    return project(files).roots[0].arguments


@pytest.mark.parametrize("script", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_a_script_takes_from_there_is_an_argument(project, net, script):
    assert dict(arguments(project, net, script))["in_ch"] == "7"


@pytest.mark.parametrize("script", UNKNOWN.values(), ids=UNKNOWN)
def test_what_only_running_tells_is_none(project, net, script):
    assert "in_ch" not in dict(arguments(project, net, script))
