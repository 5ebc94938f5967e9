"""Encoders and decoders of signals."""

import torch
from torch import nn
from torch.nn import functional as F


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
