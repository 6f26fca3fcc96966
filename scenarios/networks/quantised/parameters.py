"""A quantised network: codes of its weights, scale and offset of its sums, and its file.

Models:     a stage's sum s of codes times steps 2 q - (2^N - 1); what follows sees
            s scale + offset, which holds batch norm and bias. As a machine takes it, both are
            folded into thresholds (folding.py).
Leaves out: how they came about (training.py, estimating.py).
Source:     DoReFa-Net, arXiv:1606.06160, section 2.
Checked by: tests/scenarios/test_quantised_files.py

The file is an .npz: `<layer>_q` uint8 codes (HWIO or in, out), `<layer>_scale` and
`<layer>_offset` float64; `network`, `width` and `record` as text.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from components.pim.network import QuantisedLayer, QuantisedNetwork
from components.pim.network import Shape as MachineShape
from cosim.errors import DataError
from scenarios.networks.files import NpzFile, write_npz
from scenarios.networks.layers import Conv2D, Network
from scenarios.networks.quantised.folding import Reals, fold
from scenarios.networks.quantised.stages import Stage, Width, read_width, stages
from scenarios.networks.written import from_text, to_text


class Parameters(NamedTuple):
    """Codes of weights (HWIO or in, out), scale and offset of the sums, (outputs,) each."""

    codes: npt.NDArray[np.uint8]
    scale: Reals
    offset: Reals


@dataclass(frozen=True)
class Quantised:
    """A network at a width, with its parameters by layer name."""

    network: Network
    width: Width
    parameters: Mapping[str, Parameters]
    record: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The network's stages at this width."""
        return stages(self.network, self.width)

    @cached_property
    def machine(self) -> QuantisedNetwork:
        """The network as machines take it: everything behind a sum is a threshold."""
        name = f"{self.network.name} {self.width}"
        layers = tuple(_layer(stage, self.parameters[stage.name]) for stage in self.stages)
        return QuantisedNetwork(name, layers, MachineShape(*self.network.inputs))

    @property
    def described(self) -> str:
        """Where it is from, and how good it was measured to be."""
        if "test" not in self.record:
            return f"{self.origin}: accuracy not measured"
        share, images = 100 * self.record["test"], self.record["test_images"]
        return f"{self.origin}: {share:.2f} % of {images:,} test images"


def _layer(stage: Stage, held: Parameters) -> QuantisedLayer:
    """Return one layer with its thresholds; the last one keeps scale and offset."""
    layer, is_last = stage.layer, not stage.output_bits
    spatial = isinstance(layer, Conv2D)
    edges = None
    if not is_last:
        edges = fold(held.scale, held.offset, stage.output_levels, stage.largest_sum)
    return QuantisedLayer(
        name=stage.name,
        kind="conv" if spatial else "dense",
        weights=held.codes.astype(np.int64),
        weight_bits=stage.weight_bits,
        input_bits=stage.input_bits,
        encoding="dorefa",
        padding="same" if isinstance(layer, Conv2D) and layer.same else "valid",
        stride=layer.stride if isinstance(layer, Conv2D) else 1,
        pool=stage.pool,
        output_bits=stage.output_bits,
        thresholds=None if edges is None else edges.values,
        flip=None if edges is None else edges.flip,
        scale=held.scale if is_last else None,
        offset=held.offset if is_last else None,
    )


def save(path: Path, quantised: Quantised) -> None:
    """Write a quantised network at once; raises DataError if the folder cannot be written."""
    arrays: dict[str, Any] = {}
    for name, held in quantised.parameters.items():
        arrays |= {f"{name}_q": held.codes, f"{name}_scale": held.scale}
        arrays[f"{name}_offset"] = held.offset
    width = {"width": str(quantised.width), "edges": quantised.width.edges}
    arrays["network"] = np.array(to_text(quantised.network))
    arrays["width"] = np.array(json.dumps(width))
    arrays["record"] = np.array(json.dumps(quantised.record))
    write_npz(path, arrays)


def load(path: Path, network: Network | None = None) -> Quantised:
    """Read a quantised network; raises DataError if it is damaged, or not of `network`."""
    file = NpzFile(path)
    if "width" not in file or "network" not in file:
        raise DataError(
            f"{path} must hold a quantised network, as `cosim train --quantised` writes it; it"
            " does not"
        )
    held = from_text(file.text("network", ""), str(path))
    if network is not None and (held.spatial, held.dense) != (network.spatial, network.dense):
        raise DataError(f"{path} must hold {network.name}, quantised; it holds {held.name}")
    told = json.loads(file.text("width", "{}"))
    width = read_width(told["width"], told["edges"])
    parameters = {stage.name: _read(file, stage) for stage in stages(held, width)}
    record = json.loads(file.text("record", "{}"))
    return Quantised(held, width, parameters, record, path.name)


def _read(file: NpzFile, stage: Stage) -> Parameters:
    shape, outputs = stage.layer.weight_shape, stage.layer.weight_shape[-1:]
    codes = file.take_bytes(f"{stage.name}_q", shape)
    if int(codes.max()) > stage.weight_levels:
        raise DataError(
            f"{file.path}: {stage.name}_q must hold codes of 0 to {stage.weight_levels}, not"
            f" {codes.max()}"
        )
    scale, offset = (
        file.take(f"{stage.name}_{part}", outputs).astype(np.float64)
        for part in ("scale", "offset")
    )
    if not (np.isfinite(scale).all() and np.isfinite(offset).all()):
        raise DataError(f"{file.path}: scale and offset of {stage.name} must be finite numbers")
    return Parameters(codes, scale, offset)
