"""Normalisation, with the limits that PyTorch sets."""

from __future__ import annotations

import torch.nn.functional as F
from oracle import Case, agree_with_pytorch
from torch import nn

IMAGE = "N 4 H W"
FEW = range(1, 4)

CASES = [
    Case("BatchNorm1d of rows", nn.BatchNorm1d(4), ("N 4",)),
    Case("BatchNorm1d", nn.BatchNorm1d(4), ("N 4 H",), FEW),
    Case("BatchNorm1d of an image", nn.BatchNorm1d(4), (IMAGE,), FEW, refused=True),
    Case("BatchNorm2d", nn.BatchNorm2d(4), (IMAGE,), FEW),
    Case("BatchNorm2d of symbolic channels", nn.BatchNorm2d(4), ("2 H 3 3",)),
    Case("BatchNorm2d without statistics", nn.BatchNorm2d(4, track_running_stats=False), (IMAGE,), FEW),
    Case("BatchNorm2d of rows", nn.BatchNorm2d(4), ("N 4",), refused=True),
    Case("BatchNorm3d", nn.BatchNorm3d(4), ("1 4 2 H W",), FEW),
    Case("SyncBatchNorm", nn.SyncBatchNorm(4), (IMAGE,), FEW, device="meta"),
    Case("InstanceNorm1d", nn.InstanceNorm1d(4), ("N 4 H",), FEW),
    Case("InstanceNorm1d without a batch", nn.InstanceNorm1d(4), ("4 H",), FEW),
    Case("InstanceNorm1d affine of other channels", nn.InstanceNorm1d(3, affine=True), ("2 H 4",), range(1, 5)),
    Case("InstanceNorm2d", nn.InstanceNorm2d(4), (IMAGE,), FEW),
    Case("InstanceNorm2d affine", nn.InstanceNorm2d(4, affine=True), (IMAGE,), FEW),
    Case("InstanceNorm2d with statistics", nn.InstanceNorm2d(4, affine=True, track_running_stats=True), (IMAGE,), FEW),
    Case("InstanceNorm2d without a batch", nn.InstanceNorm2d(4), ("4 H W",), FEW),
    Case("InstanceNorm3d", nn.InstanceNorm3d(2), ("1 2 1 H W",), FEW),
    Case("F.instance_norm", F.instance_norm, (IMAGE,), FEW),
    Case("GroupNorm", nn.GroupNorm(2, 4), (IMAGE,), FEW),
    Case("GroupNorm of one value", nn.GroupNorm(4, 4), ("N 4 H",), FEW),
    Case("GroupNorm of rows", nn.GroupNorm(2, 4), ("N 4",)),
    Case("GroupNorm of other channels", nn.GroupNorm(2, 4), ("2 H 3",)),
    Case("F.group_norm of symbolic channels", lambda x: F.group_norm(x, 3), ("2 H 3",)),
    Case("F.group_norm of a vector", lambda x: F.group_norm(x, 1), ("H",), refused=True),
    Case("LayerNorm", nn.LayerNorm(4), ("N H 4",)),
    Case("LayerNorm of a symbolic axis", nn.LayerNorm(4), ("N H",)),
    Case("LayerNorm of two axes", nn.LayerNorm((3, 4)), ("N H W",), range(1, 6)),
    Case("LayerNorm of more axes than there are", nn.LayerNorm((3, 4)), ("H",), refused=True),
    Case("F.layer_norm of its own sizes", lambda x: F.layer_norm(x, x.shape[1:]), (IMAGE,), FEW),
    Case("F.layer_norm of a number", lambda x: F.layer_norm(x, [4]), ("N H 4",), FEW),
    Case("RMSNorm", nn.RMSNorm(4), ("N H",)),
    Case("F.rms_norm", lambda x: F.rms_norm(x, (x.shape[-1],)), ("N H",)),
    Case("LocalResponseNorm", nn.LocalResponseNorm(3), (IMAGE,), FEW),
    Case("LocalResponseNorm of rows", nn.LocalResponseNorm(3), ("N 4",), refused=True),
    Case("weight_norm", nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 2, 3)), (IMAGE,), range(1, 5)),
    Case("spectral_norm", nn.utils.parametrizations.spectral_norm(nn.Linear(4, 2)), ("N 4",)),
    Case("layer_norm of a possibly empty tensor", lambda x: F.layer_norm(x[:, 2:], (3,)), ("2 H 3",)),
    Case("group_norm of a possibly empty tensor", lambda x: F.group_norm(x[:, :, 2:], 3)),
    Case("instance_norm of a possibly empty tensor", lambda x: F.instance_norm(x[:, :, 2:])),
]


@agree_with_pytorch(CASES)
def test_normalisation(case: Case) -> None:
    case.check()
