"""CL201, CL202 and CL301 together: which stride an up-sampling is to undo, and one finding for one cause."""

import linecache
import re
from dataclasses import dataclass

import pytest
import torch

from convlint.diagnostics import Severity
from convlint.trace.origin import recording_constructors
from tests.rules.decoders import autoencoders, pyramids, signals, strides, unets

SPEAKING = {"non-invertible-stride", "reconstruction-size", "skip-size-mismatch", "shape-error"}
IMAGE = ("N 3 H W",)
GRAY = ("N 1 H W",)


@dataclass(frozen=True)
class Case:
    """A model, its inputs, the sizes that are declared; and what has to be said, nothing where ``rule`` is empty.

    ``line`` is in the source line at which the finding stands, ``says`` in its message, ``names`` each in one of its
    related locations or notes, and ``helps`` each in one of its helps.
    """

    name: str
    make: object
    inputs: tuple[str, ...] = IMAGE
    where: tuple[str, ...] = ()
    rule: str = ""
    line: str = ""
    says: str = ""
    names: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING

    def __str__(self) -> str:
        return f"{self.name} {' '.join(self.where)}".strip()


def even(number: int, symbols: str = "HW") -> tuple[str, ...]:
    return tuple(f"{symbol} % {number} == 0" for symbol in symbols)


def from_size(number: int, symbols: str = "HW") -> tuple[str, ...]:
    return tuple(f"{symbol} >= {number}" for symbol in symbols)


SILENT = [
    Case("U-Net at its sizes", unets.UNet, where=even(8)),
    Case("U-Net that pads to the skip", unets.UNetPad),
    Case("U-Net that crops the skip", unets.UNetCrop),
    Case("U-Net that resizes to the skip", unets.UNetInterpolate),
    Case("U-Net that asks for the output size", unets.UNetOutputSize),
    Case("WaveNet", signals.WaveNet, ("N 1 T",)),
    Case("autoencoder, k=3 with output padding", lambda: autoencoders.AutoEncoder(3, 2, 1, 1), GRAY, even(4)),
    Case("autoencoder, k=3 at 4q+1", lambda: autoencoders.AutoEncoder(3, 2, 1, 0), GRAY, ("H % 4 == 1", "W % 4 == 1")),
    Case("autoencoder, k=3 at 28", lambda: autoencoders.AutoEncoder(3, 2, 1, 1), ("N 1 28 28",)),
    Case("autoencoder, stride 3", lambda: autoencoders.AutoEncoder(3, 3, 0, 0), GRAY, even(9)),
    Case("autoencoder, k=5 and stride 3", lambda: autoencoders.AutoEncoder(5, 3, 1, 0), GRAY, even(9)),
    Case("VAE", autoencoders.VAE, GRAY),
    Case("VAE at 28", autoencoders.VAE, ("N 1 28 28",)),
    Case("DCGAN's generator", autoencoders.DCGAN, ("N 100 1 1",)),
    Case("DCGAN's generator at any size", autoencoders.DCGAN, ("N 100 H W",)),
    Case("FCN that resizes to the input", pyramids.FCN),
    Case("FCN at its sizes", pyramids.FCNx8, where=even(8)),
    Case("FCN with a transposed convolution at its sizes", pyramids.FCNTransposed, where=even(8)),
    Case("super-resolution", autoencoders.SuperResolution),
    Case("LinkNet at its sizes", lambda: unets.LinkNet(1), where=even(8)),
    Case("SegNet with output sizes", lambda: autoencoders.SegNet(sized=True)),
    Case("two encoders at their sizes", pyramids.TwoEncoders, (*IMAGE, "N 1 H W"), even(2)),
    Case("ViT decoder at 224", autoencoders.ViTDecoder, ("N 3 224 224",)),
    Case("masked autoencoder at its sizes", autoencoders.MAE, where=even(16)),
    Case("a kernel with its padding", lambda: strides.UnpaddedTransposed(1), where=even(2)),
]

