"""Decoders that meet no map of their encoder, and those without an encoder."""

import torch
from torch import nn


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
