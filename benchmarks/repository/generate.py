"""A repository as research groups have them: models in many idioms, blocks that they share, and much around them."""

from collections.abc import Iterator
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"

FILES = 200
MODELS = 60
_SHARED = 20
"""Models that are put together of the shared blocks; the others are alone in their files."""

BLOCKS = {
    "lab/blocks/conv.py": '''\
"""Convolution, normalisation, activation."""

from torch import nn


class ConvNormAct(nn.Sequential):
    def __init__(self, inner, outer, kernel_size=3, stride=1):
        super().__init__(
            nn.Conv2d(inner, outer, kernel_size, stride, padding=kernel_size // 2, bias=False),
            nn.BatchNorm2d(outer),
            nn.ReLU(inplace=True),
        )
''',
    "lab/blocks/residual.py": '''\
"""Two convolutions and the way around them."""

from torch import nn

from lab.blocks.conv import ConvNormAct


class Residual(nn.Module):
    def __init__(self, inner, outer, stride=1):
        super().__init__()
        self.body = nn.Sequential(ConvNormAct(inner, outer, stride=stride), ConvNormAct(outer, outer))
        self.around = nn.Identity() if inner == outer and stride == 1 else nn.Conv2d(inner, outer, 1, stride)

    def forward(self, x):
        return self.body(x) + self.around(x)
''',
    "lab/blocks/gate.py": '''\
"""Channels weighed by what the whole map holds."""

import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.weigh = nn.Sequential(
            nn.Conv2d(channels, channels // reduction, 1), nn.ReLU(), nn.Conv2d(channels // reduction, channels, 1)
        )

    def forward(self, x):
        return x * torch.sigmoid(self.weigh(self.pool(x)))
''',
    "lab/blocks/up.py": '''\
"""One step of a decoder."""

import torch
from torch import nn
from torch.nn import functional as F

from lab.blocks.conv import ConvNormAct


class Up(nn.Module):
    def __init__(self, inner, skip, outer):
        super().__init__()
        self.conv = ConvNormAct(inner + skip, outer)

    def forward(self, x, skip):
        x = F.interpolate(x, size=skip.shape[-2:], mode="nearest")
        return self.conv(torch.cat([x, skip], dim=1))
''',
}

_HEAD = '''\
"""{what} of width {width}."""

import torch
from torch import nn

{imports}

'''

_TAIL = """

if __name__ == "__main__":
    model = {name}()
    print(model(torch.randn(1, 3, {size}, {size})).shape)
"""

_CLASSIFIER = """
class {name}(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = ConvNormAct(3, {width}, 7, stride=2)
        stages = []
        inner = {width}
        for depth in range({depth}):
            stages.append(Residual(inner, 2 * inner, stride=2))
            inner *= 2
        self.stages = nn.Sequential(*stages)
        self.gate = Gate(inner)
        self.head = nn.Linear(inner, classes)

    def forward(self, x):
        x = self.gate(self.stages(self.stem(x)))
        return self.head(x.mean(dim=(2, 3)))
"""

_SEGMENTER = """
class {name}(nn.Module):
    def __init__(self, classes=4):
        super().__init__()
        widths = [{width} * 2**depth for depth in range({depth} + 1)]
        self.stem = ConvNormAct(3, widths[0])
        self.down = nn.ModuleList(Residual(a, b, stride=2) for a, b in zip(widths, widths[1:]))
        self.up = nn.ModuleList(Up(b, a, a) for a, b in reversed(list(zip(widths, widths[1:]))))
        self.head = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x):
        maps = [self.stem(x)]
        for down in self.down:
            maps.append(down(maps[-1]))
        x = maps.pop()
        for up in self.up:
            x = up(x, maps.pop())
        return self.head(x)
"""

_SCRIPT = '''\
"""{what} number {number} of the lab."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset


@dataclass
class Settings{number}:
    root: Path = Path("data/{number}")
    batch_size: int = {batch}
    epochs: int = 20
    learning_rate: float = 1e-3

    @classmethod
    def read(cls, path):
        return cls(**json.loads(Path(path).read_text()))


class Images{number}(Dataset):
    """Images below a directory, with the labels that their names have."""

    def __init__(self, root, transform=None):
        self.paths = sorted(Path(root).glob("*.npy"))
        self.transform = transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = torch.load(self.paths[index])
        label = int(self.paths[index].stem.partition("_")[0])
        return (self.transform(image) if self.transform else image), label


def accuracy(scores, labels):
    return (scores.argmax(dim=1) == labels).float().mean().item()


def train(model, settings):
    optimiser = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate)
    loader = DataLoader(Images{number}(settings.root), batch_size=settings.batch_size, shuffle=True)
    history = []
    for epoch in range(settings.epochs):
        model.train()
        for images, labels in loader:
            loss = torch.nn.functional.cross_entropy(model(images), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        model.eval()
        with torch.no_grad():
            scores = [accuracy(model(images), labels) for images, labels in loader]
        history.append(sum(scores) / max(len(scores), 1))
    return history


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("settings")
    print(Settings{number}.read(parser.parse_args().settings))
'''


def write_repository(root: Path) -> tuple[str, str]:
    """Write the files below ``root``; the paths of a model that nothing imports, and of a block that many import."""
    written = dict(_files())
    for number in range(FILES - len(written)):
        what = ("experiments", "data", "evaluation")[number % 3]
        written[f"lab/{what}/{what}_{number:03}.py"] = _SCRIPT.format(
            what=what.capitalize(), number=number, batch=8 * (number % 4 + 1)
        )
    for path, text in written.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    (root / "pyproject.toml").write_text('[project]\nname = "lab"\nversion = "0"\n', encoding="utf-8")
    return "lab/models/segmenter_01.py", "lab/blocks/up.py"


def _files() -> Iterator[tuple[str, str]]:
    for package in ("lab", "lab/blocks", "lab/models"):
        yield f"{package}/__init__.py", ""
    yield from BLOCKS.items()
    for number in range(_SHARED):
        yield _of_blocks(number)
    alone = sorted(FIXTURES.glob("*.py"))[: MODELS - _SHARED]
    for path in alone:
        yield f"lab/zoo/{path.name}", path.read_text(encoding="utf-8")


def _of_blocks(number: int) -> tuple[str, str]:
    """A model that imports its parts."""
    is_segmenter = number % 2 == 1
    kind = "segmenter" if is_segmenter else "classifier"
    imports = ["from lab.blocks.conv import ConvNormAct", "from lab.blocks.residual import Residual"]
    imports.insert(*((2, "from lab.blocks.up import Up") if is_segmenter else (1, "from lab.blocks.gate import Gate")))
    facts = {
        "what": kind.capitalize(),
        "name": f"{kind.capitalize()}{number:02}",
        "width": 16 + 8 * (number % 3),
        "depth": 2 + number % 3,
        "size": 64 if is_segmenter else 224,
        "imports": "\n".join(imports),
    }
    body = _SEGMENTER if is_segmenter else _CLASSIFIER
    return f"lab/models/{kind}_{number:02}.py", (_HEAD + body + _TAIL).format(**facts)
