"""What decides the gain: code generation, layout of dense weights, memory channel; all simulated.

Models:     a network without and with the co-processor for each setting. The layout has no meaning
            with the co-processor, so these runs are shared. Beside each, the speedup of a roofline:
            a layer takes max(MACs / rate, weight bytes / bandwidth), with the rate of the best
            convolution of that run and the bandwidth of what holds the weights between images.
            Bounds: what a co-processor would gain that takes no time and no energy.
Leaves out: other cores, caches and networks; `--set` changes them.
Source:     arXiv:2105.13904 Table VI: 11.2 % and 10 % for LeNet-5, 1.3 % and 6.5 % for VGG-16,
            without code or channels.
Checked by: tests/scenarios/test_roofline.py
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import NamedTuple, get_args

from components.lpddr3.presets import preset
from cosim import names
from cosim.config import Config, override, param
from cosim.errors import ConfigError
from cosim.units import PS_PER_S
from scenarios.dram.outcome import peak_bytes_per_s
from scenarios.networks.layers import Network
from scenarios.networks.options import FLOAT_BYTES, Form
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import RunOptions
from scenarios.studies.gain import Gain, Side, check_single, run_side

LAYOUTS = ("row", "keras")

LLC_BYTES_PER_CYCLE = 32
"""estimate: half a line a cycle between last-level cache and core."""


class StudyConfig(Config):
    """What is swept, each a list of names with commas between."""

    isas: str = param("avx2,sse,scalar", doc="code of float arithmetic: avx2, sse, scalar")
    layouts: str = param("row,keras", doc="layout of dense weights: row, keras")
    memories: str = param(
        "lpddr3_1600_x32,lpddr3_1600_x64,lpddr3_1600_x64_2ch", doc="presets of the memory"
    )


class Setting(NamedTuple):
    """One point of the study."""

    isa: str
    layout: str
    memory: str

    def __str__(self) -> str:
        return f"{self.isa} {self.layout} {self.memory.removeprefix('lpddr3_1600_')}"


@dataclass(frozen=True)
class Point:
    """A setting, what was gained, and the roofline's speedup."""

    setting: Setting
    gain: Gain
    roofline: float

    @property
    def rate(self) -> float:
        """MACs a second of all convolutions together."""
        layers = self.gain.baseline.layers
        convolutions = self.gain.network.convolutions
        time_ps = sum(layers[layer.name].time_ps for layer in convolutions)
        return sum(layer.macs for layer in convolutions) * PS_PER_S / time_ps


def settings(config: StudyConfig) -> list[Setting]:
    """Return all settings of a study; raises ConfigError with the nearest name for unknown ones."""
    isas = _listed(config.isas, get_args(Form), "isas")
    layouts = _listed(config.layouts, LAYOUTS, "layouts")
    memories = [name.strip() for name in config.memories.split(",")]
    for name in memories:
        preset(name)
    return [Setting(*one) for one in product(isas, layouts, memories)]


def _listed(text: str, known: Sequence[str], what: str) -> list[str]:
    found = [name.strip() for name in text.split(",")]
    for name in found:
        if name not in known:
            raise ConfigError(f"study.{what} has no {name!r}{names.hint(name, known)}")
    return found


def examine(
    network: Network, study: StudyConfig, options: RunOptions[InferenceConfig]
) -> Iterator[Point]:
    """Yield every setting with what it gains; raises what `infer` raises."""
    offloaded: dict[tuple[str, str], Side] = {}
    check_single(options)
    wanted = settings(study)
    for done, setting in enumerate(wanted):
        options.advance(done, len(wanted), "settings")
        there = _configured(options, setting)
        shared = setting.isa, setting.memory
        if shared not in offloaded:
            offloaded[shared] = run_side(network, there, enabled=True)
        baseline = run_side(network, there, enabled=False)
        gain = Gain(network, baseline, offloaded[shared])
        yield Point(setting, gain, roofline(gain, there.config))


def _configured(
    options: RunOptions[InferenceConfig], setting: Setting
) -> RunOptions[InferenceConfig]:
    config = override(options.config, "code.isa", setting.isa)
    config = override(config, "code.fc_weight_layout", setting.layout)
    soc = config.soc.model_copy(update={"memory": preset(setting.memory)})
    quiet = replace(options, config=config.model_copy(update={"soc": soc}))
    return replace(quiet, advance=lambda *_: None)


def roofline(gain: Gain, config: InferenceConfig) -> float:
    """Return the speedup if every layer were at its roof, and the dense ones took no time."""
    network, layers = gain.network, gain.baseline.layers
    rate = max(layer.macs / layers[layer.name].time_ps for layer in network.convolutions)
    macs, sizes = _macs(network), _weight_bytes(network)
    bandwidth = _bandwidth(sum(sizes.values()), config) / PS_PER_S
    time_ps = {name: max(macs[name] / rate, sizes[name] / bandwidth) for name in macs}
    return _without_dense(network, time_ps)


def limits(network: Network) -> tuple[float, float]:
    """Return the roofline's speedup if only MACs took time, and if only weight bytes did.

    No rate and no bandwidth gives less than the smaller or more than the larger one.
    """
    return _without_dense(network, _macs(network)), _without_dense(network, _weight_bytes(network))


def _without_dense(network: Network, time: Mapping[str, float]) -> float:
    """Return the speedup of taking dense layers out of what takes so much time by layer."""
    dense = sum(time[layer.name] for layer in network.dense)
    return dense / (sum(time.values()) - dense)


def _macs(network: Network) -> dict[str, float]:
    """Return the MACs of each layer that has weights."""
    convolutions = {layer.name: float(layer.macs) for layer in network.convolutions}
    return convolutions | {layer.name: float(layer.macs) for layer in network.dense}


def _weight_bytes(network: Network) -> dict[str, float]:
    """Return the size of each layer's weights."""
    shapes = {layer.name: layer.weight_shape for layer in network.convolutions}
    shapes |= {layer.name: layer.weight_shape for layer in network.dense}
    return {name: float(FLOAT_BYTES * prod(shape)) for name, shape in shapes.items()}


def _bandwidth(size_bytes: float, config: InferenceConfig) -> float:
    """Return bytes a second from where weights of this size are between images."""
    soc = config.soc
    if size_bytes <= soc.llc.size_bytes:
        return float(LLC_BYTES_PER_CYCLE * soc.core.clock_hz)
    return peak_bytes_per_s(soc.memory)
