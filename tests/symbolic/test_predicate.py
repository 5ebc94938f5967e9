from convlint.symbolic.canonical import symbol
from convlint.symbolic.cases import maximum, select
from convlint.symbolic.comparison import divides, equal, greater, greater_equal, less, less_equal, negate, unequal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.intset import IntSet
from convlint.symbolic.predicate import FALSE, TRUE, AllOf, AnyOf, Relation, Within
from convlint.symbolic.rounding import ceil
from convlint.symbolic.substitution import substituted

N, H, W = map(symbol, "NHW")


def test_one_symbol_is_one_set():
    condition = all_of(less_equal(32, H), any_of(divides(32, H), equal(H, 77)), unequal(H, 64))
    assert condition == Within("H", (IntSet.residues(32, {0}) & IntSet.at_least(96)) | IntSet.of({32, 77}))


def test_constants_are_decided():
    assert equal(3, 3) == TRUE
    assert less(3, 3) == FALSE
    assert equal(H, H) == TRUE
    assert less(H, H + 1) == TRUE
    assert equal(H / 2 + H / 2, H) == TRUE
    assert equal(2 * H, 2 * W + 1).evaluate({"H": 1, "W": 0}) is False


def test_an_encoder_and_its_decoder_agree_on_multiples():
    size = H
    for _ in range(5):
        size = (size + 2 - 3) // 2 + 1
    for _ in range(5):
        size = 2 * size
    assert equal(size, H) == Within("H", IntSet.residues(32, {0}))


def test_products_are_equal_axis_by_axis():
    windows = equal(N * H * W, N * (H // 7 * 7) * (W // 7 * 7))
    multiple = IntSet.residues(7, {0})
    assert windows == any_of(
        all_of(Within("H", multiple), Within("W", multiple)), equal(H, 0), equal(W, 0), equal(N, 0)
    )


def test_a_product_is_zero_where_a_factor_is():
    assert equal(H * W - H, 0) == any_of(equal(H, 0), equal(W, 1))
    assert equal(H * W - H - W + 1, 0) == any_of(equal(H, 1), equal(W, 1))


def test_signs_of_products():
    assert greater_equal(H * W, 0) == TRUE
    assert greater(H * W, 0) == all_of(greater(H, 0), greater(W, 0))
    assert greater_equal(H * W, H) == any_of(equal(H, 0), greater_equal(W, 1))


def test_relations_of_integers_have_one_form():
    assert greater(H, W) == greater_equal(H, W + 1)
    assert negate(greater(H, W)) == greater_equal(W, H)
    assert equal(2 * H, 2 * W) == equal(H, W) == equal(W, H)
    assert isinstance(equal(H, W), Relation)


def test_negation_is_an_involution():
    for condition in (
        equal(H, W),
        less(H, W),
        any_of(equal(H, W), all_of(equal(H, 1), greater(W, 3))),
        Within("H", IntSet.of({3})),
        TRUE,
        equal(H / 2, W / 3),
        less(H / 2, W / 3),
    ):
        assert negate(negate(condition)) == condition
        assert all_of(condition, negate(condition)) == FALSE or isinstance(condition, AnyOf)


def test_combinations():
    assert all_of() == TRUE
    assert any_of() == FALSE
    assert all_of(TRUE, equal(H, 3)) == equal(H, 3)
    assert any_of(TRUE, equal(H, W)) == TRUE
    assert all_of(equal(H, W), unequal(H, W)) == FALSE
    assert any_of(equal(H, W), unequal(H, W)) == TRUE
    assert all_of(equal(H, W), equal(H, W)) == equal(H, W)
    assert isinstance(all_of(equal(H, W), divides(2, H)), AllOf)


def test_alternatives_that_differ_in_one_set_are_joined():
    one = all_of(equal(W, 1), divides(2, H))
    other = all_of(equal(W, 1), equal(H % 2, 1))
    assert any_of(one, other) == equal(W, 1)
    assert any_of(equal(W, 1), one) == equal(W, 1)


def test_both_sides_of_a_branch_are_no_condition():
    one = all_of(greater(H, W), divides(2, N))
    other = all_of(less_equal(H, W), divides(2, N))
    assert any_of(one, other) == divides(2, N)


def test_alternatives_say_no_more_than_they_must():
    positive = all_of(greater_equal(H, 1), greater_equal(W, 1))
    refused = all_of(equal(H % 8, 7), equal(W % 8, 7))
    boxes = [all_of(positive, equal(H % 8, h), equal(W % 8, w)) for h in range(8) for w in range(8) if h * w != 49]
    assert any_of(*boxes) == any_of(all_of(positive, unequal(H % 8, 7)), all_of(positive, unequal(W % 8, 7)))
    assert all_of(any_of(*boxes), refused) != FALSE
    assert not all_of(any_of(*boxes), refused).evaluate({"H": 7, "W": 7})


def test_many_branches_join_quickly():
    boxes = [
        all_of(equal(H % 8, h), equal(W % 8, w), greater(H, W) if up else less_equal(H, W))
        for h in range(8)
        for w in range(8)
        for up in (True, False)
    ]
    assert any_of(*boxes) == TRUE
    assert any_of(*boxes[:-2]) == any_of(unequal(H % 8, 7), unequal(W % 8, 7))


def test_broadcasting():
    joined = any_of(equal(H, W), equal(H, 1), equal(W, 1))
    assert joined.evaluate({"H": 5, "W": 5})
    assert joined.evaluate({"H": 1, "W": 5})
    assert not joined.evaluate({"H": 2, "W": 5})
    assert joined.symbols == {"H", "W"}


def test_select_by_any_predicate():
    for condition in (equal(H, W), less(H, W), any_of(equal(H, W), equal(H, 1)), all_of(less(H, W), divides(2, W))):
        size = select(condition, H + 10, W)
        for h in range(5):
            for w in range(5):
                sizes = {"H": h, "W": w}
                assert size.evaluate(sizes) == (h + 10 if condition.evaluate(sizes) else w)


def test_substitution():
    assert substituted(equal(H, W), {"W": H}) == TRUE
    assert substituted(divides(4, H), {"H": 2 * W}) == divides(2, W)
    assert substituted(divides(4, H), {"H": 8}) == TRUE


def test_extremes_compare():
    assert greater_equal(maximum(H, W), 0) == TRUE
    assert greater_equal(maximum(ceil(H / 2), 1), 1) == TRUE
