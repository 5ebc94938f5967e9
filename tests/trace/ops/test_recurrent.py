"""Recurrent layers, on sequences of any length."""

from __future__ import annotations

from oracle import Case, agree_with_pytorch
from torch import nn

FEW = range(1, 4)
KINDS = [nn.LSTM, nn.GRU, nn.RNN]


def _cases(kind: type[nn.RNNBase]) -> list[Case]:
    name = kind.__name__
    return [
        Case(f"{name}", kind(3, 5), ("T N 3",), FEW),
        Case(f"{name} batch first", kind(3, 5, batch_first=True), ("N T 3",), FEW),
        Case(f"{name} of many layers", kind(3, 5, num_layers=3, bidirectional=True), ("T N 3",), FEW),
        Case(f"{name} without a batch", kind(3, 5), ("T 3",)),
        Case(f"{name} of other features", kind(3, 5), ("2 2 H",)),
        Case(f"{name} of too many axes", kind(3, 5), ("2 2 T 3",), refused=True),
        Case(f"{name} of another dtype", kind(3, 5), ("2 T 3 float64",), refused=True),
    ]


CASES = [
    *(case for kind in KINDS for case in _cases(kind)),
    Case("GRU with a state", lambda x, h: nn.GRU(3, 5, device=x.device)(x, h), ("T N 3", "1 A 5"), FEW),
    Case("LSTM with states", lambda x, h: nn.LSTM(3, 5, device=x.device)(x, (h, h)), ("T N 3", "1 A 5"), FEW),
    Case("LSTM with a projection", nn.LSTM(3, 5, proj_size=2, bidirectional=True), ("T N 3",), FEW),
    Case("LSTMCell", nn.LSTMCell(3, 5), ("N 3",)),
    Case("GRUCell of other features", nn.GRUCell(3, 5), ("2 H",)),
    Case(
        "LSTM of an image's rows",
        lambda x: nn.LSTM(3, 4, batch_first=True, device=x.device)(x.flatten(2).mT)[0],
        ("2 3 H W",),
        FEW,
    ),
    Case(
        "GRU of a possibly empty sequence",
        lambda x: nn.GRU(3, 4, batch_first=True, device=x.device)(x[:, 2:])[0],
        ("2 H 3",),
    ),
]


@agree_with_pytorch(CASES)
def test_recurrent_layers(case: Case) -> None:
    case.check()
