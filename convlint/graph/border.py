"""What a pad adds to a map."""

from typing import cast

from convlint.graph.model import Node
from convlint.symbolic.dim import Size


def border(node: Node, from_end: int) -> tuple[Size, Size]:
    """The cells (before, after) that a pad adds to an axis counted from the end; none for any other node."""
    pads = node.parameters.get("pad")
    if node.kind != "pad" or not isinstance(pads, tuple | list) or len(pads) < -from_end:
        return 0, 0
    before, after = cast("tuple[Size, Size]", pads[from_end])
    return before, after