SPOKEN = [
    Case(
        "U-Net", unets.UNet, rule="skip-size-mismatch", line="torch.cat([skip, x]",
        says="unless H % 8 = 0 and W % 8 = 0",
        names=("at `up2`: ⌊H/2⌋ against 2⌊H/4⌋", "at `up3`: H against 2⌊H/2⌋", "`down3.0` maps 2 sizes to one"),
        helps=("call `up1.up` with `output_size=skip.shape[2:]`", "pad the input to a multiple of 8"),
    ),
    Case(
        "U-Net", unets.UNet, where=from_size(32), severity=Severity.ERROR, rule="skip-size-mismatch",
        line="torch.cat([skip, x]", names=("at `up2`: ⌊H/2⌋ against 2⌊H/4⌋", "at `up3`: H against 2⌊H/2⌋"),
    ),
    Case(
        "U-Net at 500", unets.UNet, ("N 3 500 500",), severity=Severity.ERROR, where=("N >= 1",),
        rule="non-invertible-stride", line="nn.ConvTranspose2d(i, i // 2",
        says="`up1.up` cannot undo `down3.0`: 125 cells come back as 124",
        names=("so `cat` cannot join 125 and 124",), helps=("`output_padding=1` gives back the size",),
    ),
    Case(
        "U-Net with up-sampling", unets.UNetUpsample, where=from_size(32), severity=Severity.ERROR,
        rule="skip-size-mismatch", line="torch.cat([x, conv2]", names=("so does `cat`: 2⌊H/2⌋ against H",),
        helps=("pad the input to a multiple of 4",),
    ),
    Case(
        "ResUNet", unets.ResUNet, where=from_size(16), severity=Severity.ERROR, rule="skip-size-mismatch",
        line="torch.cat([self.upsample1(x3), x2]", names=("so does `cat`: 2⌈H/2⌉ against H", "maps 2 sizes to one"),
    ),
    Case(
        "UNet++", unets.NestedUNet, where=from_size(16), severity=Severity.ERROR, rule="skip-size-mismatch",
        line="torch.cat([x0_0, self.up(x1_0)]", names=("so does `cat`: ⌊H/2⌋ against 2⌊H/4⌋",),
        helps=("pad the input to a multiple of 4",),
    ),
    Case(
        "V-Net", unets.VNet, ("N 1 D H W",), from_size(16, "DHW"), severity=Severity.ERROR, rule="skip-size-mismatch",
        line="self.conv2(torch.cat", says="unless D % 4 = 0", names=("so does `cat`: 2⌊D/2⌋ against D",),
    ),
    Case(
        "Wave-U-Net", signals.WaveUNet, ("N 1 T",), rule="skip-size-mismatch", line="torch.cat([y, b]",
        says="unless T % 4 = 0", names=("so does `cat`: 2⌈T/2⌉ against T",),
        helps=("pad the input to a multiple of 4",),
    ),
    Case(
        "Demucs, trimmed", signals.Demucs, ("N 1 T",), rule="non-invertible-stride", line="nn.ConvTranspose1d",
        says="`decoder.0.1` cannot undo `encoder.1.0` for T % 16",
        names=("the output is not the size of the input",),
    ),
    Case(
        "Demucs", lambda: signals.Demucs(trim=False), ("N 1 T",), rule="skip-size-mismatch", line="x = x + skip",
        says="unless T % 16 ∈ {4, 5, 6, 7}", names=("the output is not the size of the input unless T % 16 = 4",),
    ),
    Case(
        "autoencoder", lambda: autoencoders.AutoEncoder(3, 2, 1, 0), GRAY, rule="non-invertible-stride",
        line="nn.ConvTranspose2d(16, 8", says="112 cells come back as 111 at H = 224",
        names=("nor does `decoder.2` undo `encoder.0`", "the output is not the size of the input unless H % 4 = 1"),
        helps=(
            "`output_padding=1` on `decoder.0` and `decoder.2` the sizes come back for H % 4 = 0 and W % 4 = 0",
            "take it out of its `nn.Sequential`, which hands on the map alone, and call it with `output_size=",
        ),
    ),
    Case(
        "autoencoder, stride 3", lambda: autoencoders.AutoEncoder(3, 3, 0, 0), GRAY, rule="non-invertible-stride",
        line="nn.ConvTranspose2d(16, 8", helps=("pad the input to a multiple of 9",),
    ),
    Case(
        "VAE one short at 28", autoencoders.VAEWrong, ("N 1 28 28",), severity=Severity.ERROR,
        rule="non-invertible-stride", line="nn.ConvTranspose2d(8, 1", says="28 cells come back as 27",
        names=("the output is not the size of the input",), helps=("`output_padding=1` gives back the size",),
    ),
    Case(
        "FCN with one up-sampling", pyramids.FCNx8, rule="non-invertible-stride", line="nn.Upsample(scale_factor=8",
        says="the strides from `backbone.0` on for H % 8 ≠ 0", helps=("pad the input to a multiple of 8",),
    ),
    Case(
        "FCN with one transposed convolution", pyramids.FCNTransposed, rule="non-invertible-stride",
        line="nn.ConvTranspose2d(21, 21", says="223 cells come back as 224", helps=("crop the map",),
    ),
    Case(
        "FPN", pyramids.FPN, where=from_size(16), severity=Severity.ERROR, rule="skip-size-mismatch",
        line="self.l2(c2) +",
        names=("so does `add`: ⌈H/2⌉ against 2⌈H/4⌉", "`c3` maps 2 sizes to one"),
    ),
    Case(
        "HRNet", pyramids.HRNet, where=from_size(16), severity=Severity.ERROR, rule="skip-size-mismatch",
        line="high + self.low_to_high(low)", says="H % 4 ∈ {0, 3}", names=("`down` maps 2 sizes to one",),
    ),
    Case(
        "hourglasses", pyramids.StackedHourglass, where=from_size(64), severity=Severity.ERROR,
        rule="skip-size-mismatch", line="up1 + self.up2(low)", says="H % 16 ∈ {0, 15}",
        names=("at `hgs.0.low2`", "at `hgs.0`:"),
    ),
    Case(
        "LinkNet", lambda: unets.LinkNet(1), rule="skip-size-mismatch", line="self.d3(e3) + e2", says="H % 8 ∈ {0, 7}",
        names=("so does `add`", "the output is not the size of the input unless H % 8 = 0 and W % 8 = 0"),
    ),
    Case(
        "LinkNet without output padding", lambda: unets.LinkNet(0), rule="skip-size-mismatch", line="self.d3(e3) + e2",
        helps=("`output_padding=1` on `d3.deconv`, `d2.deconv` and `d1.deconv` the sizes come back for H % 8 = 0",),
    ),
    Case(
        "LinkNet without output padding", lambda: unets.LinkNet(0), where=even(8), severity=Severity.ERROR,
        rule="non-invertible-stride", line="self.deconv = nn.ConvTranspose2d", says="56 cells come back as 55",
        names=("so `add` cannot join 55 and 56",), helps=("`output_padding=1` gives back the size",),
    ),
    Case(
        "SegNet", autoencoders.SegNet, rule="shape-error", line="nn.MaxUnpool2d", names=("`pool` maps 2 sizes to one",),
        helps=("call the `unpool` before it with `output_size=`",),
    ),
    Case(
        "two encoders", pyramids.TwoEncoders, (*IMAGE, "N 1 H W"), rule="skip-size-mismatch",
        line="self.rgb(image) + self.depth(depth)",
    ),
    Case(
        "siamese", unets.Siamese, IMAGE * 2, rule="skip-size-mismatch", line="torch.cat([y, torch.abs(a1 - a2)]",
        names=("`pool` maps 2 sizes to one",),
    ),
    Case(
        "masked autoencoder", autoencoders.MAE, rule="reconstruction-size", line="torch.einsum",
        says="unless H % 16 = 0 and W % 16 = 0",
    ),
    Case(
        "ViT decoder", autoencoders.ViTDecoder, rule="non-invertible-stride", line="nn.ConvTranspose2d(c, 3, p, p)",
        says="cannot undo `patch` for H % 16 ≠ 0", names=("`patch` maps 16 sizes to one",),
    ),
    Case(
        "a pool that nothing undoes", strides.Unrelated, rule="non-invertible-stride", line="nn.ConvTranspose2d(8, 3",
        says="cannot undo `down` for H % 2 = 1", names=("the output is not the size of the input unless H % 2 = 0",),
    ),
    Case(
        "pixel shuffle", strides.PixelShuffled, rule="skip-size-mismatch", line="x + self.shuffle",
        names=("`down` maps 2 sizes to one",), helps=("pad the input to a multiple of 2",),
    ),
    Case(
        "a kernel without its padding", strides.UnpaddedTransposed, where=even(2), severity=Severity.ERROR,
        rule="non-invertible-stride", line="nn.ConvTranspose2d(3, 3, 4, 2", says="224 cells come back as 226",
        helps=("`padding=1` with `output_padding=0` gives back the size",),
    ),
    Case(
        "a pool that drops the last cell", strides.CeilPool, where=("H % 2 == 1", "W % 2 == 1"),
        severity=Severity.ERROR, rule="skip-size-mismatch", line="torch.cat([x, self.up",
        helps=("`ceil_mode=True` on `pool` comes back",),
    ),
]


