"""What would mend a layer: the numbers that fit what reaches it."""

from collections.abc import Iterable

from convlint.arithmetic.window import effective_kernel
from convlint.graph.model import Node
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


def half_padding(view: View, branch: Node, start: Node, axis: int, missing: Size, domain: Domain) -> Remedy | None:
    """Half padding for the windows of stride 1 between ``start`` and ``branch``, where it is what ``branch`` misses.

    ``missing`` are the cells of ``axis`` by which ``branch`` is too small.  Cropping the other branch would do too, and
    the padding changes what is computed, so that it is never safe.
    """
    on_the_way = view.flow.members(view.flow.descendants(start) & view.flow.ancestors(branch))
    changes: list[Change] = []
    gained = 0
    for node, windows in view.windows:
        if node not in on_the_way or node is start:
            continue
        entries: list[int] = []
        for each in windows:
            kernel = effective_kernel(each.window.kernel_size, each.window.dilation)
            if not isinstance(kernel, int) or each.window.stride != 1 or kernel % 2 == 0:
                return None
            left, right = each.window.padding
            if not isinstance(left, int) or left != right:
                return None
            entries.append(kernel // 2)
            if each.axis == axis:
                gained += 2 * (kernel // 2 - left)
        made = change(view, node, "padding", spatial(entries))
        if made is None:
            return None
        if _is_new(made):
            changes.append(made)
    if not changes or domain.simplify(missing) != gained:
        return None
    return Remedy(tuple(dict.fromkeys(changes)), is_safe=False)
