"""Convolutions on a machine's arrays: what its program sends, and whether the right codes came.

Checked by: tests/scenarios/test_lenet5_arrays.py
"""

import numpy as np
import numpy.typing as npt

from components.imac.convolver import ConvolverConfig, packed
from cosim.compiled import Records
from cosim.errors import ConfigError
from scenarios.measures.metrics import ConvolverMetrics
from scenarios.networks import unrolled
from scenarios.networks.images import Pixels
from scenarios.networks.layers import Network
from scenarios.networks.strips import Unrolling
from scenarios.networks.weights import Weights
from scenarios.soc import CONVOLVER_ADDRESS, IMAC_ADDRESSES, Soc, SocConfig


def unrolling(weights: Weights, pixels: Pixels, config: SocConfig, seed: int) -> Unrolling | None:
    """Return how a network's convolutions reach the arrays, None if the core computes them.

    Raises ConfigError if machine and network do not go together, or a window does not fit a bank;
    MappingError if the layers do not fit the subarrays.
    """
    network, convolver = weights.network, config.convolver
    if not config.imac.enabled:
        return None
    _check(network, convolver)
    if not network.planes:
        return None
    unrolled.check(network)
    layers = weights.unrolled
    packed(layers, convolver.analog, rewritten=convolver.rewritten)
    bits, size_bytes = convolver.analog.adc.bits, convolver.buffer.size_bytes
    jobs = [
        list(layer.jobs(one.outputs.height, size_bytes, bits))
        for layer, one in zip(layers, network.convolutions, strict=True)
    ]
    engine = unrolled.engine(weights, convolver.analog, seed, rewritten=convolver.rewritten)
    codes = unrolled.by_strips(network, engine.codes, jobs)
    found = unrolled.trace(weights, pixels, codes)
    return Unrolling(found, convolver, jobs, CONVOLVER_ADDRESS)


def _check(network: Network, convolver: ConvolverConfig) -> None:
    """Raise ConfigError unless the machine has a convolver just if the network needs one."""
    if network.planes and not convolver.enabled:
        raise ConfigError(
            f"{network.name} has its convolutions on the arrays; set soc.convolver.enabled=true,"
            " or soc.imac.enabled=false for the core alone"
        )
    if convolver.enabled and not network.planes:
        raise ConfigError(
            f"soc.convolver must have a network trained for it; {network.name} has its convolutions"
            " on the core: run lenet5_arrays, or set soc.convolver.enabled=false"
        )
    if network.planes and convolver.analog.adc.bits != unrolled.CODE_MOST.bit_length():
        raise ConfigError(
            f"soc.convolver.analog.adc.bits must be {unrolled.CODE_MOST.bit_length()}, which"
            f" {network.name} was trained for, not {convolver.analog.adc.bits}"
        )


def measured(soc: Soc, made_with: Unrolling | None) -> ConvolverMetrics | None:
    """Return what a machine's convolver did, None if it has none."""
    convolver, results = soc.convolver, soc.core.results
    if convolver is None or made_with is None:
        return None
    loaded = results["value"][results["address"] >= CONVOLVER_ADDRESS]
    expected = _words(made_with)
    packing = convolver.engine.packing
    return ConvolverMetrics(
        strips=convolver.strips.value,
        shots=convolver.shots.value,
        stores=convolver.stores.value,
        loads=convolver.loads.value,
        rewrites=convolver.rewrites.value,
        arrays=packing.arrays,
        filled=packing.filled,
        words=len(loaded),
        unlike=int((loaded != expected[: len(loaded)]).sum()),
        violations=tuple(convolver.violations),
    )


def classes_of(results: Records, classes: int) -> npt.NDArray[np.int64]:
    """Return the codes that came from the dense layers, (images, classes)."""
    codes = results["value"][results["address"] < IMAC_ADDRESSES]
    return np.asarray(codes, np.int64).reshape(-1, classes)


def _words(made_with: Unrolling) -> npt.NDArray[np.int64]:
    """Return what the program expects its loads to bring, in their order."""
    most, parts = made_with.convolver.codes_per_load, []
    for codes in made_with.trace.codes:
        images, planes, height, width, filters = codes.shape
        by_column = codes.transpose(0, 1, 3, 2, 4).reshape(images, planes * width * height, filters)
        words = [_word(by_column[..., first : first + most]) for first in range(0, filters, most)]
        parts.append(np.stack(words, axis=-1).reshape(images, -1))
    return np.concatenate(parts, axis=1).ravel()


def _word(codes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return codes, (..., count), as the words that hold them, a byte each."""
    shifts = 8 * np.arange(codes.shape[-1], dtype=np.int64)
    return np.asarray((codes << shifts).sum(axis=-1), np.int64)
