"""The power of each component: in the waves of a whole run, and of a meter by itself."""

from itertools import pairwise

import pytest

from cosim import Module, Simulator, Steps, process
from scenarios.power_meter import STEP_PS, PowerMeter
from scenarios.scenario import Mode, Trace
from tests.scenarios.machine import lenet5_metrics
from tests.waveforms.reading import changes


def integral_pj(power, end_ps):
    """Return the energy, in pJ, of (when_ps, mW) steps until an end."""
    steps = pairwise([*power, (end_ps, 0.0)])
    return sum(mw * (until_ps - since_ps) / 1_000 for (since_ps, mw), (until_ps, _) in steps)


@pytest.mark.parametrize("mode", Mode)
def test_the_integral_of_each_power_is_the_energy_that_the_metrics_tell(mode, tmp_path):
    metrics = lenet5_metrics(tmp_path, mode=mode, trace=Trace.PROTOCOL)
    seen = changes(tmp_path / "trace.vcd")
    told = metrics.energy_pj.components()
    caches = {"l1i", "l1d", "l2", "llc"}
    assert set(told) == {"core", *caches, "bus", "memory", "coprocessor_bus", "imac"}
    for component, parts in told.items():
        drawn_pj = integral_pj(seen[f"power.{component}"], metrics.time_ps)
        assert drawn_pj == pytest.approx(parts["total"], rel=1e-6), component
    total_pj = integral_pj(seen["power.total"], metrics.time_ps)
    assert total_pj == pytest.approx(metrics.energy_pj.total, rel=1e-6)
    assert len(seen["power.core"]) > 500


def test_watching_power_changes_no_result(tmp_path):
    watched = lenet5_metrics(tmp_path, mode=Mode.FAST, trace=Trace.PROTOCOL)
    alone = lenet5_metrics(tmp_path, mode=Mode.FAST, trace=Trace.NONE)
    assert watched.model_copy(update={"host": None}) == alone.model_copy(update={"host": None})


def test_a_meter_does_not_keep_a_simulation_alive():
    class Worker(Module):
        @process
        def run(self) -> Steps:
            yield 10 * STEP_PS

    with Simulator() as sim:
        Worker("worker", sim)
        PowerMeter("power", sim, spent=lambda: {"worker": {"work": sim.now_ps / 1_000}})
        sim.run()
        assert sim.now_ps < 12 * STEP_PS
