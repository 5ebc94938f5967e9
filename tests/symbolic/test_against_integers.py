"""Everything the algebra claims, against plain integers: more than 20,000 random expressions a run."""

import json
import pickle

import pytest

from convlint.symbolic.canonical import symbol
from convlint.symbolic.codec import (
    domain_from_json,
    domain_to_json,
    predicate_from_json,
    predicate_to_json,
    size_from_json,
    size_to_json,
)
from convlint.symbolic.dim import evaluate
from convlint.symbolic.division import quotient
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import parse_condition, parse_size
from convlint.symbolic.render import render, render_predicate
from convlint.symbolic.substitution import substitute
from convlint.symbolic.truth import Truth

SQUARE = [{"H": h} for h in range(130)]
PLANE = [{"H": h, "W": w} for h in range(18) for w in range(18)]
GRIDS = {("H",): SQUARE, ("H", "W"): PLANE}
SYMBOLS = tuple(GRIDS)


def positive(sizes):
    return all(n >= 1 for n in sizes.values())


@pytest.mark.parametrize("symbols", [("H",), ("H", "W"), ("N", "H", "W")])
def test_values_are_those_of_integers(generator, symbols):
    some = generator(len(symbols), symbols)
    choose = some.random.choice
    for _ in range(6800):
        expression = some.expression(choose((2, 3, 3, 4)))
        for _ in range(10):
            near, far = some.random.randrange(60), some.random.randrange(2000)
            sizes = {name: choose((0, 1, 2, 3, near, far)) for name in symbols}
            value = evaluate(expression.size, sizes)
            assert type(value) is int, expression.text
            assert value == expression.at(sizes), (expression.text, sizes)


def test_equal_functions_of_one_symbol_are_one_object(generator):
    some = generator(11, ("H",))
    by_values = {}
    for _ in range(2000):
        expression = some.expression(some.random.choice((1, 2, 2, 3)))
        values = tuple(expression.at({"H": h}) for h in range(200))
        first = by_values.setdefault(values, expression)
        if first.size != expression.size:
            differ = any(first.at({"H": h}) != expression.at({"H": h}) for h in range(200, 20_000))
            assert differ, (first.text, expression.text)


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_predicates_hold_where_the_integers_say(generator, symbols):
    some = generator(21, symbols)
    for _ in range(250):
        condition = some.condition(some.random.choice((1, 2, 3)))
        for sizes in GRIDS[symbols]:
            assert condition.predicate.evaluate(sizes) == condition.at(sizes), (condition.text, sizes)


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_narrowing_keeps_exactly_the_sizes_that_satisfy(generator, symbols):
    some = generator(31, symbols)
    for _ in range(250):
        one, other = some.condition(2), some.condition(1)
        domain = Domain.of(symbols).narrow(one.predicate).narrow(other.predicate)
        for sizes in GRIDS[symbols]:
            expected = positive(sizes) and one.at(sizes) and other.at(sizes)
            assert domain.contains(sizes) == expected, (one.text, other.text, sizes)


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_always_and_never_are_proofs(generator, symbols):
    some = generator(41, symbols)
    decided = 0
    for _ in range(300):
        given, asked = some.condition(2), some.condition(2)
        domain = Domain.of(symbols).narrow(given.predicate)
        truth = domain.decide(asked.predicate)
        answers = [asked.at(sizes) for sizes in GRIDS[symbols] if positive(sizes) and given.at(sizes)]
        decided += truth is not Truth.SOMETIMES
        if truth is Truth.ALWAYS:
            assert all(answers), (given.text, asked.text)
        if truth is Truth.NEVER:
            assert not any(answers), (given.text, asked.text)
    assert decided > 120


