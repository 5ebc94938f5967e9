"""Module state: what a run leaves on its modules is taken back."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from convlint.trace.state import restored


class Caching(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.sizes: list[int] = [1]
        self.grids: dict[int, torch.Tensor] = {}
        self.seen: set[int] = set()


def use(module: Caching) -> None:
    module.conv.mask = torch.empty(2)
    module.sizes[0] = 2
    module.sizes.append(3)
    module.grids[32] = torch.empty(2)
    module.seen.add(32)
    module.register_buffer("grid", torch.empty(2))
    del module.training


def test_attributes_and_containers_are_as_before() -> None:
    module = Caching()
    with restored(module):
        use(module)
    assert (module.sizes, module.grids, module.seen, module.training) == ([1], {}, set(), True)
    assert not hasattr(module.conv, "mask")
    assert not dict(module.named_buffers())


def test_a_container_that_two_modules_share_is_still_shared() -> None:
    one, other = Caching(), Caching()
    other.sizes = one.sizes
    with restored(nn.ModuleList([one, other])):
        use(one)
    one.sizes.append(5)
    assert other.sizes == [1, 5]


def test_state_is_given_back_after_an_exception() -> None:
    module = Caching()

    def refused() -> None:
        with restored(module):
            use(module)
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        refused()
    assert module.sizes == [1]


def test_kept_attributes_of_the_module_stay() -> None:
    module = Caching()
    with restored(module, keep="constant_"):
        module.constant_0 = 5
        module.other = 6
    assert module.constant_0 == 5
    assert not hasattr(module, "other")
