"""One stride or two, and what undoes them, or does not."""

import torch
from torch import nn


class OneStride(nn.Module):
    """A stride, what undoes it at even sizes, and a join with the input."""

    def __init__(self, join):
        super().__init__()
        self.join = join
        self.down = nn.Conv2d(3, 3, 3, 2, 1)
        self.up = nn.ConvTranspose2d(3, 3, 2, 2)

    def forward(self, x):
        return self.join(x, self.up(self.down(x)))


class Unrelated(nn.Module):
    """A pooled statistic beside the decoder, computed last: only one of the two strides is undone."""

    def __init__(self):
        super().__init__()
        self.stat = nn.AvgPool2d(3)
        self.down = nn.Conv2d(3, 8, 4, 2, 1)
        self.up = nn.ConvTranspose2d(8, 3, 4, 2, 1)

    def forward(self, x):
        y = self.down(x)
        stat = self.stat(x).mean((1, 2, 3), keepdim=True)
        return self.up(y * stat)


class PixelShuffled(nn.Module):
    """Down by a strided convolution, up by a pixel shuffle, and a skip."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 12, 3, 2, 1)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x):
        return x + self.shuffle(self.down(x))


class UnpaddedTransposed(nn.Module):
    """A kernel of 4 without the padding of 1 that goes with it: two cells too many at every even size."""

    def __init__(self, padding=0):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 4, 2, 1)
        self.up = nn.ConvTranspose2d(3, 3, 4, 2, padding)

    def forward(self, x):
        return x + self.up(self.down(x))


class CeilPool(nn.Module):
    """A pooling that drops the last cell, and a transposed convolution that would need it."""

    def __init__(self, ceil_mode=False):
        super().__init__()
        self.pool = nn.MaxPool2d(2, ceil_mode=ceil_mode)
        self.up = nn.ConvTranspose2d(3, 3, 1, 2)

    def forward(self, x):
        return torch.cat([x, self.up(self.pool(x))], 1)


class TwoDecoders(nn.Module):
    """Two encoder-decoders beside each other: two causes."""

    def __init__(self):
        super().__init__()
        self.down, self.up = nn.MaxPool2d(2), nn.ConvTranspose2d(3, 3, 2, 2)
        self.down3, self.up3 = nn.MaxPool2d(3), nn.ConvTranspose2d(3, 3, 3, 3)

    def forward(self, x, y):
        first = x + self.up(self.down(x))
        second = y + self.up3(self.down3(y))
        return first, second
