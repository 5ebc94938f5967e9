"""What a trace yields, as frozen data: nodes with their sizes, what they require, and the paths they lie on.

Nothing here knows torch.  A graph is read by the rules, rendered as a table, cached as JSON, and all of it without
importing the model again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from convlint.diagnostics import Span
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import Predicate


@dataclass(frozen=True, slots=True)
class TensorValue:
    """One tensor: its sizes (ints where constant), and its dtype's name without ``torch.``."""

    shape: tuple[Size, ...]
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class Layer:
    """A module of the model that computes something itself (a leaf): where it was built and what it was given.

    ``kind`` is one of: conv, conv_transpose, max_pool, avg_pool, lp_pool, adaptive_pool, max_unpool, norm, linear,
    pad, resize, shuffle, embedding, activation, dropout, recurrent, attention, other.
    ``parameters`` holds the constructor's numbers under torch's own names, spatial ones as one tuple entry an axis:
    ``in_channels, out_channels, kernel_size, stride, padding, dilation, groups, output_padding, ceil_mode,
    padding_mode, num_features, in_features, out_features, upscale_factor, scale_factor, size, mode, align_corners``.
    """

    path: str
    class_name: str
    kind: str
    parameters: Mapping[str, object]
    constructor: Span | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an operation needs of the sizes that reach it.

    ``rule`` is the name of the rule that speaks for it (``skip-size-mismatch``, ``channel-mismatch``, …), ``message``
    what PyTorch would object to, in one lower-case line.  ``domain`` is what was still possible when the node was
    reached on its path: the requirement fails at the sizes of ``domain`` that do not satisfy ``predicate``.
    """

    rule: str
    predicate: Predicate
    message: str
    domain: Domain
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallSite:
    """By what a call is found again in a plain run: its leaf layer where it has one, else where it stands."""

    layer: str | None
    call: Span | None


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of the traced graph.

    ``kind`` is the family of the operation: placeholder, attribute, output, conv, conv_transpose, max_pool, avg_pool,
    lp_pool, adaptive_pool, max_unpool, norm, linear, pad, crop, resize, shuffle, embedding, join (element-wise with
    two or more tensors), cat, stack, view, permute, reduce, matmul, attention, recurrent, pointwise, size, other.
    ``operation`` is the plain name (``conv2d``, ``add``, ``interpolate``), ``parameters`` its numbers as in `Layer`
    (for ``cat``: ``dim``; for ``pad``: ``pad`` as ((left, right), …) an axis from the first spatial one on).
    ``inputs`` names the nodes of its tensor arguments, in order; weights and buffers are not inputs.
    ``module`` is the path of the module whose ``forward`` made the call, ``module_class`` its class.
    """

    name: str
    op: Literal["placeholder", "get_attr", "call_module", "call_function", "call_method", "output"]
    target: str
    kind: str
    operation: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[TensorValue, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    layer: str | None = None
    module: str = ""
    module_class: str = ""
    call: Span | None = None
    requirements: tuple[Requirement, ...] = ()

    @property
    def shape(self) -> tuple[Size, ...]:
        """Sizes of the first output."""
        return self.outputs[0].shape if self.outputs else ()

    @property
    def site(self) -> CallSite:
        """Where to find it in a plain run."""
        return CallSite(self.layer, self.call)


@dataclass(frozen=True, slots=True)
class ModuleCall:
    """A call of a module that is no layer itself but is made of some: what it gave back, as in `Node`.

    ``module`` is its path, ``constructor`` where it was built, ``caller`` the path of the module whose ``forward`` made
    the call, ``after`` the name of the last node before it returned.
    """

    module: str
    module_class: str
    constructor: Span | None
    caller: str
    after: str
    call: Span
    outputs: tuple[TensorValue, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a path did not return: a refusal by PyTorch, an exception of the model, or a stop of the tracer.

    ``kind``: ``refused`` (a requirement of an operation that no size left can meet: `rule` names it), ``raised`` (the
    model's own ``raise`` or ``assert``), ``untraceable`` (data-dependent code, an unsupported operation), ``error``
    (any other exception in user code).
    """

    kind: Literal["refused", "raised", "untraceable", "error"]
    message: str
    exception: str = ""
    rule: str | None = None
    span: Span | None = None
    node: str | None = None
    """The last node that was recorded, or the refusing one."""
    condition: Predicate | None = None
    """Of ``raised``: the model's last question on sizes before it, as it had to be answered to get past."""


@dataclass(frozen=True, slots=True)
class Specialisation:
    """A size that the model turned into one number: beyond ``domain`` nothing is claimed."""

    predicate: Predicate
    reason: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class GraphPath:
    """One way through the model's own branches.

    ``entered`` are the sizes whose branches lead here, before requirements; ``domain`` what is left at the end: the
    sizes that this path accepts (empty when `failure` is a refusal or a raise).
    ``specialised`` narrows ``entered`` to the numbers for which the path was followed.
    """

    nodes: tuple[Node, ...]
    entered: Domain
    domain: Domain
    failure: Failure | None = None
    specialisations: tuple[Specialisation, ...] = ()
    outputs: tuple[TensorValue, ...] = ()
    calls: tuple[ModuleCall, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether any size runs to the end of what was traced."""
        refused = self.failure is not None and self.failure.kind in {"refused", "raised"}
        return not refused and not self.domain.is_empty

    def node(self, name: str) -> Node:
        """The node called ``name``; raises KeyError."""
        for candidate in self.nodes:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input of ``forward``: a parameter name, its sizes and dtype. ``assumed`` says that nobody declared it."""

    name: str
    shape: tuple[Size, ...]
    dtype: str = "float32"
    assumed: bool = False


@dataclass(frozen=True)
class ModelGraph:
    """Everything a trace learnt about one model.

    ``declared`` is the domain of the user's ``where`` (all sizes >= 1 where nothing was declared, and then
    ``is_declared`` is False).  ``unexplored`` are branches that were not followed, as the domains that enter them.
    """

    name: str
    class_name: str
    span: Span
    inputs: tuple[InputSpec, ...]
    declared: Domain
    is_declared: bool
    layers: Mapping[str, Layer]
    paths: tuple[GraphPath, ...]
    unexplored: tuple[Domain, ...] = ()
    assumed: tuple[str, ...] = ()
    """What was assumed to build and run it, one line each: ``in_channels = 3 (well-known name)``."""
    guessed: tuple[str, ...] = ()
    """Those of the constructor's arguments without a default that nobody gave."""
    is_part: bool = False
    """Whether it is a part of a model, traced alone: which of its sizes the model uses is not known."""
    usual: Mapping[str, int] = field(default_factory=dict)
    """Sizes that the model is used at, by symbol: an example call's, or the first that plain PyTorch accepted."""
