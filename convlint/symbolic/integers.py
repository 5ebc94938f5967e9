"""The factors of integers."""

from functools import lru_cache


@lru_cache(maxsize=4096)
def prime_factors(n: int) -> tuple[int, ...]:
    """The distinct primes that divide `n >= 1`, smallest first."""
    primes: list[int] = []
    p = 2
    while p * p <= n:
        if n % p == 0:
            primes.append(p)
            while n % p == 0:
                n //= p
        p += 1
    if n > 1:
        primes.append(n)
    return tuple(primes)


def divisors(n: int) -> list[int]:
    """The positive divisors of `n >= 1`, smallest first."""
    found = [1]
    for p in prime_factors(n):
        power, multiples = 1, list(found)
        while n % (power * p) == 0:
            power *= p
            multiples += [d * power for d in found]
        found = multiples
    return sorted(found)
