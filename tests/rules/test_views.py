"""CL405 at views of tensors that do not lie in memory in one piece."""

import pytest
import torch
from torch import nn

from convlint.diagnostics import Severity

HELP = "use `.reshape(...)`, which copies where it has to, or call `.contiguous()` before the view"


class Tokens(nn.Module):
    """Channels put last, then all tokens of a sample in one row."""

    def __init__(self, row=lambda x: x.view(x.size(0), -1)):
        super().__init__()
        self.row = row

    def forward(self, x):
        return self.row(x.flatten(2).transpose(1, 2))


def test_a_view_of_a_transposition_names_both_ways_out(lint):
    finding = lint(Tokens()).one("shape-error")
    assert finding.severity == Severity.WARNING
    assert "is not compatible with the shape (N, H*W, 3) and the strides (3*H*W, 1, H*W)" in finding.message
    assert finding.message.endswith("unless H = 1 and W = 1")
    assert finding.help == (HELP,)
    sizes = finding.witness
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        Tokens()(torch.zeros(sizes["N"], 3, sizes["H"], sizes["W"]))


def test_at_declared_sizes_it_is_an_error(lint):
    finding = lint(Tokens(), where=("H == 8", "W == 8")).one("shape-error")
    assert finding.severity == Severity.ERROR
    assert finding.help == (HELP,)


@pytest.mark.parametrize(
    "row", [lambda x: x.reshape(x.size(0), -1), lambda x: x.contiguous().view(x.size(0), -1), lambda x: x.flatten(1)]
)
def test_silent_where_it_is_copied(lint, row):
    assert not lint(Tokens(row)).of("shape-error")
