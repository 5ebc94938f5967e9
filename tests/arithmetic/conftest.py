"""What PyTorch itself answers: the sizes that a layer gives, or that it refuses."""

from collections.abc import Callable, Sequence

import pytest
import torch

Answer = tuple[int, ...] | None
Ask = Callable[..., Answer]


@pytest.fixture(scope="session")
def torch_sizes() -> Ask:
    """Spatial sizes of ``call``'s result on an empty tensor of the sizes given; None where PyTorch raises."""

    def ask(
        call: Callable[[torch.Tensor], torch.Tensor],
        spatial: Sequence[int],
        channels: int = 1,
        device: str = "meta",
        keep: int = 2,
    ) -> Answer:
        try:
            result = call(torch.zeros(1, channels, *spatial, device=device))
        except (RuntimeError, ValueError, ZeroDivisionError, TypeError):
            return None
        return tuple(result.shape[keep:])

    return ask
