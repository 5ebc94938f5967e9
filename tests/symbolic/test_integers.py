from convlint.symbolic.integers import divisors, prime_factors


def test_divisors():
    assert divisors(36) == [1, 2, 3, 4, 6, 9, 12, 18, 36]
    assert prime_factors(1) == ()
    assert prime_factors(360) == (2, 3, 5)
