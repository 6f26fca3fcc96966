"""An analog crossbar with one converter for all its columns.

Models:     a read multiplies one bit of every input by its column pairs and holds the currents;
            the converter takes one column pair after the other, while the next read goes on.
            A code is the difference of a pair, rounded and clipped to the converter's range.
Leaves out: noise, wires, spread of the cells, programming.
Source:     PUMA (ASPLOS 2019), Aayush-Ankit/puma-simulator include/constants.py: 128 x 128, 100 ns
            and 0.3 mW a read; converter and drivers: ISAAC (ISCA 2016) as in hwcomponents.
Checked by: tests/components/test_mixed_signal.py
"""

import numpy as np
from numpy.typing import NDArray

from cosim import (
    Clock,
    Config,
    ConfigError,
    Response,
    Steps,
    Transaction,
    counter,
    energy,
    param,
    span,
    target_socket,
)
from cosim.activity import Term
from cosim.consumer import Consumer
from cosim.module import Scope
from cosim.spread import spread

DRIVE, CONVERT = range(2)
"""Kinds of transactions: drive a bit of every input; take the codes of what was driven."""

PJ_PER_MW_PS = 1e-3


class CrossbarConfig(Config):
    """A crossbar, its drivers and its converter."""

    rows: int = param(
        128, doc="inputs", unit="1", low=1, high=4096, source="PUMA, ASPLOS 2019",
    )  # fmt: skip
    columns: int = param(
        128, doc="columns; a signed weight takes two", unit="1", low=2, high=4096,
        source="PUMA, ASPLOS 2019",
    )  # fmt: skip
    read_ps: int = param(
        100_000, doc="from driven rows to held currents", low=1,
        source="PUMA, puma-simulator include/constants.py: 100 ns",
    )  # fmt: skip
    read_mw: float = param(
        0.3, doc="the array during a read", low=0, high=1e4,
        source="PUMA, puma-simulator include/constants.py: 0.3 mW",
        spread=spread(0.5, 2.0, "estimate: follows the resistances of the cells"),
    )  # fmt: skip
    drive_pj: float = param(
        0.417, doc="a driven row in one read", low=0, high=100,
        source="ISAAC, hwcomponents isaac.py: 0.417 pJ",
        spread=spread(0.5, 2.0, "estimate: PUMA and ISAAC differ by about two"),
    )  # fmt: skip
    conversion_ps: int = param(
        833, doc="one conversion", low=1, source="ISAAC, hwcomponents isaac.py: 1.2 GS/s",
    )  # fmt: skip
    conversion_pj: float = param(
        1.67, doc="one conversion of 8 bits", low=0, high=1e3,
        source="ISAAC, hwcomponents isaac.py: 1.67 pJ",
        spread=spread(0.5, 2.0, "estimate: converters of 8 bits and 1 GS/s differ by two"),
    )  # fmt: skip
    adc_bits: int = param(
        8, doc="resolution of the converter", unit="bits", low=1, high=16,
        source="ISAAC, ISCA 2016",
    )  # fmt: skip


class Crossbar(Consumer):
    """Part of a layer; `weights` are (inputs, outputs) of -1 and +1."""

    config: CrossbarConfig

    port = target_socket("bits of inputs in, codes out")

    read = span("a read")
    reads = counter("reads")
    driven = counter("rows driven, over all reads")
    conversions = counter("conversions")
    array = energy("the array during reads")
    drivers = energy("drivers of the rows")
    converter = energy("conversions")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        weights: NDArray[np.int8],
        config: CrossbarConfig,
        clock: Clock | None = None,
    ) -> None:
        self.weights = weights
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Refuse weights that do not fit."""
        inputs, outputs = self.weights.shape
        if inputs > self.config.rows or 2 * outputs > self.config.columns:
            raise ConfigError(
                f"{self.path}: weights must fit {self.config.rows} inputs and"
                f" {self.config.columns // 2} outputs, not {inputs} and {outputs}"
            )
        self.held = np.zeros(outputs, np.int64)

    @port.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Read, or convert what is held into int32 codes in `data`."""
        steps = self._drive if transaction.kind == DRIVE else self._convert
        yield from steps(transaction)
        transaction.response = Response.OK

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        reading = {"read_mw": 1.0, "read_ps": 1.0}
        return [
            Term("array", self.reads.value * PJ_PER_MW_PS, "reads in pJ/(mW ps)", reading),
            Term("drivers", self.driven.value, "rows", {"drive_pj": 1}),
            Term("converter", self.conversions.value, "conversions", {"conversion_pj": 1}),
        ]

    def _drive(self, transaction: Transaction) -> Steps:
        config, inputs = self.config, len(self.weights)
        packed = np.frombuffer(bytes(transaction.data or b""), np.uint8)
        bits = np.unpackbits(packed, count=inputs).astype(np.int64)
        self.array.spend(config.read_mw * config.read_ps * PJ_PER_MW_PS, over_ps=config.read_ps)
        self.drivers.spend(inputs * config.drive_pj, over_ps=config.read_ps)
        self.reads.add()
        self.driven.add(inputs)
        with self.read("read"):
            yield config.read_ps
        self.held = bits @ self.weights

    def _convert(self, transaction: Transaction) -> Steps:
        """Convert what is held now; a read that goes on changes it only later."""
        config, held = self.config, self.held
        steps = 1 << config.adc_bits
        step = max(2 * config.rows // steps, 1)
        for _ in held:
            self.converter.spend(config.conversion_pj, over_ps=config.conversion_ps)
            self.conversions.add()
            yield config.conversion_ps
        codes = np.clip(np.rint(held / step), -steps // 2, steps // 2 - 1) * step
        transaction.data = bytearray(codes.astype("<i4").tobytes())
