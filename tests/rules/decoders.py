"""Encoders and decoders in the idioms people use, each as small as shows its sizes."""
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


class WaveUNet(nn.Module):
    """Wave-U-Net: decimation by slicing, linear up-sampling."""

    def __init__(self):
        super().__init__()
        self.enc1 = nn.Conv1d(1, 8, 15, padding=7)
        self.enc2 = nn.Conv1d(8, 16, 15, padding=7)
        self.mid = nn.Conv1d(16, 16, 15, padding=7)
        self.dec2 = nn.Conv1d(32, 8, 5, padding=2)
        self.dec1 = nn.Conv1d(16, 8, 5, padding=2)
        self.out = nn.Conv1d(8, 1, 1)

    def forward(self, x):
        a = self.enc1(x)
        b = self.enc2(a[:, :, ::2])
        y = self.mid(b[:, :, ::2])
        y = F.interpolate(y, scale_factor=2, mode="linear", align_corners=True)
        y = self.dec2(torch.cat([y, b], 1))
        y = F.interpolate(y, scale_factor=2, mode="linear", align_corners=True)
        return self.out(self.dec1(torch.cat([y, a], 1)))


class WaveNet(nn.Module):
    """Dilated convolutions whose skips are trimmed: no stride at all."""

    def __init__(self):
        super().__init__()
        self.start = nn.Conv1d(1, 8, 1)
        self.layers = nn.ModuleList(nn.Conv1d(8, 8, 2, dilation=2**n) for n in range(4))

    def forward(self, x):
        x = self.start(x)
        for layer in self.layers:
            y = torch.tanh(layer(x))
            x = y + x[:, :, -y.size(2):]
        return x


class Demucs(nn.Module):
    """Strided convolutions without padding; skips trimmed to the decoder, or not."""

    def __init__(self, depth=2, trim=True):
        super().__init__()
        self.trim = trim
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        c = 1
        for n in range(depth):
            h = 8 * 2**n
            self.encoder.append(nn.Sequential(nn.Conv1d(c, h, 8, 4), nn.ReLU()))
            self.decoder.insert(0, nn.Sequential(nn.Conv1d(h, h, 3, 1, 1), nn.ConvTranspose1d(h, c, 8, 4)))
            c = h

    def forward(self, mix):
        x = mix
        saved = []
        for encode in self.encoder:
            x = encode(x)
            saved.append(x)
        for decode in self.decoder:
            skip = saved.pop()
            if self.trim:
                d = skip.size(-1) - x.size(-1)
                if d:
                    skip = skip[..., d // 2 : -(d - d // 2)]
            x = x + skip
            x = decode(x)
        return x


class AutoEncoder(nn.Module):
    """Two convolutions and their transposed ones."""

    def __init__(self, k=3, s=2, p=1, a=0):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 8, k, s, p), nn.ReLU(), nn.Conv2d(8, 16, k, s, p))
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(16, 8, k, s, p, output_padding=a),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 1, k, s, p, output_padding=a),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.Flatten())
        self.mu, self.logvar = nn.Linear(16 * 49, 10), nn.Linear(16 * 49, 10)
        self.up = nn.Linear(10, 16 * 49)
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(16, 8, 3, 2, 1, 1), nn.ReLU(), nn.ConvTranspose2d(8, 1, 3, 2, 1, self.a())
        )

    def a(self):
        return 1

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.exp(logvar / 2) * torch.randn_like(mu)
        return self.decoder(self.up(z).view(-1, 16, 7, 7)), mu, logvar


class VAEWrong(VAE):
    def a(self):
        return 0


class DCGAN(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(100, 64, 4, 1, 0), nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(32, 3, 4, 2, 1), nn.Tanh())

    def forward(self, z):
        return self.main(z)


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


class SuperResolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Conv2d(3, 16, 3, padding=1)
        self.up = nn.Sequential(
            nn.Conv2d(16, 64, 3, padding=1), nn.PixelShuffle(2), nn.Conv2d(16, 64, 3, padding=1), nn.PixelShuffle(2)
        )
        self.tail = nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, x):
        return self.tail(self.up(self.head(x)))


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


class SegNet(nn.Module):
    def __init__(self, sized=False):
        super().__init__()
        self.sized = sized
        self.c1, self.c2 = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2, 2)
        self.d2, self.d1 = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 2, 3, padding=1)

    def forward(self, x):
        x = self.c1(x)
        size1 = x.size()
        x, i1 = self.pool(x)
        x = self.c2(x)
        size2 = x.size()
        x, i2 = self.pool(x)
        x = self.d2(self.unpool(x, i2, output_size=size2 if self.sized else None))
        return self.d1(self.unpool(x, i1, output_size=size1 if self.sized else None))


class TwoEncoders(nn.Module):
    """RGB-D: a decoder shared by two encoders."""

    def __init__(self):
        super().__init__()
        self.rgb = nn.Conv2d(3, 8, 3, 2, 1)
        self.depth = nn.Conv2d(1, 8, 2, 2)
        self.up = nn.ConvTranspose2d(8, 4, 2, 2)

    def forward(self, image, depth):
        return self.up(self.rgb(image) + self.depth(depth)), self.up(self.rgb(image))


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


class MAE(nn.Module):
    """Patchify, tokens, unpatchify."""

    def __init__(self, p=16, c=32):
        super().__init__()
        self.p = p
        self.patch = nn.Conv2d(3, c, p, p)
        self.block = nn.TransformerEncoderLayer(c, 4, 64, batch_first=True)
        self.pred = nn.Linear(c, p * p * 3)

    def forward(self, x):
        t = self.patch(x)
        n, _, h, w = t.shape
        t = self.pred(self.block(t.flatten(2).transpose(1, 2)))
        t = t.reshape(n, h, w, self.p, self.p, 3)
        return torch.einsum("nhwpqc->nchpwq", t).reshape(n, 3, h * self.p, w * self.p)


class ViTDecoder(nn.Module):
    """Patchify by a convolution, back by a transposed one."""

    def __init__(self, p=16, c=32):
        super().__init__()
        self.patch = nn.Conv2d(3, c, p, p)
        self.block = nn.TransformerEncoderLayer(c, 4, 64, batch_first=True)
        self.up = nn.ConvTranspose2d(c, 3, p, p)

    def forward(self, x):
        t = self.patch(x)
        n, c, h, w = t.shape
        t = self.block(t.flatten(2).transpose(1, 2))
        return self.up(t.transpose(1, 2).reshape(n, c, h, w))


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
