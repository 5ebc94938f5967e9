"""How findings say sizes: conditions, witnesses, lists."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from convlint.graph.extent import is_last_few
from convlint.rules.evidence.subject import Subject
from convlint.symbolic.dim import Size, evaluate, symbols_of
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import Predicate
from convlint.symbolic.render import render, render_domain, render_predicate, render_shape

ANY_SIZE = render_domain(Domain())

LONGEST_CONDITION = 120
"""Characters beyond which a condition on sizes is left out of a sentence: examples say more."""


def size(value: Size, domain: Domain | None = None) -> str:
    """A size as simply as the domain allows."""
    return render(value, domain=domain)


def shape(sizes: Sequence[Size], domain: Domain | None = None) -> str:
    """``N×64×⌈H/4⌉×⌈W/4⌉``."""
    return render_shape(sizes, domain=domain)


def condition(domain: Domain, symbols: Collection[str]) -> str:
    """What a domain says about these symbols: ``H % 2 = 0 and W % 2 = 0``; empty where it says nothing."""
    part = Domain(
        {symbol: allowed for symbol, allowed in domain.sets.items() if symbol in symbols},
        [relation for relation in domain.relations if relation.symbols <= set(symbols)],
    )
    text = render_domain(part)
    return "" if text == ANY_SIZE else text


def accepted(subject: Subject) -> str:
    """The sizes that the model accepts; empty where it accepts none or every one."""
    contract = subject.contract
    if not contract.accepted or contract.is_total:
        return ""
    return contract.render()


def where(statement: Predicate, domain: Domain) -> str:
    """For which sizes of the domain a statement holds: the statement, or the sizes, whichever is shorter."""
    sizes = condition(domain.narrow(statement), statement.symbols)
    itself = render_predicate(domain.reduce(statement), least=1)
    return min(itself, sizes, key=len) if sizes else itself


def near(subject: Subject, sizes: Mapping[str, int], symbols: Collection[str]) -> str:
    """Accepted sizes close to these; empty where there are none, or only a last few of endlessly many."""
    for domain in subject.contract.accepted:
        dwindled = is_last_few(domain, subject.graph.declared, symbols)
        witness = None if dwindled else domain.witness(sizes)
        if witness is not None:
            return at(witness, symbols)
    return ""


def at(sizes: Mapping[str, int], symbols: Iterable[str] = ()) -> str:
    """``H = 225, W = 224``: the sizes of these symbols, or of all."""
    wanted = set(symbols)
    shown = {symbol: number for symbol, number in sizes.items() if not wanted or symbol in wanted}
    return ", ".join(f"{symbol} = {number}" for symbol, number in shown.items())


def values(sizes: Sequence[Size], witness: Mapping[str, int]) -> tuple[int, ...]:
    """The numbers that sizes are at a witness."""
    return tuple(int(evaluate(each, witness)) for each in sizes)


def symbols(sizes: Iterable[Size]) -> frozenset[str]:
    """All symbols of some sizes."""
    return frozenset().union(*(symbols_of(each) for each in sizes))


def size_there(value: Size, witness: Mapping[str, int], domain: Domain | None = None, unit: str = "") -> str:
    """``⌊H/2⌋ cells (112 at H = 224)``: a size as `size` says it, of this ``unit``, and its number at a witness."""
    written = size(value, domain)
    text = f"{written} {unit if written == '1' else f'{unit}s'}" if unit else written
    (number,) = values([value], witness)
    return f"{text} ({number} at {at(witness, symbols_of(value))})" if symbols_of(value) else text


def likewise(symbols: Sequence[str]) -> str:
    """``, and for W likewise``: that the same is said of other symbols; empty without any."""
    return f", and for {either(symbols)} likewise" if symbols else ""


def count(number: int, word: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def either(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
