import pytest

from convlint.symbolic.canonical import opaque, symbol, unbacked
from convlint.symbolic.cases import maximum, minimum, select
from convlint.symbolic.comparison import divides, equal, greater, greater_equal, less, less_equal, negate, unequal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.domain import Domain
from convlint.symbolic.intset import ALL, EMPTY, IntSet
from convlint.symbolic.predicate import FALSE, TRUE
from convlint.symbolic.render import render, render_domain, render_predicate, render_set, render_shape
from convlint.symbolic.rounding import ceil

N, H, W, S = map(symbol, "NHWS")

SIZES = [
    (7, "7", "7"),
    (-H, "−H", "-H"),
    (ceil(H / 32), "⌈H/32⌉", "ceil(H/32)"),
    ((H - 1) // 2 + 1, "⌈H/2⌉", "ceil(H/2)"),
    (H // 2 * 2, "2⌊H/2⌋", "2*(H//2)"),
    ((H - 1) // 2 * 2 + 1, "2⌈H/2⌉−1", "2*ceil(H/2)-1"),
    (16 * ((H + 7) // 16) - 3, "16⌊(H+7)/16⌋−3", "16*((H+7)//16)-3"),
    (N * 64 * ceil(H / 4) * ceil(W / 4), "N·64·⌈H/4⌉·⌈W/4⌉", "N*64*ceil(H/4)*ceil(W/4)"),
    (N * (ceil(H / 16) * ceil(W / 16) + 1), "N·(⌈H/16⌉·⌈W/16⌉+1)", "N*(ceil(H/16)*ceil(W/16)+1)"),
    (ceil(S / 16) ** 2 + 1, "⌈S/16⌉²+1", "ceil(S/16)**2+1"),
    (ceil(S / 4) * (S // 2), "⌈S/4⌉·⌊S/2⌋", "ceil(S/4)*(S//2)"),
    ((H - 6) // 2 + 1, "⌊H/2⌋−2", "H//2-2"),
    (3 * H // 2, "⌊3H/2⌋", "(3*H)//2"),
    (H / 2, "H/2", "H/2"),
    ((H + 1) / 2, "(H+1)/2", "(H+1)/2"),
    (H % 32, "H%32", "H%32"),
    ((-H) % 32, "(−H)%32", "(-H)%32"),
    (H + H // 2 + H // 4, "H+⌊H/2⌋+⌊H/4⌋", "H+H//2+H//4"),
    (H // 15 * 4 - H // 2, "4⌊H/15⌋−⌊H/2⌋", "4*(H//15)-H//2"),
    (H // 2 + W // 2 - 3, "⌊H/2⌋+⌊W/2⌋−3", "H//2+W//2-3"),
    (H - W, "H−W", "H-W"),
    (3 - H, "3−H", "3-H"),
    (maximum(H - 3, 1), "max(H−3, 1)", "max(H-3, 1)"),
    (minimum(ceil(H / 2), 7), "min(⌈H/2⌉, 7)", "min(ceil(H/2), 7)"),
    (maximum(H, W), "max(H, W)", "max(H, W)"),
    (H * W // 4, "⌊(H·W)/4⌋", "(H*W)//4"),
    (select(less(H, 5), 2 * H, H + 9), "(2H if H < 5 else H+9)", "(2*H if H < 5 else H+9)"),
    (select(less(H, W), H, 2), "(H if W > H else 2)", "(H if W > H else 2)"),
    (opaque("scaled", "mul_float_floor", (H, 0.37)), "⌊0.37·H⌋", "floor(0.37*H)"),
    (unbacked("u0") + 1, "u0+1", "u0+1"),
    ((H - 5) // 1280, "⌊(H−5)/1280⌋", "(H-5)//1280"),
    (H // (H // 7), "(7 if H ≥ 49 else …)", None),
    (select(divides(3, H), H, 0), "[1, 0, 0][H%3]·H", None),
]


@pytest.mark.parametrize(("size", "text", "plain"), SIZES, ids=[text for _, text, _ in SIZES])
def test_sizes(size, text, plain):
    assert render(size) == text
    if plain is not None:
        assert render(size, ascii=True) == plain
        assert repr(size) == plain


def test_a_domain_simplifies():
    even = Domain.of(("H",)).narrow(divides(32, H))
    assert render(32 * (H // 32), domain=even) == "H"
    assert render(maximum(H - 32, 0), domain=even) == "H−32"


SETS = [
    (IntSet.at_least(32), "H ≥ 32", "H >= 32"),
    (IntSet.between(0, 31), "H ≤ 31", "H <= 31"),
    (IntSet.between(128, 143), "128 ≤ H ≤ 143", "128 <= H <= 143"),
    (IntSet.of({224}), "H = 224", "H == 224"),
    (IntSet.of({4, 9}), "H ∈ {4, 9}", "H in {4, 9}"),
    (~IntSet.of({3}), "H ≠ 3", "H != 3"),
    (IntSet.residues(32, {0}), "H % 32 = 0", "H % 32 == 0"),
    (~IntSet.residues(32, {0}), "H % 32 ≠ 0", "H % 32 != 0"),
    (IntSet.residues(32, {0, 29, 30, 31}), "H % 32 ∈ {0, 29, 30, 31}", "H % 32 in {0, 29, 30, 31}"),
    (IntSet.residues(64, range(32)), "H % 64 ≤ 31", "H % 64 <= 31"),
    (IntSet.residues(64, range(5, 32)), "5 ≤ H % 64 ≤ 31", "5 <= H % 64 <= 31"),
    (IntSet.residues(32, {0}) & IntSet.at_least(64), "H % 32 = 0 and H ≥ 64", "H % 32 == 0 and H >= 64"),
    (
        (IntSet.residues(32, {0}) & IntSet.at_least(64)) | IntSet.of({7}),
        "H = 7 or (H % 32 = 0 and H ≥ 64)",
        "H == 7 or (H % 32 == 0 and H >= 64)",
    ),
    (ALL, "H ≥ 0", "H >= 0"),
    (EMPTY, "no H", "False"),
]


@pytest.mark.parametrize(("allowed", "text", "plain"), SETS, ids=[text for _, text, _ in SETS])
def test_sets(allowed, text, plain):
    assert render_set("H", allowed) == text
    assert render_set("H", allowed, ascii=True) == plain


def test_what_goes_without_saying_is_not_said():
    assert render_set("H", IntSet.residues(32, {0}) & IntSet.at_least(1), least=1) == "H % 32 = 0"
    assert render_set("H", IntSet.at_least(1) - IntSet.of({4}), least=1) == "H ≠ 4"
    assert render_set("H", IntSet.between(1, 9), least=1) == "H ≤ 9"


PREDICATES = [
    (TRUE, "always", "True"),
    (FALSE, "never", "False"),
    (equal(H * W, 36), "H·W = 36", "H*W == 36"),
    (equal(ceil(H / 4) * ceil(W / 4), ceil(H / 2)), "⌈H/4⌉·⌈W/4⌉ = ⌈H/2⌉", "ceil(H/4)*ceil(W/4) == ceil(H/2)"),
    (greater(H, W), "H > W", "H > W"),
    (less_equal(H, W), "W ≥ H", "W >= H"),
    (less(H + W, 10), "H+W ≤ 9", "H+W <= 9"),
    (unequal(H, W), "H ≠ W", "H != W"),
    (any_of(equal(H, W), equal(H, 1)), "H = W or H = 1", "H == W or H == 1"),
    (
        any_of(all_of(equal(H, W), divides(2, N)), equal(H, 1)),
        "(H = W and N % 2 = 0) or H = 1",
        "(H == W and N % 2 == 0) or H == 1",
    ),
    (
        all_of(any_of(equal(H, W), equal(H, 1)), divides(2, N)),
        "(H = W or H = 1) and N % 2 = 0",
        "(H == W or H == 1) and N % 2 == 0",
    ),
    (negate(equal(H // 16, 7)), "H ≤ 111 or H ≥ 128", "H <= 111 or H >= 128"),
]


@pytest.mark.parametrize(("predicate", "text", "plain"), PREDICATES, ids=[text for _, text, _ in PREDICATES])
def test_predicates(predicate, text, plain):
    assert render_predicate(predicate) == text
    assert render_predicate(predicate, ascii=True) == plain
    assert repr(predicate) == plain


def test_domains():
    domain = Domain.of(("N", "H", "W"))
    assert render_domain(domain) == "any size"
    assert render_domain(domain.narrow(divides(32, H))) == "H % 32 = 0"
    assert render_domain(domain.narrow(divides(32, H)).narrow(greater_equal(H, W))) == "H % 32 = 0 and H ≥ W"
    assert render_domain(domain.narrow(FALSE)) == "no size"
    assert repr(domain.narrow(less(H, 5))) == "Domain(H <= 4)"


def test_a_shape_has_its_sums_in_brackets():
    shape = (N, 64, H // 2, 2 * (H // 2) - 1)
    assert render_shape(shape) == "N×64×⌊H/2⌋×(2⌊H/2⌋−1)"
    assert render_shape(shape, ascii=True) == "Nx64xH//2x(2*(H//2)-1)"
    assert render_shape((H + 1,)) == "H+1"
