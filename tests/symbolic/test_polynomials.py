from itertools import pairwise
from random import Random

from convlint.symbolic.polynomials import affine_substitution, polynomial_at, sign_runs


def sign(n):
    return (n > 0) - (n < 0)


def test_sign_runs_are_exact_up_to_degree_six():
    random = Random(5)
    for _ in range(400):
        polynomial = (1,)
        for _ in range(random.randrange(7)):
            root, lead = random.randrange(-10, 60), random.choice((1, 1, 2, -3))
            shifted = [0, *[lead * c for c in polynomial]]
            polynomial = tuple(s - root * lead * c for s, c in zip(shifted, [*polynomial, 0], strict=True))
        polynomial = (polynomial[0] + random.randrange(-2, 3), *polynomial[1:])
        runs = sign_runs(polynomial) if polynomial != (0,) else ()
        for (start, value), (end, _) in pairwise([*runs, (120, 0)]):
            assert all(sign(polynomial_at(polynomial, n)) == value for n in range(start, end))


def test_sign_runs_of_constants():
    assert sign_runs(()) == ((0, 0),)
    assert sign_runs((-3,)) == ((0, -1),)


def test_far_sign_changes_are_found():
    assert sign_runs((-(10**30), 1)) == ((0, -1), (10**30, 0), (10**30 + 1, 1))


def test_substitution():
    assert affine_substitution((1, 2, 3), 5, 7) == (86, 224, 147)
