"""When convolutions on the arrays pay: what their transfer takes, against the core's own time.

Models:     every point a simulation of two digits, of which the second counts, with warm caches:
            LeNet-5's convolutions, pooling and encoding on the arrays for lanes of a store, hops of
            the co-processor bus, buffer sizes and one or two banks; and the same layers on the core
            alone for each kind of code. Where two points of a line lie on either side of a core's
            time, the break-even between them is linear.
Leaves out: accuracy: binary weights are others than those of the core (`cosim accuracy`).
Source:     arXiv:2105.13904 section VII names unrolled convolutions as future work.
Checked by: tests/scenarios/test_break_even.py
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import NamedTuple, get_args

from cosim.config import Config, override, param
from cosim.errors import ConfigError
from cosim.units import PS_PER_S
from scenarios.measures.metrics import LayerMetrics, Metrics
from scenarios.networks.lenet5 import ARRAYS, NETWORK
from scenarios.networks.options import Form
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import RunOptions, Trace
from scenarios.soc import SocConfig

COUNTED = 1
"""Number of the digit that counts: the first one finds cold caches."""


class BreakEvenConfig(Config):
    """What is swept, each a list of numbers with commas between."""

    lanes: str = param("1,8,16", doc="signs of one store: 1, 8, 16")
    hops: str = param("0,2,6,14", doc="cycles of the co-processor bus each way")
    sizes: str = param("32,64,127", doc="bytes of a bank, at the machine's own hops")
    isas: str = param("scalar,sse,avx2", doc="code of the core alone: scalar, sse, avx2")


class Setting(NamedTuple):
    """How strips travel: signs a store, bus cycles each way, bytes of a bank, banks."""

    lanes: int
    hop_cycles: int
    size_bytes: int
    banks: int

    def access_cycles(self, soc: SocConfig) -> int:
        """Return what one access takes, there and back."""
        return 2 * self.hop_cycles + soc.convolver.buffer.access_cycles


@dataclass(frozen=True)
class Point:
    """One setting: the convolutions of a digit, what went over, and how long the bus was taken."""

    setting: Setting
    spatial_ps: int
    energy_pj: float
    accesses: int
    transfer_ps: int


@dataclass(frozen=True)
class Core:
    """The core alone with some code: the same layers of a digit."""

    isa: str
    spatial_ps: int
    energy_pj: float


@dataclass(frozen=True)
class Study:
    """All points; `last` are the metrics of the machine's own setting."""

    points: tuple[Point, ...]
    cores: tuple[Core, ...]
    soc: SocConfig
    last: Metrics

    def line(self, lanes: int, banks: int) -> list[tuple[int, Point]]:
        """Return (cycles of an access, point) of a number of lanes and banks, in order."""
        size_bytes = self.soc.convolver.buffer.size_bytes
        found = {
            one.setting.access_cycles(self.soc): one
            for one in self.points
            if one.setting[0] == lanes and one.setting[2:] == (size_bytes, banks)
        }
        return sorted(found.items())

    def break_even(self, lanes: int, banks: int, core: Core) -> str:
        """Return the cycles of an access up to which the arrays are sooner, as text."""
        line = [(cycles, point.spatial_ps) for cycles, point in self.line(lanes, banks)]
        if not line:
            return ""
        if line[0][1] > core.spatial_ps:
            return f"under {line[0][0]}"
        for (cycles, before_ps), (more, after_ps) in pairwise(line):
            if after_ps > core.spatial_ps:
                share = (core.spatial_ps - before_ps) / (after_ps - before_ps)
                return f"{cycles + share * (more - cycles):.1f}"
        return f"over {line[-1][0]}"