def test_one_symbol_is_decided_exactly(generator):
    some = generator(51, ("H",))
    for _ in range(250):
        given, asked = some.condition(2), some.condition(2)
        domain = Domain.of(("H",)).narrow(given.predicate)
        answers = [asked.at({"H": h}) for h in range(1, 3000, 1) if domain.set_of("H").contains(h)]
        truth = domain.decide(asked.predicate)
        if domain.is_empty:
            assert not answers
        elif truth is Truth.SOMETIMES:
            assert any(answers), (given.text, asked.text)
            assert not all(answers), (given.text, asked.text)


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_a_witness_is_a_member_and_is_found(generator, symbols):
    some = generator(61, symbols)
    missed = 0
    for _ in range(150):
        given, asked = some.condition(2), some.condition(1)
        domain = Domain.of(symbols).narrow(given.predicate)
        near = {name: some.random.randrange(1, 40) for name in symbols}
        found = domain.witness(near, asked.predicate)
        if found is not None:
            assert positive(found)
            assert given.at(found), (given.text, found)
            assert asked.at(found), (asked.text, found)
        else:
            missed += any(positive(s) and given.at(s) and asked.at(s) for s in GRIDS[symbols])
    assert missed <= 1


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_what_holds_within_a_domain_is_true_there(generator, symbols):
    some = generator(71, symbols)
    for _ in range(150):
        given, asked, expression = some.condition(2), some.condition(2), some.expression(3)
        domain = Domain.of(symbols).narrow(given.predicate)
        reduced, simpler = domain.reduce(asked.predicate), domain.simplify(expression.size)
        low, high = domain.bounds(expression.size)
        for sizes in GRIDS[symbols]:
            if positive(sizes) and given.at(sizes):
                value = expression.at(sizes)
                assert reduced.evaluate(sizes) == asked.at(sizes), (given.text, asked.text, sizes)
                assert evaluate(simpler, sizes) == value, (given.text, expression.text, sizes)
                assert low is None or low <= value, (given.text, expression.text, sizes)
                assert high is None or high >= value, (given.text, expression.text, sizes)


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_division_comes_out_even_where_it_says(generator, symbols):
    some = generator(81, symbols)
    for _ in range(180):
        given, one, other = some.condition(1), some.expression(2), some.expression(2)
        domain = Domain.of(symbols).narrow(given.predicate)
        if other.size == 0:
            continue
        for size in (one.size, one.size * other.size):
            found, exact = quotient(size, other.size, domain)
            for sizes in GRIDS[symbols]:
                divisor = other.at(sizes)
                if not positive(sizes) or not given.at(sizes) or not divisor:
                    continue
                whole, rest = divmod(evaluate(size, sizes), divisor)
                assert exact.evaluate(sizes) == (rest == 0), (given.text, one.text, other.text, sizes)
                if rest == 0:
                    assert evaluate(found, sizes) == whole, (one.text, other.text, sizes)


def test_symbols_can_be_replaced_by_sizes(generator):
    some = generator(91, ("H", "W"))
    inner = {"H": symbol("W") // 2 + 1, "W": (symbol("T") + 5) // 3 * 2}
    for _ in range(250):
        expression = some.expression(3)
        replaced = substitute(expression.size, inner)
        for w in range(0, 40, 3):
            for t in (0, 1, 7, 20):
                sizes = {"W": w, "T": t}
                expected = expression.at({name: evaluate(size, sizes) for name, size in inner.items()})
                assert evaluate(replaced, sizes) == expected, expression.text


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_ascii_text_is_read_back(generator, symbols):
    some = generator(101, symbols)
    read = 0
    for _ in range(250):
        expression, condition = some.expression(2), some.condition(2)
        texts = render(expression.size, ascii=True), render_predicate(condition.predicate, ascii=True)
        if any("[" in text or "round" in text for text in texts):
            continue
        read += 1
        size, predicate = parse_size(texts[0]), parse_condition(texts[1])
        for sizes in GRIDS[symbols]:
            assert evaluate(size, sizes) == expression.at(sizes), (expression.text, texts[0])
            assert predicate.evaluate(sizes) == condition.at(sizes), (condition.text, texts[1])
    assert read > 150


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_json_and_pickle_give_back_the_same(generator, symbols):
    some = generator(111, symbols)
    for _ in range(250):
        size, predicate = some.expression(3).size, some.condition(2).predicate
        domain = Domain.of(symbols).narrow(predicate)
        assert size_from_json(json.loads(json.dumps(size_to_json(size)))) == size
        assert predicate_from_json(json.loads(json.dumps(predicate_to_json(predicate)))) == predicate
        assert domain_from_json(json.loads(json.dumps(domain_to_json(domain)))) == domain
        assert pickle.loads(pickle.dumps((size, predicate, domain))) == (size, predicate, domain)
