"""Small models that tests open."""

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d({width}, 4, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        return self.conv2(x)
"""
GOOD = NET.format(width=8)
WRONG = NET.format(width=6)
"""One finding: CL401 at `conv2`, in line 9."""

IMPORTING = f"from widths import WIDTH\n{NET.format(width='WIDTH')}"

UNET = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            nn.MaxPool2d(2),
        )

    def forward(self, x):
        return self.layers(x)


class Skip(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.down = Block(8)
        self.deep = Block(8)
        self.up = nn.Upsample(scale_factor=4)

    def forward(self, x):
        skip = self.stem(x)
        x = self.up(self.deep(self.down(skip)))
        return torch.cat([skip, x], 1)
"""
"""One finding: CL301 at the `cat`, in line 28, unless both sizes are multiples of 4."""

ENDLESS = GOOD.replace("        x = torch.relu", "        while True: pass\n        x = torch.relu")

BRANCHING = """\
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.MaxPool2d(2)

    def forward(self, x):
        if x.shape[2] % 2:
            x = F.pad(x, (0, 0, 0, 1))
        x = self.down(x)
        if x.shape[3] > 100:
            x = x[..., ::2]
        return F.relu(x)
"""