def examine(config: BreakEvenConfig, options: RunOptions[InferenceConfig]) -> Study:
    """Simulate every point; raises ConfigError for settings that cannot be."""
    soc, asked = options.config.soc, list(settings(config, options.config.soc))
    isas = _chosen(config.isas, get_args(Form), "isas")
    options = replace(options, images=COUNTED + 1, trace=Trace.NONE, beside=False, against=None)
    points, cores, total, last = [], [], len(asked) + len(isas), None
    for done, setting in enumerate(asked):
        options.advance(done, total, "points of the study")
        metrics = infer(ARRAYS, replace(options, config=_set(options.config, setting))).metrics
        points.append(_point(setting, soc, metrics))
        if setting == own(soc):
            last = metrics
    for done, isa in enumerate(isas, len(asked)):
        options.advance(done, total, f"the core alone, {isa}")
        alone = override(override(options.config, "soc.imac.enabled", "false"), "code.isa", isa)
        metrics = infer(NETWORK, replace(options, config=alone)).metrics
        cores.append(Core(isa, *_spent(metrics)))
    assert last is not None, "the machine's own setting is among them"
    return Study(tuple(points), tuple(cores), soc, last)


def own(soc: SocConfig) -> Setting:
    """Return the machine's own setting."""
    convolver = soc.convolver
    hops = soc.coprocessor_bus.request_cycles
    return Setting(convolver.lanes, hops, convolver.buffer.size_bytes, convolver.banks)


def settings(config: BreakEvenConfig, soc: SocConfig) -> Iterator[Setting]:
    """Yield every setting once: lanes by hops, one bank, and sizes, around the machine's own."""
    lanes = [int(one) for one in _chosen(config.lanes, ("1", "8", "16"), "lanes")]
    hops, sizes = _numbers(config.hops, "hops"), _numbers(config.sizes, "sizes")
    usual = own(soc)
    found = [usual]
    found += [usual._replace(lanes=one, hop_cycles=hop) for one, hop in product(lanes, hops)]
    found += [usual._replace(lanes=one, banks=1) for one in lanes]
    found += [usual._replace(size_bytes=size) for size in sizes]
    yield from dict.fromkeys(found)


def _set(config: InferenceConfig, setting: Setting) -> InferenceConfig:
    """Return a configuration with a setting."""
    values = {
        "convolver.lanes": setting.lanes, "convolver.banks": setting.banks,
        "convolver.buffer.size_bytes": setting.size_bytes,
        "coprocessor_bus.request_cycles": setting.hop_cycles,
        "coprocessor_bus.response_cycles": setting.hop_cycles,
    }  # fmt: skip
    for path, value in values.items():
        config = override(config, f"soc.{path}", str(value))
    return config


def _point(setting: Setting, soc: SocConfig, metrics: Metrics) -> Point:
    did = metrics.convolver
    assert did is not None
    accesses = (did.stores + did.loads) // metrics.images
    cycles = accesses * setting.access_cycles(soc)
    transfer_ps = cycles * PS_PER_S // soc.core.clock_hz
    return Point(setting, *_spent(metrics), accesses, transfer_ps)


def _spent(metrics: Metrics) -> tuple[int, float]:
    """Return time and energy of the spatial layers of the digit that counts."""
    found = [one for one in metrics.layers if one.image == COUNTED and _is_spatial(one)]
    return sum(one.end_ps - one.start_ps for one in found), sum(one.energy_pj for one in found)


def _is_spatial(layer: LayerMetrics) -> bool:
    return layer.name == "encode" or layer.name in {one.name for one in NETWORK.spatial}


def _chosen(text: str, known: Sequence[str], name: str) -> list[str]:
    found = [one.strip() for one in text.split(",")]
    for one in found:
        if one not in known:
            raise ConfigError(f"study.{name} must be among {', '.join(known)}, not {one!r}")
    return found


def _numbers(text: str, name: str) -> list[int]:
    try:
        return [int(one) for one in text.split(",")]
    except ValueError:
        raise ConfigError(
            f"study.{name} must be whole numbers with commas between, not {text!r}"
        ) from None
