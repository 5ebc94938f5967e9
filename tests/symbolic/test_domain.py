import pickle

from convlint.symbolic.canonical import opaque, symbol, unbacked
from convlint.symbolic.cases import maximum, minimum, select
from convlint.symbolic.comparison import divides, equal, greater, greater_equal, less, less_equal, unequal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.domain import Domain
from convlint.symbolic.intset import IntSet
from convlint.symbolic.parse import parse_condition
from convlint.symbolic.predicate import FALSE, TRUE
from convlint.symbolic.render import render_domain
from convlint.symbolic.rounding import ceil
from convlint.symbolic.truth import Truth

N, H, W = map(symbol, "NHW")
ANY = Domain.of(("N", "H", "W"))


def test_a_domain_starts_at_one():
    assert ANY.set_of("H") == IntSet.at_least(1)
    assert ANY.contains({"N": 1, "H": 1, "W": 1})
    assert not ANY.contains({"N": 0, "H": 1, "W": 1})
    assert ANY.symbols == ("N", "H", "W")


def test_one_symbol_is_decided_exactly():
    assert ANY.decide(less(H // 2, H)) is Truth.ALWAYS
    assert ANY.decide(equal(H // 2 * 2, H)) is Truth.SOMETIMES
    assert ANY.decide(less(H, 1)) is Truth.NEVER
    assert ANY.narrow(divides(32, H)).decide(equal(H // 32 * 32, H)) is Truth.ALWAYS
    assert ANY.narrow(less(H, 30)).decide(equal(ceil(H / 2) * 2, 40)) is Truth.NEVER


def test_the_contract_of_a_unet():
    size, skips, domain = H, [], ANY
    for _ in range(4):
        skips.append(size)
        size = size // 2
        domain = domain.narrow(greater_equal(size, 1))
    for skip in reversed(skips):
        size = 2 * size
        domain = domain.narrow(equal(size, skip))
    assert domain.set_of("H") == IntSet.residues(16, {0}) & IntSet.at_least(16)
    assert domain.relations == ()


def test_relations_are_kept_and_used():
    tall = ANY.narrow(greater_equal(H, W))
    assert tall.decide(less(H, W)) is Truth.NEVER
    assert tall.decide(greater_equal(H + 3, W)) is Truth.ALWAYS
    assert tall.decide(greater_equal(2 * H, W)) is Truth.ALWAYS
    assert tall.simplify(maximum(H, W)) is H
    assert tall.simplify(minimum(H, W)) is W
    assert tall.decide(equal(maximum(H, W), H)) is Truth.ALWAYS
    assert tall.narrow(greater(W, H)).is_empty
    assert tall.without(greater_equal(H, W)).is_empty


def test_relations_are_chained():
    ordered = ANY.narrow(greater_equal(H, W)).narrow(greater(W, N))
    assert ordered.decide(greater(H, N)) is Truth.ALWAYS
    assert ordered.narrow(equal(H, N)).is_empty


def test_signs_of_products_are_known():
    assert ANY.decide(greater_equal(H * W, H)) is Truth.ALWAYS
    assert ANY.simplify(maximum(H * W, H)) is H * W
    assert ANY.bounds(H * W - H) == (0, None)


def test_an_equality_replaces_one_symbol_by_the_other():
    square = ANY.narrow(equal(H, W))
    assert square.decide(equal(ceil(H / 2), ceil(W / 2))) is Truth.ALWAYS
    assert square.decide(equal(H * W, H * H)) is Truth.ALWAYS
    assert square.narrow(divides(8, H)).set_of("W") == square.narrow(divides(8, H)).set_of("H")
    assert square.narrow(divides(2, H)).narrow(equal(W % 2, 1)).is_empty


def test_relations_are_projected_on_their_symbols():
    few = ANY.narrow(equal(ceil(H / 4) * ceil(W / 4), 36))
    assert few.set_of("H").max() == 144
    assert not few.set_of("H").contains(4 * 5)
    assert few.set_of("H").contains(4 * 6)
    below = ANY.narrow(less(H + 2 * W, 10))
    assert (below.set_of("H").max(), below.set_of("W").max()) == (7, 4)
    above = ANY.narrow(greater_equal(W, 32)).narrow(greater_equal(H, W))
    assert above.set_of("H").min() == 32


def test_alternatives_are_refuted_one_by_one():
    joined = ANY.narrow(any_of(equal(H, W), equal(H, 1), equal(W, 1)))
    left = joined.narrow(greater(H, 3)).narrow(unequal(W, 1))
    assert left.relations == (equal(H, W),)
    assert joined.narrow(all_of(greater(H, 3), greater(W, H))).is_empty
    assert joined.decide(any_of(equal(W, 1), equal(W, H), equal(H, 1))) is Truth.ALWAYS


def test_alternatives_restrict_what_they_share():
    domain = ANY.narrow(any_of(all_of(equal(H, 4), greater(W, 9)), all_of(equal(H, 7), greater(N, 2))))
    assert domain.set_of("H") == IntSet.of({4, 7})
    assert domain.set_of("W") == IntSet.at_least(1)


def test_emptiness_is_proven():
    assert ANY.narrow(FALSE).is_empty
    assert ANY.narrow(less(H, 1)).is_empty
    assert ANY.narrow(equal(H * W, 7)).narrow(all_of(unequal(H, 1), unequal(W, 1))).is_empty
    assert not ANY.narrow(equal(H * W, 6)).is_empty
    assert ANY.narrow(FALSE).witness() is None
    assert ANY.narrow(FALSE).decide(equal(H, 3)) is Truth.ALWAYS


def test_narrowing_by_nothing_changes_nothing():
    assert ANY.narrow(TRUE) is ANY
    assert ANY.narrow(greater_equal(H, 1)) == ANY


def test_fixed_symbols_leave_relations():
    assert ANY.narrow(equal(H * W, 36)).narrow(equal(H, 9)).set_of("W") == IntSet.of({4})
    assert ANY.narrow(greater_equal(H, W)).narrow(equal(H, 5)).relations == ()


def test_a_witness_is_square_where_that_is_meant_and_possible():
    near = {"N": 1, "H": 224, "W": 224}
    flattened = (H // 2 - 2) * (W // 2 - 2)
    found = ANY.narrow(equal(flattened, 144)).witness(near)
    assert found == {"N": 1, "H": 29, "W": 29}
    assert ANY.narrow(equal(flattened, 143)).witness(near) == {"N": 1, "H": 290, "W": 7}
    assert ANY.narrow(equal(flattened, 144)).witness(near | {"H": 292}) == {"N": 1, "H": 292, "W": 7}


def test_witnesses_are_near():
    assert ANY.narrow(divides(32, H)).witness({"N": 2, "H": 230, "W": 224}) == {"N": 2, "H": 224, "W": 224}
    assert ANY.witness(satisfying=equal(H, 77)) == {"N": 1, "H": 77, "W": 1}
    found = ANY.narrow(greater(H, W)).witness({"N": 1, "H": 224, "W": 224})
    assert found is not None
    assert found["H"] > found["W"]
    assert abs(found["H"] - 224) + abs(found["W"] - 224) == 1
    odd = ANY.narrow(equal(H, W)).witness({"N": 1, "H": 10, "W": 31}, unequal(H // 2 * 2, H))
    assert odd is not None
    assert odd["H"] == odd["W"]
    assert odd["H"] % 2 == 1


def test_sizes_outside_the_algebra_are_undecided_only_where_they_must_be():
    found = unbacked("u0")
    assert ANY.decide(equal(found, 3)) is Truth.UNKNOWN
    assert ANY.decide(equal(found + H, found + H)) is Truth.ALWAYS
    assert ANY.narrow(greater(found, 3)).decide(greater(found, 2)) is Truth.ALWAYS
    scaled = opaque("scaled", "mul_float_floor", (H, 0.7))
    assert ANY.decide(greater_equal(scaled, 0)) is Truth.ALWAYS
    assert ANY.decide(equal(scaled, 7)) is Truth.SOMETIMES
    assert ANY.narrow(equal(H, 10)).decide(equal(scaled, 7)) is Truth.ALWAYS


def test_simplify_stays_integer():
    even = ANY.narrow(divides(32, H))
    assert even.simplify(H // 32 * 32) is H
    assert even.simplify(H // 32 * 32 * W) is H * W
    assert even.simplify(H // 2) is H // 2
    assert even.simplify(maximum(H - 8, 0)) is H - 8
    assert ANY.narrow(equal(H, 7)).simplify(H * W) is 7 * W
    assert ANY.simplify(3) == 3


def test_opaque_sizes_come_back_into_the_algebra():
    even = ANY.narrow(divides(4, H)).narrow(divides(4, W))
    assert even.decide(equal((H * W) % 4, 0)) is Truth.ALWAYS
    assert even.decide(equal((H * W) // 4 * 4, H * W)) is Truth.ALWAYS


def test_reduce_drops_what_is_known():
    condition = any_of(equal(N, 0), all_of(equal(H // 7 * 7, H), greater_equal(W, 1)))
    assert ANY.reduce(condition) == divides(7, H)
    assert ANY.reduce(greater_equal(H, 1)) == TRUE
    assert ANY.reduce(less(H, 1)) == FALSE


def test_bounds():
    assert ANY.bounds(H // 2) == (0, None)
    assert ANY.narrow(less_equal(H, 9)).bounds(H * 2 + 1) == (3, 19)
    assert ANY.narrow(greater_equal(H, W)).bounds(H - W) == (0, None)


def test_branches_partition_the_domain():
    test = any_of(less(H, W), divides(3, N))
    one, other = ANY.narrow(test), ANY.without(test)
    for n in range(1, 7):
        for h in range(1, 7):
            for w in range(1, 7):
                sizes = {"N": n, "H": h, "W": w}
                assert one.contains(sizes) != other.contains(sizes)


def test_cases_are_resolved_by_the_domain():
    size = select(less(H, W), H, 2 * W)
    assert ANY.narrow(less(H, W)).simplify(size) is H
    assert ANY.narrow(greater_equal(H, W)).simplify(size) is 2 * W


def test_too_fine_sets_are_kept_apart():
    domain = ANY.narrow(divides(99991, H)).narrow(divides(99989, H))
    assert domain.contains({"N": 1, "H": 99991 * 99989, "W": 1})
    assert not domain.contains({"N": 1, "H": 99991, "W": 1})


def test_pickle_and_hash():
    domain = ANY.narrow(greater_equal(H, W))
    assert pickle.loads(pickle.dumps(domain)) == domain
    assert hash(pickle.loads(pickle.dumps(domain))) == hash(domain)
    assert Domain({"H": IntSet.at_least(1), "W": IntSet.at_least(2)}) == Domain(
        {"W": IntSet.at_least(2), "H": IntSet.at_least(1)}
    )


def test_the_predicate_of_a_domain():
    domain = ANY.narrow(divides(2, H)).narrow(greater(H, W))
    assert Domain().narrow(domain.predicate).set_of("H") == domain.set_of("H")


def test_alternatives_of_one_symbol_are_set_off_from_the_others():
    either = IntSet.of({1, 2}) | IntSet.residues(8, {0})
    domain = Domain({"H": either, "W": either})
    assert render_domain(domain) == "(H ≤ 2 or H % 8 = 0) and (W ≤ 2 or W % 8 = 0)"
    again = ANY.narrow(parse_condition(render_domain(domain, ascii=True)))
    assert {name: again.set_of(name) & IntSet.at_least(1) for name in "HW"} == {
        name: either & IntSet.at_least(1) for name in "HW"
    }
