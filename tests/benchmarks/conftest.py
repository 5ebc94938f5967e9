"""The zoo's environment, before any test module imports torchvision or timm."""

from collections.abc import Iterator

import pytest

torch = pytest.importorskip("torch")

from benchmarks.zoo.environment import prepare  # noqa: E402

prepare()


@pytest.fixture(autouse=True, scope="module")
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield
