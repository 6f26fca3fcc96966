"""A wider network that computes what a narrower one does.

Models:     every further channel is a copy of one that is there, and whoever reads a channel with
            copies gets its share from each: the classes stay what they were, to rounding. Copies
            are given in turn, so all channels have nearly as many.
Leaves out: training on, which is what widening is usually for.
Source:     Chen, Goodfellow, Shlens, "Net2Net: accelerating learning via knowledge transfer",
            ICLR 2016: Net2WiderNet.
Checked by: tests/scenarios/test_widening.py
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from cosim.errors import DataError
from scenarios.networks.layers import Conv2D, Network
from scenarios.networks.weights import Affine

Places = npt.NDArray[np.int64]


def widened(wide: Network, narrow: Network, affine: Mapping[str, Affine]) -> dict[str, Affine]:
    """Return weights of `wide` with which it computes what `narrow` does with `affine`.

    Raises DataError unless the layers are the same but for the filters of convolutions, all of
    them as many or more, and as many features reach the dense layers.
    """
    _check(wide, narrow)
    copied = np.arange(wide.inputs.channels)
    found = {}
    for layer, old in zip(wide.weighted, narrow.weighted, strict=True):
        if not isinstance(layer, Conv2D):
            found[layer.name] = affine[old.name]
            continue
        kernel, biases = affine[old.name]
        share = (1 / np.bincount(copied)[copied]).astype(np.float32)
        shared = kernel[:, :, copied] * share[:, None]
        copied = _copied(layer.filters, kernel.shape[-1])
        found[layer.name] = Affine(shared[..., copied], biases[copied])
    return found


def _copied(wide: int, narrow: int) -> Places:
    """Return which old channel each new one is a copy of."""
    return np.arange(wide) % narrow


def _check(wide: Network, narrow: Network) -> None:
    pairs = list(zip(wide.spatial, narrow.spatial, strict=False))
    same = len(wide.spatial) == len(narrow.spatial) and wide.dense == narrow.dense
    for layer, old in pairs:
        same = same and type(layer) is type(old)
        if isinstance(layer, Conv2D) and isinstance(old, Conv2D):
            kinds = [(one.kernel, one.stride, one.same, one.relu) for one in (layer, old)]
            same = same and kinds[0] == kinds[1] and layer.filters >= old.filters
    if not same:
        raise DataError(
            f"{narrow.name} must have the layers of {wide.name}, but for fewer filters, to be"
            " widened; give weights of the network itself"
        )
