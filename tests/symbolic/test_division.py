from convlint.symbolic.canonical import symbol
from convlint.symbolic.comparison import divides, equal, unequal
from convlint.symbolic.division import quotient
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import FALSE, TRUE
from convlint.symbolic.rounding import ceil

N, H, W = map(symbol, "NHW")
ANY = Domain.of(("N", "H", "W"))


def test_flattening_divides_exactly():
    assert quotient(N * 256 * ceil(H / 4) * ceil(W / 4), N, ANY) == (256 * ceil(H / 4) * ceil(W / 4), TRUE)
    assert quotient(N * H * W, N * H, ANY) == (W, TRUE)
    assert quotient(12, 4, ANY) == (3, TRUE)


def test_what_does_not_divide():
    assert quotient(12, 5, ANY)[1] == FALSE
    assert quotient(2 * H + 1, 2, ANY)[1] == FALSE
    assert quotient(H, 0, ANY)[1] == FALSE


def test_a_condition_on_the_size():
    assert quotient(H, 32, ANY) == (H // 32, divides(32, H))
    even = ANY.narrow(divides(32, H))
    assert quotient(H, 32, even) == (H // 32, TRUE)


def test_windows_of_a_narrowed_domain():
    domain = ANY.narrow(divides(7, H)).narrow(divides(7, W))
    size, exact = quotient(N * H * W * 96, (H // 7) * (W // 7) * 49, domain)
    assert (size, exact) == (96 * N, TRUE)


def test_several_symbols():
    size, exact = quotient(N * H * W, 49 * N, ANY)
    assert exact.evaluate({"N": 1, "H": 7, "W": 14})
    assert not exact.evaluate({"N": 1, "H": 7, "W": 13})
    assert size.evaluate({"N": 3, "H": 7, "W": 14}) == 2
    size, exact = quotient(N * H, W, ANY)
    assert exact.evaluate({"N": 4, "H": 3, "W": 6})
    assert not exact.evaluate({"N": 4, "H": 3, "W": 5})


def test_a_divisor_that_may_be_zero():
    assert quotient(N * (H // 2), H // 2, ANY) == (N, unequal(H // 2, 0))
    assert quotient(N * (H - 3), H - 3, ANY) == (N, unequal(H, 3))


def test_heads():
    channels = 64 * ceil(H / 4)
    assert quotient(N * channels, 8 * N, ANY) == (8 * ceil(H / 4), TRUE)
    assert equal(8 * quotient(N * channels, 8 * N, ANY)[0], channels) == TRUE
