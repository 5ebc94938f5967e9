"""Heads and maps of several resolutions that meet."""

from torch import nn
from torch.nn import functional as F


class FCN(nn.Module):
    """torchvision's: interpolated to the input."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(*[nn.Conv2d(3 if n == 0 else 8, 8, 3, 2, 1) for n in range(3)])
        self.head = nn.Conv2d(8, 21, 1)

    def forward(self, x):
        size = x.shape[-2:]
        return F.interpolate(self.head(self.backbone(x)), size=size, mode="bilinear", align_corners=False)


class FCNx8(nn.Module):
    """A head with one ×8 up-sampling."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(*[nn.Conv2d(3 if n == 0 else 8, 8, 3, 2, 1) for n in range(3)])
        self.head = nn.Conv2d(8, 21, 1)
        self.up = nn.Upsample(scale_factor=8, mode="bilinear", align_corners=False)

    def forward(self, x):
        return self.up(self.head(self.backbone(x)))


class FCNTransposed(FCNx8):
    """FCN-8s with one transposed convolution of stride 8."""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(21, 21, 16, 8, 4)


class FPN(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(3, 8, 7, 2, 3)
        self.c2 = nn.Conv2d(8, 16, 3, 2, 1)
        self.c3 = nn.Conv2d(16, 32, 3, 2, 1)
        self.l1, self.l2, self.l3 = nn.Conv2d(8, 8, 1), nn.Conv2d(16, 8, 1), nn.Conv2d(32, 8, 1)

    def forward(self, x):
        c1 = self.c1(x)
        c2 = self.c2(c1)
        c3 = self.c3(c2)
        p3 = self.l3(c3)
        p2 = self.l2(c2) + F.interpolate(p3, scale_factor=2, mode="nearest")
        p1 = self.l1(c1) + F.interpolate(p2, scale_factor=2, mode="nearest")
        return p1, p2, p3


class HRNet(nn.Module):
    """Two resolutions that exchange."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.down = nn.Conv2d(8, 16, 3, 2, 1)
        self.low_to_high = nn.Sequential(nn.Conv2d(16, 8, 1), nn.Upsample(scale_factor=2, mode="nearest"))
        self.high_to_low = nn.Conv2d(8, 16, 3, 2, 1)

    def forward(self, x):
        high = self.stem(x)
        low = self.down(high)
        return high + self.low_to_high(low), low + self.high_to_low(high)


class Hourglass(nn.Module):
    def __init__(self, n=3, c=8):
        super().__init__()
        self.up1 = nn.Conv2d(c, c, 3, padding=1)
        self.pool1 = nn.MaxPool2d(2, 2)
        self.low1 = nn.Conv2d(c, c, 3, padding=1)
        self.low2 = Hourglass(n - 1, c) if n > 1 else nn.Conv2d(c, c, 3, padding=1)
        self.low3 = nn.Conv2d(c, c, 3, padding=1)
        self.up2 = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, x):
        up1 = self.up1(x)
        low = self.low3(self.low2(self.low1(self.pool1(x))))
        return up1 + self.up2(low)


class StackedHourglass(nn.Module):
    def __init__(self):
        super().__init__()
        self.pre = nn.Conv2d(3, 8, 7, 2, 3)
        self.hgs = nn.ModuleList(Hourglass() for _ in range(2))

    def forward(self, x):
        x = self.pre(x)
        for hg in self.hgs:
            x = x + hg(x)
        return x


class TwoEncoders(nn.Module):
    """RGB-D: a decoder shared by two encoders."""

    def __init__(self):
        super().__init__()
        self.rgb = nn.Conv2d(3, 8, 3, 2, 1)
        self.depth = nn.Conv2d(1, 8, 2, 2)
        self.up = nn.ConvTranspose2d(8, 4, 2, 2)

    def forward(self, image, depth):
        return self.up(self.rgb(image) + self.depth(depth)), self.up(self.rgb(image))
