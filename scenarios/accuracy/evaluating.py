"""Puts a test set through the digital network and through ever more real hardware.

Models:     rungs: full precision; the teacher on signs; the student with ideal arithmetic; real
            junctions; their spread; wires; converters. A rung whose cause is switched off is
            left out. Spread and converters are drawn anew for each seed.
Leaves out: time, hand-off: `cosim run` has them, with the same codes.
Source:     arXiv:2105.13904, section V-A and table VI.
Checked by: tests/scenarios/test_accuracy.py, tests/scenarios/test_accuracy_golden.py
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from components.analog import WIRED, AnalogConfig, AnalogNetwork, Codes, DenseLayer, Reals, ties
from cosim.config import override
from cosim.errors import ConfigError
from cosim.seeds import generator
from scenarios.accuracy.examined import Examined
from scenarios.accuracy.ledger import Integers, Ledger, Rung, ledger
from scenarios.networks import reference
from scenarios.networks.weights import Weights
from scenarios.scenario import Advance, untold

BATCH = 500
"""Images computed together; measured: faster than 100 and than 2,000."""

DIGITAL, SIGN, BINARY, LAW, SPREAD, WIRES, ADC = (
    "full precision", "sign", "binarisation", "bias law", "device variation", "wire resistance",
    "ADC",
)  # fmt: skip


@dataclass(frozen=True)
class Hardware:
    """What is examined: `seeds` chips of one configuration, the first drawn with `seed`."""

    config: AnalogConfig
    seeds: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came out; `volts` (images, outputs) are the first chip's, `ties` are over all chips."""

    rungs: tuple[Rung, ...]
    ledger: Ledger
    labels: Integers
    volts: Reals
    ties: int

    @property
    def chips(self) -> int:
        """How many chips were examined."""
        return len(self.rungs[-1].classes)

    def shares(self, cause: str) -> list[float]:
        """Return the shares that are right at a rung, one a chip."""
        found = next(rung.classes for rung in self.rungs if rung.cause == cause)
        return [float(share) for share in (found == self.labels).mean(axis=1)]

    @property
    def analog(self) -> str:
        """The rung in front of the converters."""
        return self.rungs[-2].cause


@dataclass
class _Read:
    """What chips of one rung give, batch by batch."""

    classes: list[Integers] = field(default_factory=list)
    codes: list[Integers] = field(default_factory=list)
    volts: list[Reals] = field(default_factory=list)
    ties: int = 0


def configured(
    base: AnalogConfig, level: str, variation: float | None, adc_bits: int | None, ir_drop: bool
) -> AnalogConfig:
    """Return the hardware that the options of the command line ask for.

    Wires at level `virtual_ground` are `merged`, its approximation of the mesh.
    """
    config = override(base, "level", level)
    if ir_drop and level == "ideal":
        raise ConfigError("--ir-drop must have a level with wires, not ideal; use --analog mesh")
    if ir_drop and level == "virtual_ground":
        config = override(config, "level", "merged")
    elif level == "netlist" and not ir_drop:
        config = override(config, "wires.preset", "none")
    if variation is not None:
        config = override(config, "spread.cell", variation)
    return config if adc_bits is None else override(config, "adc.bits", adc_bits)


def examine(
    weights: Weights, examined: Examined, hardware: Hardware, advance: Advance = untold
) -> Outcome:
    """Classify every image at every rung; raises MappingError if the layers do not fit."""
    layers = weights.programmed
    cases = list(_cases(hardware.config))
    networks = [chips(layers, config, hardware) for _, config in cases]
    rungs = [Rung(DIGITAL, examined.digital[None])]
    if weights.teacher:
        outputs = reference.teacher_outputs(weights, examined.signs)
        rungs.append(Rung(SIGN, reference.classes(outputs)[None]))
    total = len(examined.labels) * sum(map(len, networks))
    done = 0
    for (cause, _), made in zip(cases, networks, strict=True):
        read = _Read()
        for chip in made:
            _read(chip, examined.signs, read, partial(_told, advance, done, total))
            done += len(examined.labels)
        rungs.append(Rung(cause, _stacked(read.classes, len(made))))
    rungs.append(Rung(ADC, _stacked(read.codes, len(made))))
    volts = np.concatenate(read.volts[: len(read.volts) // len(made)])
    return Outcome(
        tuple(rungs), ledger(rungs, examined.labels), examined.labels, volts, read.ties
    )  # fmt: skip


def drive(signs: npt.NDArray[np.int8], config: AnalogConfig) -> Reals:
    """Return the column voltages of signs."""
    return signs.astype(np.float64) * config.vdd_v


def _told(advance: Advance, before: int, total: int, images: int) -> None:
    """Tell how many images of all rungs are done."""
    advance(before + images, total, "images")


def chips(
    layers: tuple[DenseLayer, ...], config: AnalogConfig, hardware: Hardware
) -> list[AnalogNetwork]:
    """Return the chips of one configuration, as many as can differ."""
    differ = _is_spread(config) or config.adc.dnl_lsb > 0
    seeds = range(hardware.seed, hardware.seed + (hardware.seeds if differ else 1))
    return [AnalogNetwork(layers, config, partial(generator, seed)) for seed in seeds]


def _cases(config: AnalogConfig) -> Iterator[tuple[str, AnalogConfig]]:
    """Yield each cause that is switched on, with the hardware that has it and all before it."""
    ideal = override(_without_wires(_without_spread(config)), "level", "ideal")
    if config.level == "ideal":
        yield BINARY, config
        return
    yield BINARY, ideal
    has_wires = config.level in WIRED and any(config.wires.ohms)
    unwired = _without_wires(config) if has_wires else config
    if _is_spread(config):
        yield LAW, _without_spread(unwired)
        yield SPREAD, unwired
    else:
        yield LAW, unwired
    if has_wires:
        yield WIRES, config


def _is_spread(config: AnalogConfig) -> bool:
    spread, faults = config.spread, config.faults
    return bool(
        spread.cell or spread.die or faults.stuck_parallel or faults.stuck_antiparallel
        or faults.write_error or faults.age_s
    )  # fmt: skip


def _without_spread(config: AnalogConfig) -> AnalogConfig:
    fresh = AnalogConfig()
    return config.model_copy(update={"spread": fresh.spread, "faults": fresh.faults})


def _without_wires(config: AnalogConfig) -> AnalogConfig:
    """Return the same junctions on ideal wires; the authors' amplifier stays what it is."""
    level = "netlist" if config.level == "netlist" else "virtual_ground"
    wires = config.wires.model_copy(update={"preset": "none", "bit_ohm": None, "sense_ohm": None})
    kept = config.level if config.level == "ideal" else level
    return config.model_copy(update={"level": kept, "wires": wires})


def _read(
    chip: AnalogNetwork, signs: npt.NDArray[np.int8], into: _Read, advance: Callable[[int], None]
) -> None:
    for first in range(0, len(signs), BATCH):
        volts = chip.forward_v(drive(signs[first : first + BATCH], chip.config))
        codes: Codes = chip.codes(volts)
        into.volts.append(volts)
        into.classes.append(reference.classes(volts))
        into.codes.append(reference.classes(codes))
        into.ties += ties(codes)
        advance(first + len(volts))


def _stacked(parts: list[Integers], chips: int) -> Integers:
    return np.concatenate(parts).reshape(chips, -1)
