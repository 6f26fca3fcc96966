"""A network entirely on the arrays, beside the core alone and beside dense layers on the arrays.

Models:     the same digits on three machines. The network's own weights are binary; on the core,
            and with dense layers on the arrays, the same layers run with the weights that LeNet-5
            was trained with for that.
Leaves out: nothing known.
Source:     arXiv:2105.13904 section VII: unrolled convolutions are future work.
Checked by: tests/scenarios/test_lenet5_arrays.py
"""

from dataclasses import replace

from components.analog import AnalogConfig, GeometryConfig
from components.imac import ImacConfig
from components.imac.convolver import ConvolverConfig
from cosim.config import override
from cosim.units import show_time
from scenarios.measures.metrics import Metrics
from scenarios.networks.layers import Network
from scenarios.networks.lenet5 import NETWORK
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import Mode, RunOptions, RunResult, Trace
from scenarios.showing.tables import show_energy
from scenarios.soc import SocConfig
from waveforms.report import Table

CONVOLVING = SocConfig(
    imac=ImacConfig(
        protocol="vector:lanes=8", analog=AnalogConfig(geometry=GeometryConfig(subarrays=3))
    ),
    convolver=ConvolverConfig(enabled=True),
)
"""Four subarrays, as in arXiv:2105.13904 section IV: three for dense layers, one for convolutions;
eight signs a store on both ways."""


def told(network: Network, options: RunOptions[InferenceConfig]) -> RunResult:
    """Run a network on the arrays; beside it LeNet-5 on the other machines, unless told not to."""
    found = infer(network, options)
    if not options.beside or found.metrics.convolver is None:
        return found
    plain = replace(
        options, mode=Mode.FAST, trace=Trace.NONE, beside=False, saves=None, restore=None,
        record=None, config=override(options.config, "soc.convolver.enabled", "false"),
    )  # fmt: skip
    alone = replace(plain, config=override(plain.config, "soc.imac.enabled", "false"))
    machines = {
        "the core alone": infer(NETWORK, alone).metrics,
        "dense layers on the arrays": infer(NETWORK, plain).metrics,
        "all layers on the arrays": found.metrics,
    }
    return replace(found, tables={**found.tables, "machines": table(machines)})


def table(machines: dict[str, Metrics]) -> Table:
    """Return machines side by side: sums over all images."""
    columns = ("machine", "time", "energy", "convolutions", "dense part", "shots", "stores",
               "loads", "right")  # fmt: skip
    return Table(
        "The same digits on three machines", columns,
        [[name, *_row(metrics)] for name, metrics in machines.items()],
    )  # fmt: skip


def spatial_ps(metrics: Metrics) -> int:
    """Return the time of convolutions, pooling and encoding."""
    return sum(
        layer.end_ps - layer.start_ps
        for layer in metrics.layers
        if layer.name.startswith(("conv", "pool", "encode"))
    )


def _row(metrics: Metrics) -> list[str]:
    did, imac, spatial = metrics.convolver, metrics.imac, spatial_ps(metrics)
    shots, stores, loads = (did.shots, did.stores, did.loads) if did else (0, 0, 0)
    return [
        show_time(metrics.time_ps), show_energy(metrics.energy_pj.total), show_time(spatial),
        show_time(metrics.time_ps - spatial), f"{shots:,}", f"{stores + imac.stores:,}",
        f"{loads + imac.loads:,}", f"{metrics.correct} of {metrics.images}",
    ]  # fmt: skip