@pytest.fixture
def spoken(lint):
    """The errors and warnings about sizes that do not come back."""

    def run(case: Case):
        with recording_constructors():
            model = case.make()
        found = lint(model, *case.inputs, where=case.where)
        return [each for each in found if each.name in SPEAKING and each.severity > Severity.INFO]

    return run


@pytest.mark.parametrize("case", SILENT, ids=str)
def test_what_comes_back_is_silent(spoken, case):
    assert [f"{each.name}: {each.message}" for each in spoken(case)] == []


@pytest.mark.parametrize("case", SPOKEN, ids=str)
def test_one_cause_is_one_finding(spoken, case):
    (finding,) = spoken(case)
    assert finding.name == case.rule
    assert finding.severity == case.severity
    assert case.line in linecache.getline(finding.span.path, finding.span.line)
    assert case.says in finding.message
    for part in case.names:
        assert any(part in text for text in (*finding.notes, *(each.message for each in finding.related))), part
    for part in case.helps:
        assert any(part in text for text in finding.help), part


@pytest.mark.parametrize("case", SPOKEN, ids=str)
def test_pytorch_agrees_at_the_witness(spoken, case):
    (finding,) = spoken(case)
    sizes = dict(finding.witness)
    shapes = [[sizes.get(size) or int(size) for size in shape.split()] for shape in case.inputs]
    inputs = [torch.empty(shape, device="meta") for shape in shapes]
    with torch.device("meta"):
        model = case.make().eval()
    if finding.raises:
        with pytest.raises(RuntimeError):
            model(*inputs)
    else:
        output = model(*inputs)
        output = output[0] if isinstance(output, tuple) else output
        assert output.shape[2:] != inputs[0].shape[2:]


