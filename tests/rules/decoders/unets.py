"""Decoders that meet the maps of their encoder level by level."""

import torch
from torch import nn
from torch.nn import functional as F


def double_conv(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.Conv2d(o, o, 3, padding=1), nn.ReLU()
    )


class Up(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.up = nn.ConvTranspose2d(i, i // 2, kernel_size=2, stride=2)
        self.conv = double_conv(i, o)

    def join(self, x, skip):
        return torch.cat([skip, x], dim=1)

    def forward(self, x, skip):
        return self.conv(self.join(self.up(x), skip))


class UpPadded(Up):
    def join(self, x, skip):
        dy = skip.size(2) - x.size(2)
        dx = skip.size(3) - x.size(3)
        x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return torch.cat([skip, x], dim=1)


class UpCropped(Up):
    def join(self, x, skip):
        skip = skip[:, :, : x.size(2), : x.size(3)]
        return torch.cat([skip, x], dim=1)


class UpInterpolated(Up):
    def join(self, x, skip):
        return torch.cat([skip, F.interpolate(x, size=skip.shape[2:])], dim=1)


class UpOutputSize(Up):
    def forward(self, x, skip):
        return self.conv(torch.cat([skip, self.up(x, output_size=skip.shape[2:])], dim=1))


class UNet(nn.Module):
    block = Up

    def __init__(self, c=8, classes=2):
        super().__init__()
        self.inc = double_conv(3, c)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), double_conv(c, 2 * c))
        self.down2 = nn.Sequential(nn.MaxPool2d(2), double_conv(2 * c, 4 * c))
        self.down3 = nn.Sequential(nn.MaxPool2d(2), double_conv(4 * c, 8 * c))
        self.up1 = self.block(8 * c, 4 * c)
        self.up2 = self.block(4 * c, 2 * c)
        self.up3 = self.block(2 * c, c)
        self.out = nn.Conv2d(c, classes, 1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x4 = self.down3(x3)
        x = self.up1(x4, x3)
        x = self.up2(x, x2)
        x = self.up3(x, x1)
        return self.out(x)


class UNetPad(UNet):
    block = UpPadded


class UNetCrop(UNet):
    block = UpCropped


class UNetInterpolate(UNet):
    block = UpInterpolated


class UNetOutputSize(UNet):
    block = UpOutputSize


class UNetUpsample(nn.Module):
    """One pooling and one up-sampling for all levels, written out line by line."""

    def __init__(self, c=8):
        super().__init__()
        self.dconv_down1 = double_conv(3, c)
        self.dconv_down2 = double_conv(c, 2 * c)
        self.dconv_down3 = double_conv(2 * c, 4 * c)
        self.maxpool = nn.MaxPool2d(2)
        self.upsample = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.dconv_up2 = double_conv(6 * c, 2 * c)
        self.dconv_up1 = double_conv(3 * c, c)
        self.conv_last = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        conv1 = self.dconv_down1(x)
        x = self.maxpool(conv1)
        conv2 = self.dconv_down2(x)
        x = self.maxpool(conv2)
        x = self.dconv_down3(x)
        x = self.upsample(x)
        x = torch.cat([x, conv2], dim=1)
        x = self.dconv_up2(x)
        x = self.upsample(x)
        x = torch.cat([x, conv1], dim=1)
        x = self.dconv_up1(x)
        return self.conv_last(x)


class ResidualConv(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv = nn.Sequential(
            nn.BatchNorm2d(i), nn.ReLU(), nn.Conv2d(i, o, 3, stride, 1), nn.Conv2d(o, o, 3, padding=1)
        )
        self.skip = nn.Conv2d(i, o, 3, stride, 1)

    def forward(self, x):
        return self.conv(x) + self.skip(x)


class ResUNet(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.input_layer = nn.Conv2d(3, c, 3, padding=1)
        self.res1 = ResidualConv(c, 2 * c, 2)
        self.res2 = ResidualConv(2 * c, 4 * c, 2)
        self.upsample1 = nn.ConvTranspose2d(4 * c, 4 * c, 2, 2)
        self.up_res1 = ResidualConv(6 * c, 2 * c, 1)
        self.upsample2 = nn.ConvTranspose2d(2 * c, 2 * c, 2, 2)
        self.up_res2 = ResidualConv(3 * c, c, 1)
        self.out = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        x1 = self.input_layer(x)
        x2 = self.res1(x1)
        x3 = self.res2(x2)
        x = torch.cat([self.upsample1(x3), x2], dim=1)
        x = self.up_res1(x)
        x = torch.cat([self.upsample2(x), x1], dim=1)
        return self.out(self.up_res2(x))


class NestedUNet(nn.Module):
    def __init__(self, c=4):
        super().__init__()
        self.pool = nn.MaxPool2d(2, 2)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        n = [c, 2 * c, 4 * c]
        self.conv0_0 = double_conv(3, n[0])
        self.conv1_0 = double_conv(n[0], n[1])
        self.conv2_0 = double_conv(n[1], n[2])
        self.conv0_1 = double_conv(n[0] + n[1], n[0])
        self.conv1_1 = double_conv(n[1] + n[2], n[1])
        self.conv0_2 = double_conv(n[0] * 2 + n[1], n[0])
        self.final = nn.Conv2d(n[0], 1, 1)

    def forward(self, input):
        x0_0 = self.conv0_0(input)
        x1_0 = self.conv1_0(self.pool(x0_0))
        x0_1 = self.conv0_1(torch.cat([x0_0, self.up(x1_0)], 1))
        x2_0 = self.conv2_0(self.pool(x1_0))
        x1_1 = self.conv1_1(torch.cat([x1_0, self.up(x2_0)], 1))
        x0_2 = self.conv0_2(torch.cat([x0_0, x0_1, self.up(x1_1)], 1))
        return self.final(x0_2)


class VNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.input = nn.Conv3d(1, 4, 5, padding=2)
        self.down1 = nn.Conv3d(4, 8, 2, 2)
        self.down2 = nn.Conv3d(8, 16, 2, 2)
        self.up2 = nn.ConvTranspose3d(16, 8, 2, 2)
        self.conv2 = nn.Conv3d(16, 8, 5, padding=2)
        self.up1 = nn.ConvTranspose3d(8, 4, 2, 2)
        self.out = nn.Conv3d(8, 2, 1)

    def forward(self, x):
        x1 = self.input(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        y = self.conv2(torch.cat([self.up2(x3), x2], 1))
        return self.out(torch.cat([self.up1(y), x1], 1))


class Siamese(nn.Module):
    """One encoder for both images; skips are differences."""

    def __init__(self):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(8, 8, 2, 2)
        self.out = nn.Conv2d(16, 2, 1)

    def encode(self, x):
        a = self.c1(x)
        return a, self.c2(self.pool(a))

    def forward(self, x1, x2):
        a1, b1 = self.encode(x1)
        a2, b2 = self.encode(x2)
        y = self.up(torch.abs(b1 - b2))
        return self.out(torch.cat([y, torch.abs(a1 - a2)], 1))


class LinkNetDecoder(nn.Module):
    def __init__(self, i, o, a=1):
        super().__init__()
        self.conv1 = nn.Conv2d(i, i // 4, 1)
        self.deconv = nn.ConvTranspose2d(i // 4, i // 4, 3, stride=2, padding=1, output_padding=a)
        self.conv2 = nn.Conv2d(i // 4, o, 1)

    def forward(self, x):
        return self.conv2(self.deconv(self.conv1(x)))


class LinkNet(nn.Module):
    """Skips are added; the last stage returns to the input without one."""

    def __init__(self, a=1):
        super().__init__()
        self.e1 = nn.Conv2d(3, 16, 3, 2, 1)
        self.e2 = nn.Conv2d(16, 32, 3, 2, 1)
        self.e3 = nn.Conv2d(32, 64, 3, 2, 1)
        self.d3 = LinkNetDecoder(64, 32, a)
        self.d2 = LinkNetDecoder(32, 16, a)
        self.d1 = LinkNetDecoder(16, 3, a)

    def forward(self, x):
        e1 = self.e1(x)
        e2 = self.e2(e1)
        e3 = self.e3(e2)
        d3 = self.d3(e3) + e2
        d2 = self.d2(d3) + e1
        return self.d1(d2)
