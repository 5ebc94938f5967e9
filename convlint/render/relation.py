"""What a window does to one axis, written with its own numbers: its relationship, ``r``, and what is lost by it."""

from collections.abc import Callable

from convlint.arithmetic.window import input_lost, padding_lost, remainder
from convlint.graph.windows import AxisTransposed, AxisWindow
from convlint.symbolic.dim import Size

Text = Callable[[Size], str]
"""How sizes are written."""


def window_text(axis: AxisWindow, output: Size, text: Text) -> str:
    """``⌊(H + 2 - 3)/2⌋ + 1 = ⌈H/2⌉``: the number of windows (R15) that gives ``output`` cells."""
    window = axis.window
    padding, kernel = window.padding[0] + window.padding[1], window.effective_kernel
    terms = text(axis.size) + _signed(padding, text) + _signed(-kernel, text)
    if window.stride == 1:
        return f"{terms} + 1 = {text(output)}"
    opening, closing = "⌈⌉" if window.ceil_mode else "⌊⌋"
    return f"{opening}({terms})/{_factor(window.stride, text)}{closing} + 1 = {text(output)}"


def transposed_text(axis: AxisTransposed, text: Text) -> str:
    """``(H - 1)·2 - 2 + 3 + 1 = 2H``: the size of a transposed convolution (R14)."""
    each = axis.transposed
    cells = f"({text(axis.size)} - 1)"
    terms = cells if each.stride == 1 else f"{cells}·{_factor(each.stride, text)}"
    terms += _signed(-2 * each.padding, text) + _signed(each.effective_kernel, text)
    return f"{terms}{_signed(each.output_padding, text)} = {text(axis.output)}"


def remainder_text(axis: AxisWindow, text: Text) -> str:
    """``r`` as the layer sees it, ``(⌈H/2⌉+1)%2``; a number where it is one for every size."""
    window = axis.window
    r = remainder(axis.size, window)
    offset = window.padding[0] + window.padding[1] - window.effective_kernel
    if isinstance(r, int) or window.ceil_mode or not isinstance(window.stride, int) or not isinstance(offset, int):
        return text(r)
    cells = text(axis.size)
    shift = offset % window.stride
    if shift:
        return f"({cells}+{shift})%{window.stride}"
    return f"{cells if _is_one_term(cells) else f'({cells})'}%{window.stride}"


def lost_text(axis: AxisWindow) -> str:
    """Which part of ``r`` is padding and which is input."""
    window = axis.window
    r = remainder(axis.size, window)
    right = window.padding[1]
    if r == 0:
        return ""
    if isinstance(r, int):
        amounts = (("padding", padding_lost(axis.size, window)), ("input", input_lost(axis.size, window)))
        return ", ".join(f"{what} {amount}" for what, amount in amounts if amount != 0)
    if right == 0:
        return "input r"
    if isinstance(window.stride, int) and isinstance(right, int) and right >= window.stride - 1:
        return "padding r"
    return f"padding min(r,{right}), input max(r-{right},0)"


def _signed(size: Size, text: Text) -> str:
    """`` + 2``, `` - 3``, nothing for 0."""
    if isinstance(size, int):
        return f" {'-' if size < 0 else '+'} {abs(size)}" if size else ""
    return f" + {_factor(size, text)}"


def _factor(size: Size, text: Text) -> str:
    written = text(size)
    return written if isinstance(size, int) or _is_one_term(written) else f"({written})"


def _is_one_term(text: str) -> bool:
    """Whether ``%`` may follow: a name, or one pair of brackets around everything."""
    inner = text[1:-1]
    return text.isidentifier() or (text[0] in "⌊⌈" and text[-1] in "⌋⌉" and not any(sign in inner for sign in "⌊⌈"))
