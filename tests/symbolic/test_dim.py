import copy
import pickle
import subprocess
import sys
from fractions import Fraction

import pytest

from convlint.symbolic.arithmetic import divide_exactly
from convlint.symbolic.bounds import bounds
from convlint.symbolic.canonical import as_size, opaque, symbol, unbacked
from convlint.symbolic.cases import maximum, minimum, select
from convlint.symbolic.comparison import divides, greater_equal
from convlint.symbolic.dim import Dim, UnbackedError, evaluate, is_integer, symbols_of
from convlint.symbolic.intset import IntSet
from convlint.symbolic.rounding import ceil, floor, round_half_even
from convlint.symbolic.substitution import substitute

N, H, W, S = map(symbol, "NHWS")


def conv(size, kernel, stride, padding):
    return (size + 2 * padding - kernel) // stride + 1


def test_equal_functions_are_one_object():
    assert (H + 1) // 2 is ceil(H / 2)
    assert H // 2 * 2 + H % 2 is H
    assert H // 2 // 3 is H // 6
    assert (H + 1) * W is H * W + W
    assert (H - 1) * (W - 1) is H * W - H - W + 1
    assert maximum(H - 3, 2) is select(greater_equal(H, 5), H - 3, 2)


def test_constants_are_plain_ints():
    assert type(H - H) is int
    assert type(H // H) is int
    assert H - H == 0
    assert H % 1 == 0
    assert (H + 3) - H == 3
    assert N * H / (H * N) == 1
    assert as_size(Fraction(6, 3)) == 2


def test_rationals():
    half = H / 2
    assert not is_integer(half)
    assert half.evaluate({"H": 3}) == Fraction(3, 2)
    assert floor(half) is H // 2
    assert half + half is H
    assert as_size(Fraction(1, 2)) == (H + 1) / 2 - H / 2
    assert floor(as_size(Fraction(7, 2))) == 3


def test_five_strided_windows_are_one_ceiling():
    size = H
    for _ in range(5):
        size = conv(size, 3, 2, 1)
    assert size is ceil(H / 32)


def test_audio_strides_are_exact():
    size = symbol("T")
    for kernel, stride in ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2)):
        size = conv(size, kernel, stride, 0)
    assert size is (symbol("T") - 80) // 320
    assert conv(symbol("T"), 2560, 1280, 640) is (symbol("T") - 1280) // 1280 + 1


def test_python_two_float_idioms():
    assert floor(H * Fraction(1, 2)) is H // 2
    assert round_half_even(H / 2).evaluate({"H": 5}) == 2
    assert round_half_even(H / 2).evaluate({"H": 7}) == 4


def test_tensorflow_padding_needs_no_bound():
    pad = maximum((ceil(H / 2) - 1) * 2 + 3 - H, 0)
    assert [evaluate(pad, {"H": h}) for h in range(1, 6)] == [2, 1, 2, 1, 2]
    assert (H + pad - 3) // 2 + 1 is ceil(H / 2)


def test_exact_division_of_products():
    assert N * 64 * ceil(H / 4) * ceil(W / 4) / N is 64 * ceil(H / 4) * ceil(W / 4)
    assert (N * H * W + N * H) / (N * H) is W + 1
    assert (N * H + N * W) / (H + W) is N
    assert divide_exactly(H, 2 * (H // 2)) is None
    assert (H * H - 1) / (H + 1) is H - 1


def test_division_by_a_size_of_the_same_symbol_is_exact():
    stride = H // (H // 7)
    for h in range(7, 200):
        assert evaluate(stride, {"H": h}) == h // (h // 7)
        assert evaluate(224 // H, {"H": h}) == 224 // h
        assert evaluate(H % (H // 7), {"H": h}) == h % (h // 7)
    assert stride.single is not None


def test_two_axes_are_kept_apart():
    area = ceil(H / 1280) * ceil(W / 1279)
    assert area.evaluate({"H": 1281, "W": 1279}) == 2
    assert len(area.terms) == 1


def test_select_on_another_symbol_stays_in_the_algebra():
    size = select(divides(2, H), W, W + 1)
    assert not any(not isinstance(atom, str) for atom in size.atoms)
    assert [size.evaluate({"H": h, "W": 8}) for h in (3, 4)] == [9, 8]


def test_extremes_of_two_symbols_leave_the_algebra_but_evaluate():
    assert maximum(H, W) is maximum(W, H)
    assert maximum(H, W).evaluate({"H": 3, "W": 5}) == 5
    assert minimum(H, W).symbols == {"H", "W"}
    assert maximum(H + W, W) is H + W


def test_opaque_functions():
    scaled = opaque("scaled", "mul_float_floor", (H, 800 / 199))
    assert scaled.evaluate({"H": 199}) == 799
    assert scaled.is_integer
    assert opaque("root", "isqrt", (17,)) == 4
    assert opaque("scaled", "mul_float_floor", (H, 800 / 199)) is scaled
    assert (scaled + 1 - scaled) == 1
    with pytest.raises(KeyError):
        opaque("x", "no such function", (H,))


def test_a_ratio_of_sizes_floors_to_their_floor_division():
    assert floor(H / W) is H // W
    assert floor(3 * (H / W)) is (3 * H) // W


def test_data_dependent_sizes():
    found = unbacked("u0")
    assert found.unbacked == {"u0"}
    assert found.symbols == frozenset()
    assert (found + H).evaluate({"u0": 4, "H": 3}) == 7
    with pytest.raises(UnbackedError):
        found.evaluate({"H": 3})


def test_too_fine_a_modulus_leaves_the_algebra():
    size = H // 30011 + H // 30013
    assert size.evaluate({"H": 10**6}) == 10**6 // 30011 + 10**6 // 30013


def test_substitution():
    assert substitute(ceil(H / 2) * W, {"H": 2 * S, "W": S}) is S * S
    assert substitute(maximum(H, W), {"H": S + 1, "W": S}) is S + 1
    assert substitute(H // 2, {"H": 7}) == 3
    assert substitute(H // 2, {"H": N * W}).evaluate({"N": 3, "W": 3}) == 4


def test_bounds():
    assert bounds(H // 2 + 3) == (3, None)
    assert bounds(H % 7) == (0, 6)
    assert bounds(10 - H, {"H": IntSet.between(2, 5)}) == (5, 8)
    assert bounds(H * W, {"H": IntSet.between(2, 5), "W": IntSet.at_least(3)}) == (6, None)
    assert bounds((H - 5) * (H - 9)) == (-4, None)


def test_no_truth_value_and_no_order():
    with pytest.raises(TypeError):
        bool(H)
    with pytest.raises(TypeError):
        H < 3  # noqa: B015


def test_division_by_zero():
    with pytest.raises(ZeroDivisionError):
        H // 0
    with pytest.raises(ZeroDivisionError):
        H / 0


def test_copies_are_the_same_object():
    size = ceil(H / 4) * W + maximum(H, W) - 1
    assert copy.deepcopy(size) is size
    assert pickle.loads(pickle.dumps(size)) is size


def test_terms_have_one_order_in_every_process():
    program = (
        "from convlint.symbolic.canonical import symbol; from convlint.symbolic.cases import maximum;"
        "from convlint.symbolic.codec import size_to_json;"
        "N, H, W = map(symbol, 'NHW'); print(size_to_json(W * N + H // 2 * N + maximum(H, W) * N - H + 3))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(runs) == 1


def test_symbols():
    assert symbols_of(H * W // 3 + maximum(N, 2)) == {"H", "W", "N"}
    assert symbols_of(3) == frozenset()
    assert isinstance(symbol("H"), Dim)
