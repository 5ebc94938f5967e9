"""What would mend a layer: the numbers that fit what reaches it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from convlint.arithmetic.window import output_size
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.evidence.cause import Cause
from convlint.rules.evidence.view import View
from convlint.rules.remedy import Change, Number, Remedy, spatial
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain

_WITH_FEATURES = frozenset({"conv", "conv_transpose", "linear", "embedding", "recurrent", "attention"})
"""Layers that decide themselves how many features they give."""


def change(view: View, node: Node, argument: str, new: Number) -> Change | None:
    """The change of a number that the node's layer was built with; None where no call of the source built it so."""
    layer = view.layer(node)
    old = layer.parameters.get(argument) if layer is not None else None
    if layer is None or layer.constructor is None:
        return None
    if isinstance(old, tuple) and all(isinstance(entry, int) for entry in old):
        return Change(layer.constructor, layer.class_name, argument, old, new)
    return Change(layer.constructor, layer.class_name, argument, old, new) if isinstance(old, int) else None


def features(view: View, node: Node, argument: str, sizes: Iterable[Size], domain: Domain) -> Remedy | None:
    """That ``argument`` is what arrives; None where that depends on the input size.

    It is unsafe where the features are those of the model's input: then what was declared may be the mistake.
    """
    arriving = [domain.simplify(size) for size in sizes]
    numbers = [size for size in arriving if isinstance(size, int)]
    if not numbers or len(numbers) < len(arriving):
        return None
    wanted = change(view, node, argument, numbers[0] if len(numbers) == 1 else tuple(numbers))
    if wanted is None:
        return None
    ancestors = view.flow.members(view.flow.ancestors(node))
    return Remedy((wanted,), is_safe=any(each.kind in _WITH_FEATURES for each in ancestors if each is not node))


def mending(cause: Cause, *, is_safe: bool) -> Remedy | None:
    """The numbers with which an up-sampling gives back the sizes that it is to undo; None where no constants do."""
    if not cause.mending:
        return None
    changes: list[Change] = []
    for argument in ("padding", "output_padding"):
        numbers = [getattr(each, argument) for each in cause.mending]
        made = change(cause.view, cause.pairs[0].up, argument, spatial(numbers))
        if made is None:
            return None
        if _is_new(made):
            changes.append(made)
    return Remedy(tuple(changes), is_safe=is_safe)


def _is_new(made: Change) -> bool:
    return made.new != (spatial(made.old) if isinstance(made.old, tuple) else made.old)


def half_padding(view: View, node: Node, windows: Sequence[AxisWindow]) -> Remedy | None:
    """`padding=(k_eff - 1)/2` on every axis; None where a kernel is even.  It changes what is computed: never safe."""
    made = _half_padded(view, node, windows)
    return Remedy((made,), is_safe=False) if made is not None else None


def half_padding_between(view: View, start: Node, end: Node, axis: int, wanted: Size, domain: Domain) -> Remedy | None:
    """Half padding for the windows on the way from ``start`` to ``end``, where ``end`` has ``wanted`` cells with it.

    None where the way is more than a chain of windows, as far as the size of ``axis`` goes.
    """
    on_the_way = view.flow.between(start, end)
    size = padded = start.shape[axis]
    changes: list[Change] = []
    for node, windows in view.windows:
        window = next((each.window for each in windows if each.axis == axis), None)
        if node not in on_the_way or node is start or window is None:
            continue
        half = (window.effective_kernel - 1) // 2
        made = _half_padded(view, node, windows)
        if made is None:
            return None
        size, padded = output_size(size, window), output_size(padded, replace(window, padding=(half, half)))
        if _is_new(made):
            changes.append(made)
    is_chain = domain.simplify(size - end.shape[axis]) == 0
    if not changes or not is_chain or domain.simplify(padded - wanted) != 0:
        return None
    return Remedy(tuple(dict.fromkeys(changes)), is_safe=False)


def _half_padded(view: View, node: Node, windows: Sequence[AxisWindow]) -> Change | None:
    kernels = [each.window.effective_kernel for each in windows]
    halves = [(kernel - 1) // 2 for kernel in kernels if isinstance(kernel, int) and kernel % 2]
    return change(view, node, "padding", spatial(halves)) if halves and len(halves) == len(kernels) else None
