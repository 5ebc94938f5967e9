"""The packages that are checked, and their installation beside the environment, without what they depend on."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Package:
    """A distribution at one version, and the folder of it that is checked."""

    name: str
    version: str
    folder: str

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.name}=={self.version}"


PACKAGES = (
    Package("denoising-diffusion-pytorch", "2.3.4", "denoising_diffusion_pytorch"),
    Package("efficientnet-pytorch", "0.7.1", "efficientnet_pytorch"),
    Package("facenet-pytorch", "2.6.0", "facenet_pytorch"),
    Package("lightly", "1.6.0", "lightly"),
    Package("lpips", "0.1.4", "lpips"),
    Package("monai", "1.6.1", "monai/networks/nets"),
    Package("pretrainedmodels", "0.7.4", "pretrainedmodels"),
    Package("pytorch-msssim", "1.0.0", "pytorch_msssim"),
    Package("pytorchcv", "0.0.74", "pytorchcv"),
    Package("resnest", "0.0.5", "resnest"),
    Package("segmentation-models-pytorch", "0.6.0", "segmentation_models_pytorch"),
    Package("vector-quantize-pytorch", "1.32.0", "vector_quantize_pytorch"),
    Package("vit-pytorch", "1.26.11", "vit_pytorch"),
    Package("x-transformers", "2.31.10", "x_transformers"),
)
"""All of them define their modules in Python; none compiles an extension."""

COMPANIONS = (
    "accelerate==1.15.0", "certifi", "charset-normalizer", "einops==0.8.2", "einx==0.4.3", "ema-pytorch==0.8.3",
    "frozendict==2.5.1", "huggingface-hub", "idna", "lightning-utilities==0.15.3", "loguru==0.7.3", "munch==4.0.0",
    "packaging", "psutil", "pytorch-fid==0.3.0", "pyyaml", "requests", "safetensors", "scipy", "timm==1.0.31",
    "torch-einops-utils==0.2.0", "tqdm", "typing-extensions", "urllib3",
)  # fmt: skip
"""What they import besides torch, torchvision and numpy; without their dependencies, so that nothing pulls CUDA."""

_CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"


def install(site: Path, *, only: tuple[Package, ...] = PACKAGES) -> None:
    """Install what is missing in ``site``: the packages, and what they need of each other."""
    missing = [package.requirement for package in only if not _is_installed(site, package)]
    if not missing:
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "-c", str(_CONSTRAINTS)]
    subprocess.run([*pip, "--target", str(site), "--upgrade", *missing, *COMPANIONS], check=True)


def _is_installed(site: Path, package: Package) -> bool:
    name = package.name.replace("-", "_")
    return (site / f"{name}-{package.version}.dist-info").is_dir()