def test_two_causes_are_two_findings(spoken):
    case = Case("", strides.TwoDecoders, ("N 3 H W", "N 3 S S"), (*from_size(16), "S >= 16"))
    findings = spoken(case)
    assert [each.severity for each in findings] == [Severity.ERROR] * 2
    assert len({each.span.line for each in findings}) == 2


def test_each_layer_that_a_number_mends_is_a_finding_of_its_own(spoken):
    case = Case("", lambda: autoencoders.AutoEncoder(3, 2, 1, 0), ("N 1 28 28",))
    findings = spoken(case)
    assert [re.findall("[0-9]+ cells come back as [0-9]+", each.message) for each in findings] == [
        ["14 cells come back as 13"],
        ["28 cells come back as 27"],
    ]
    assert all(each.help == ("`output_padding=1` gives back the size",) for each in findings)


def test_no_output_size_is_proposed_where_a_sequential_calls(spoken):
    class Skipping(autoencoders.AutoEncoder):
        def forward(self, x):
            return torch.cat([x, super().forward(x)], 1)

    (finding,) = spoken(Case("", Skipping, GRAY))
    assert finding.name == "skip-size-mismatch"
    assert not any("output_size" in text for text in finding.help)


def test_the_ceil_mode_that_is_proposed_comes_back(spoken):
    case = Case("", lambda: strides.CeilPool(ceil_mode=True), where=("H % 2 == 1", "W % 2 == 1"))
    assert spoken(case) == []
