"""The geometry of maps that were interpolated or pooled to a size: exact where the step is one number for all sizes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from convlint.arithmetic.geometry import (
    Bounds,
    Geometry,
    position,
    through_drifting_sampling,
    through_sampling,
    without_field,
)
from convlint.arithmetic.sampling import (
    Sampling,
    area,
    cubic,
    half_pixel,
    linear,
    nearest,
    nearest_exact,
)
from convlint.graph.scale import meant, ratio
from convlint.symbolic.dim import Dim, Size

_KERNELS: Mapping[str, Callable[..., Sampling]] = {
    "linear": linear,
    "bilinear": linear,
    "trilinear": linear,
    "bicubic": cubic,
}
_NEAREST: Mapping[str, Callable[[Fraction], Sampling]] = {"nearest": nearest, "nearest-exact": nearest_exact}


@dataclass(frozen=True, slots=True)
class Resize:
    """How ``interpolate`` makes ``output`` cells of ``size`` on one axis.

    ``factor`` is the scale factor that it was given and uses; None where it goes by the sizes.
    """

    size: Size
    output: Size
    factor: Fraction | None
    mode: str
    align_corners: bool
    antialias: bool

    def exactly(self, step: Fraction) -> Sampling | None:
        """What units read whose distance is ``step`` cells; None for a mode that is not known."""
        if self.mode in _NEAREST:
            return _NEAREST[self.mode](step)
        if self.mode not in _KERNELS:
            return None
        # PyTorch's antialiasing takes the step of aligned corners, and half-pixel centres all the same.
        centre = Fraction(0) if self.align_corners and not self.antialias else None
        return _KERNELS[self.mode](step, centre=centre, antialias=self.antialias)

    @property
    def step(self) -> Fraction | None:
        """The distance of two units where it is one number for all sizes."""
        size, output = self.size, self.output
        if self.align_corners:
            if isinstance(size, int) and isinstance(output, int):
                return Fraction(size - 1, output - 1) if output > 1 else Fraction(0)
            return None
        if self.factor is not None:
            return 1 / self.factor
        if isinstance(size, int) and isinstance(output, int) and output > 0:
            return Fraction(size, output)
        return None

    @property
    def sampling(self) -> Sampling | None:
        """What units read where that is the same for all sizes."""
        return self.exactly(self.step) if self.step is not None else None


def resizes(parameters: Mapping[str, object], shape: Sequence[Size], output: Sequence[Size]) -> tuple[Resize, ...]:
    """One entry for each spatial axis of a call of ``interpolate``."""
    axes = len(shape) - 2
    factors = parameters.get("scale_factor") if not parameters.get("recompute_scale_factor") else None
    each_factor = tuple(factors) if isinstance(factors, tuple | list) else (factors,) * axes
    return tuple(
        Resize(
            size,
            made,
            _rational(factor),
            str(parameters.get("mode", "nearest")),
            bool(parameters.get("align_corners")),
            bool(parameters.get("antialias")),
        )
        for size, made, factor in zip(shape[2:], output[2:], each_factor, strict=False)
    )


def through_resize(geometry: Geometry, resize: Resize, bounds: Bounds) -> Geometry | None:
    """Through an interpolation; None where no jump is right for all sizes, not even nearly."""
    if resize.mode == "area":
        return through_area(geometry, resize.size, resize.output, bounds)
    if resize.step is not None:
        sampling = resize.sampling
        return through_sampling(geometry, sampling) if sampling is not None else None
    return _through_changing_step(geometry, resize, bounds)


def through_area(geometry: Geometry, size: Size, output: Size, bounds: Bounds) -> Geometry | None:
    """Through an adaptive pooling, or the interpolation of that kind; None where its windows vary with the size."""
    if size == output:
        return geometry
    if isinstance(size, int) and isinstance(output, int):
        return through_sampling(geometry, area(Fraction(size, output))) if output > 0 else None
    step = ratio(size, output)
    if step is None or _range(size - output * step, bounds) != (Fraction(0), Fraction(0)):
        return None
    return through_sampling(geometry, area(step))


def _through_changing_step(geometry: Geometry, resize: Resize, bounds: Bounds) -> Geometry | None:
    """The grid of the step that large sizes tend to, with a bound on how far the true one is from it."""
    step = ratio(resize.size, resize.output)
    if step is None or (resize.align_corners and resize.antialias):
        return None
    # A line between two lines is farthest from either at one of its ends.
    if resize.align_corners:
        start = -half_pixel(step)
        last_unit = half_pixel(step) + (resize.output - 1) * step
        ends = (start, start), _range(resize.size - 1 - last_unit, bounds)
    else:
        ends = (Fraction(0), Fraction(0)), _range(resize.size - resize.output * step, bounds)
    if ends[1] is None:
        return None
    off = max(abs(each) for end in ends if end is not None for each in end)
    sampling = replace(resize, align_corners=False).exactly(step)
    if sampling is None:
        return None
    if off == 0:
        return through_sampling(geometry, sampling)
    made = through_drifting_sampling(geometry, sampling, off)
    return without_field(made) if resize.antialias else made


def _range(value: Size | Fraction, bounds: Bounds) -> tuple[Fraction, Fraction] | None:
    place = position(value)
    if isinstance(place, Fraction):
        return place, place
    low, high = bounds(place)
    return (Fraction(low), Fraction(high)) if low is not None and high is not None else None


def _rational(factor: object) -> Fraction | None:
    if isinstance(factor, Dim):
        factor = factor.constant
    return meant(factor) if isinstance(factor, int | float | Fraction) and factor > 0 else None
