from convlint.symbolic.canonical import symbol
from convlint.symbolic.roots import isqrt, square_root
from convlint.symbolic.rounding import ceil

N, S, W = map(symbol, "NSW")


def test_tokens_of_a_square_image():
    side = ceil(S / 4)
    assert isqrt(side * side) is side
    assert square_root(4 * side**4) is 2 * side**2
    assert square_root(N * N * (W // 2) ** 2) is N * (W // 2)
    assert isqrt(49) == 7
    assert square_root(48) is None


def test_what_is_no_square_is_computed_point_by_point():
    assert square_root(S * S + 1) is None
    assert square_root(S) is None
    assert square_root((S - 3) ** 2) is None
    assert square_root(2 * S * S) is None
    assert [isqrt(S * S + 1).evaluate({"S": s}) for s in range(4)] == [1, 1, 2, 3]
    assert isqrt(S * W).evaluate({"S": 5, "W": 7}) == 5
