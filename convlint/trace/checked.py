"""What a layer of torch.nn raises in its own Python about the shape of its input, as a refusal of an operation."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from convlint.symbolic.dim import Size
from convlint.trace.session import Session


def refuse_as_layer(session: Session, module: torch.nn.Module, shape: Sequence[Size], error: Exception) -> None:
    """Record that a layer refuses its input, of ``shape``, with ``error``; raises `Refused`.

    Normalisations check their features there, all layers the number of dimensions.
    """
    features = getattr(module, "num_features", None)
    if isinstance(module, torch.nn.modules.instancenorm._InstanceNorm) and isinstance(features, int):
        axis = len(shape) - module._get_no_batch_dim()  # type: ignore[no-untyped-call]
        session.describe("norm", "instance_norm", num_features=features)
        if 0 <= axis < len(shape):
            session.require_equal(
                shape[axis], features, "norm-mismatch", f"expected {features} features, got {shape[axis]}",
                expected=features, found=shape[axis],
            )
    session.refuse("shape-error", str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__)
