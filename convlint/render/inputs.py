"""The inputs of a model as they are written on the command line."""

from convlint.graph.model import InputSpec
from convlint.symbolic.render import render


def shape_text(spec: InputSpec) -> str:
    """``N 3 H W``."""
    return " ".join(render(size, ascii=True).replace(" ", "") for size in spec.shape)


def input_text(spec: InputSpec) -> str:
    """``x="N 3 H W"``, with its dtype where that is not float32."""
    dtype = "" if spec.dtype == "float32" else f":{spec.dtype}"
    return f'{spec.name}="{shape_text(spec)}{dtype}"'
