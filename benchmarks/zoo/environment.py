"""The process in which the zoo runs: one thread, TorchScript off, torchvision even without its compiled operators."""

import importlib.util
import os
from pathlib import Path

os.environ.setdefault("PYTORCH_JIT", "0")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch

_COMPILED_OPERATORS = ("nms", "qnms")
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_libraries: list[torch.library.Library] = []


def prepare() -> None:
    """Make the model packages importable; to be called before they are imported."""
    if not _libraries and not _has_compiled_operators():
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in _COMPILED_OPERATORS:
            library.define(name + _SCHEMA)
        _libraries.append(library)


def settle() -> None:
    """Make measurements comparable: one thread, no gradients, in this process and its children."""
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)


def versions() -> dict[str, str]:
    """Version of every package that the records depend on."""
    import timm
    import torchvision

    return {"torch": torch.__version__, "torchvision": torchvision.__version__, "timm": timm.__version__}


def _has_compiled_operators() -> bool:
    """Whether torchvision's shared library loads here (it does not beside a torch of another build)."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    for library in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(str(library))
        except OSError:
            return False
        return True
    return False
