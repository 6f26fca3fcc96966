"""A quantised network from full-precision weights, without training.

Models:     layer by layer: weights cut where their codes lose least, per filter; batch norm
            estimated anew, so that mean and deviation of each channel's sums on some images are
            those of full precision; activations cut where their codes lose least.
Leaves out: anything that learns: few bits of weights cost much accuracy (training.py).
Source:     codes: DoReFa-Net, arXiv:1606.06160, section 2; all cuts are searched, none is tuned.
Checked by: tests/scenarios/test_quantised_estimating.py
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from scenarios.networks import reference
from scenarios.networks.images import Pixels
from scenarios.networks.layers import Conv2D, Dense, MaxPool, Network
from scenarios.networks.quantised.folding import Reals
from scenarios.networks.quantised.parameters import Parameters
from scenarios.networks.quantised.stages import Stage
from scenarios.networks.reference import Floats
from scenarios.networks.weights import Affine
from scenarios.scenario import Advance, untold

CUTS = np.linspace(0.1, 1.0, 19)
"""Where a cut is looked for, as shares of the largest number."""

SAMPLE = 50_000
"""Numbers of an activation that a cut is chosen on; estimate: more change no code."""


def shares(kernel: npt.NDArray[np.floating], bits: int) -> Reals:
    """Return weights as -1 to 1, cut where codes of so many bits lose least in each filter."""
    flat = np.asarray(kernel, np.float64).reshape(-1, kernel.shape[-1])
    largest = np.abs(flat).max(axis=0)
    largest[largest == 0] = 1.0
    if bits == 1:
        return np.asarray(kernel / largest, np.float64)
    levels, unit = 2**bits - 1, flat / largest
    lost = np.stack([_lost(unit, cut, levels) for cut in CUTS])
    best = CUTS[lost.argmin(axis=0)]
    return np.asarray(np.clip(unit / best, -1.0, 1.0).reshape(kernel.shape))


def _lost(unit: Reals, cut: float, levels: int) -> Reals:
    cut_off = np.clip(unit / cut, -1.0, 1.0)
    coded = np.rint((cut_off + 1) / 2 * levels) / levels * 2 - 1
    return np.asarray(np.square(coded * cut - unit).sum(axis=0))


def codes_of(share: Reals, bits: int) -> npt.NDArray[np.uint8]:
    """Return the codes of weights from -1 to 1."""
    return np.asarray(np.rint((share + 1) / 2 * (2**bits - 1)), np.uint8)


def shares_of(
    network: Network, stages: tuple[Stage, ...], affine: Mapping[str, Affine]
) -> dict[str, Reals]:
    """Return full-precision weights as -1 to 1, by layer name; the first layer's are of pixels."""
    kernels = {stage.name: affine[stage.name].weights for stage in stages}
    first = stages[0]
    kernels[first.name] = _on_pixels(network, first, kernels[first.name])
    return {stage.name: shares(kernels[stage.name], stage.weight_bits) for stage in stages}


def estimated(
    network: Network,
    stages: tuple[Stage, ...],
    affine: Mapping[str, Affine],
    pixels: Pixels,
    advance: Advance = untold,
) -> dict[str, Parameters]:
    """Return parameters by layer from full-precision weights; `pixels` need no labels."""
    floats, codes = reference.scale(network, pixels), pixels.astype(np.float32)
    begun, found = shares_of(network, stages, affine), {}
    for at, stage in enumerate(stages):
        advance(at, len(stages), "batch norm estimated")
        held = affine[stage.name]
        wanted = _sums(stage, held, floats)
        coded = codes_of(begun[stage.name], stage.weight_bits)
        steps = 2 * coded.astype(np.float32) - stage.weight_levels
        sums = _sums(stage, Affine(steps, np.zeros_like(held.biases)), codes)
        scale, offset = _matched(wanted, sums, is_last=not stage.output_bits)
        if stage.output_bits:
            floats = _pooled(stage, np.maximum(wanted, 0))
            cut = _cut(floats, stage.output_levels)
            scale, offset = scale / cut, offset / cut
            levels = np.clip(sums * scale + offset, 0.0, 1.0) * stage.output_levels
            codes = _pooled(stage, np.rint(levels).astype(np.float32))
        found[stage.name] = Parameters(coded, scale, offset)
    return found


def _on_pixels(network: Network, stage: Stage, kernel: Floats) -> Floats:
    """Return weights on pixels themselves; a mean of the colours is left to the offset."""
    each = np.array(network.deviation, np.float32)
    if isinstance(stage.layer, Dense):
        each = np.tile(each, network.inputs.elements // len(each))
    return np.asarray(kernel / each[:, None], np.float32)


def _sums(stage: Stage, held: Affine, inputs: Floats) -> Floats:
    layer = stage.layer
    if isinstance(layer, Conv2D):
        return reference.convolve(replace(layer, relu=False), held, inputs)
    return inputs.reshape(len(inputs), -1) @ held.weights + held.biases


def _matched(wanted: Floats, sums: Floats, *, is_last: bool) -> tuple[Reals, Reals]:
    """Return scale and offset that make of sums what full precision has, by channel.

    The last layer's are those of least squares: few images tell little of a class's deviation.
    """
    channels = wanted.shape[-1]
    exact, found = (one.reshape(-1, channels).astype(np.float64) for one in (wanted, sums))
    centred, moved = found - found.mean(axis=0), exact - exact.mean(axis=0)
    spread = np.square(centred).mean(axis=0)
    spread[spread == 0] = np.inf  # a channel that is constant has a scale of 0
    alike = (centred * moved).mean(axis=0) / spread
    scale = alike if is_last else np.sqrt(np.square(moved).mean(axis=0) / spread)
    return scale, exact.mean(axis=0) - scale * found.mean(axis=0)


def _cut(values: Floats, levels: int) -> float:
    """Return where activations are cut so that their codes lose least."""
    flat = values.reshape(-1)
    flat = flat[:: max(len(flat) // SAMPLE, 1)].astype(np.float64)
    largest = float(flat.max())
    if largest <= 0:
        return 1.0
    lost = []
    for cut in CUTS * largest:
        coded = np.rint(np.clip(flat / cut, 0.0, 1.0) * levels) / levels * cut
        lost.append(float(np.square(coded - flat).sum()))
    return float(CUTS[int(np.argmin(lost))] * largest)


def _pooled(stage: Stage, values: Floats) -> Floats:
    if stage.pool == 1 or not isinstance(stage.layer, Conv2D):
        return values
    return reference.pool(MaxPool("maxima", stage.layer.outputs), values)
