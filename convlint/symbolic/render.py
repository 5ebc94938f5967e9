"""Sizes, predicates and domains as text: the shortest honest form, in Unicode or in ASCII that can be parsed again."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.intset import IntSet
from convlint.symbolic.notation import Notation
from convlint.symbolic.predicate import FALSE, TRUE, AllOf, AnyOf, Predicate, Relation, Within
from convlint.symbolic.set_notation import set_text
from convlint.symbolic.size_notation import comparison_text, size_items, size_text

if TYPE_CHECKING:
    from convlint.symbolic.domain import Domain


def render(size: "Size | Fraction", *, ascii: bool = False, domain: "Domain | None" = None) -> str:  # noqa: A002
    """The size as text, such as `⌈H/32⌉`; simplified under the domain if one is given."""
    if domain is not None and isinstance(size, Dim):
        size = domain.simplify(size)
    return size_text(Notation(ascii), size)


def render_shape(sizes: Sequence[Size], *, ascii: bool = False, domain: "Domain | None" = None) -> str:  # noqa: A002
    """Sizes one after the other, sums in brackets: `N×64×⌈H/4⌉×(2⌊W/2⌋−1)`."""
    notation = Notation(ascii)
    texts = []
    for size in sizes:
        simple = domain.simplify(size) if domain is not None and isinstance(size, Dim) else size
        text = size_text(notation, simple)
        texts.append(f"({text})" if len(size_items(notation, simple)) > 1 and len(sizes) > 1 else text)
    return ("x" if ascii else "×").join(texts)


def render_predicate(predicate: Predicate, *, ascii: bool = False, least: int = 0) -> str:  # noqa: A002
    """The statement as text; sizes below `least` are taken not to occur."""
    return _predicate(Notation(ascii), predicate, least)


def render_set(symbol: str, allowed: IntSet, *, ascii: bool = False, least: int = 0) -> str:  # noqa: A002
    """The set as a condition on the symbol, such as `H % 32 ∈ {0, 29}`; sizes below `least` are taken not to occur."""
    return set_text(Notation(ascii), symbol, allowed, least=least)


def render_domain(domain: "Domain", *, ascii: bool = False) -> str:  # noqa: A002
    """What the domain demands beyond sizes >= 1; `any size` if nothing."""
    notation = Notation(ascii)
    if domain.is_empty:
        return "no size"
    positive = IntSet.at_least(1)
    demanding = [(name, allowed) for name, allowed in domain.sets.items() if not positive.is_subset(allowed)]
    texts = [set_text(notation, name, allowed, least=1) for name, allowed in demanding]
    texts += [_predicate(notation, relation, 1) for relation in domain.relations]
    several = len(texts) > 1
    return " and ".join(f"({text})" if several and " or " in text else text for text in texts) or "any size"


def _predicate(notation: Notation, predicate: Predicate, least: int, *, inside_all: bool = False) -> str:
    if predicate == TRUE:
        return "True" if notation.ascii else "always"
    if predicate == FALSE:
        return "False" if notation.ascii else "never"
    if isinstance(predicate, Within):
        text = set_text(notation, predicate.symbol, predicate.allowed, least=least)
        return f"({text})" if inside_all and " or " in text else text
    if isinstance(predicate, Relation):
        return comparison_text(notation, predicate.dim, predicate.op)
    if isinstance(predicate, AllOf):
        return " and ".join([_predicate(notation, part, least, inside_all=True) for part in predicate.parts])
    assert isinstance(predicate, AnyOf)
    parts = [(part, _predicate(notation, part, least)) for part in predicate.parts]
    text = " or ".join([f"({text})" if isinstance(part, AllOf) else text for part, text in parts])
    return f"({text})" if inside_all else text
