"""How much of a network is dense layers, and what Amdahl's law makes of it.

Models:     S = 1 / (1 - f + f t_imac / t_fc): the share f of the core's time goes t_fc / t_imac
            times as fast. f is told by multiply-accumulates, by bytes of weights, and by time as
            it was simulated; t_fc and t_imac are simulated: dense layers and choice of the class
            on the core, and everything that stands in their place with the co-processor.
Leaves out: that the convolutions themselves may take another time beside the co-processor, which
            is by how much the simulated speedup differs from f by time.
Source:     G. M. Amdahl, AFIPS 1967, in the form of H. P. Hofstee, for a part of its own speed.
Checked by: tests/scenarios/test_conv_fc.py
"""

import math
from collections.abc import Callable

import numpy as np

from components.analog import DenseLayer, GeometryConfig, map_layers
from components.imac import CODE_BITS
from scenarios.networks.layers import Network, Weighted
from scenarios.networks.options import FLOAT_BYTES
from scenarios.running.inference import InferenceConfig
from scenarios.studies.gain import Gain

BYTE_BITS = 8

MOST = 256
"""Subarrays that a co-processor may have: GeometryConfig.subarrays."""


def amdahl(share: float, fc_time: float, imac_time: float) -> float:
    """Return time over time when a share goes `fc_time` / `imac_time` times as fast."""
    return 1 / (1 - share + share * imac_time / fc_time)


def figures(gain: Gain, config: InferenceConfig) -> dict[str, float]:
    """Return what a comparison found, by name: shares, speedups, energy, power, sizes.

    Speedups are time over time; times and energies are of an image.
    """
    network, imac = gain.network, config.soc.imac
    fc_ps, imac_ps = dense_ps(gain)
    shares = {
        "macs": _share(network, lambda layer: layer.macs),
        "bytes": _share(network, lambda layer: FLOAT_BYTES * math.prod(layer.weight_shape)),
        "time": fc_ps / gain.baseline.time_ps,
    }
    capacity = BYTE_BITS * imac.buffer.size_bytes // CODE_BITS[imac.encoding]
    return {
        "speedup": 1 + gain.speedup,
        **{f"amdahl_{name}": amdahl(share, fc_ps, imac_ps) for name, share in shares.items()},
        **{f"share_{name}": share for name, share in shares.items()},
        "energy_saved": gain.saving,
        "energy_pj": gain.offloaded.total_pj,
        "time_ps": gain.offloaded.time_ps,
        "fc_ps": fc_ps,
        "imac_ps": imac_ps,
        "peak_power_mw": gain.offloaded.metrics.imac.peak_power_mw,
        "subarrays": subarrays(network, imac.analog.geometry.columns),
        "features": network.features,
        "chunks": math.ceil(network.features / capacity),
        "conv_macs": sum(layer.macs for layer in network.convolutions),
        "fc_macs": sum(layer.macs for layer in network.dense),
    }


def dense_ps(gain: Gain) -> tuple[float, float]:
    """Return what an image's dense part takes on the core, and with the co-processor, in ps."""
    spatial = {layer.name for layer in gain.network.spatial}
    core, offloaded = (
        sum(spent.time_ps for name, spent in side.layers.items() if name not in spatial)
        for side in (gain.baseline, gain.offloaded)
    )
    return core, offloaded


def _share(network: Network, size: Callable[[Weighted], float]) -> float:
    """Return what the dense layers have of a size that layers with weights have."""
    dense = sum(size(layer) for layer in network.dense)
    return dense / sum(size(layer) for layer in network.weighted)


def subarrays(network: Network, size: int) -> int:
    """Return how many subarrays of `size` columns and rows a network's dense layers take."""
    layers = [
        DenseLayer(layer.name, np.ones(layer.weight_shape, np.int8),
                   np.ones(layer.outputs, np.int8), 1.0)
        for layer in network.dense
    ]  # fmt: skip
    return len(map_layers(layers, GeometryConfig(subarrays=MOST, columns=size, rows=size)))
