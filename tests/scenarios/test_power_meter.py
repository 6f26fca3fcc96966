"""The power of each component: in the waves of a whole run, and of a meter by itself."""

from itertools import pairwise

import pytest

from cosim import ConfigError, Module, Simulator, Steps, process
from scenarios.measures.power_meter import SETTLED_PS, STEP_PS, PowerMeter
from scenarios.scenario import Mode, Trace
from tests.scenarios.machine import lenet5_metrics
from tests.waveforms.reading import changes


def integral_pj(power, end_ps):
    """Return the energy, in pJ, of (when_ps, mW) steps until an end."""
    steps = pairwise([*power, (end_ps, 0.0)])
    return sum(mw * (until_ps - since_ps) / 1_000 for (since_ps, mw), (until_ps, _) in steps)


@pytest.fixture(scope="module", params=list(Mode))
def watched(request, tmp_path_factory):
    """Return the metrics of a run in each mode, and what its waves show."""
    folder = tmp_path_factory.mktemp("watched")
    metrics = lenet5_metrics(folder, mode=request.param, trace=Trace.PROTOCOL)
    return metrics, changes(folder / "trace.vcd")


def test_the_integral_of_each_power_is_the_energy_that_the_metrics_tell(watched):
    metrics, seen = watched
    told = metrics.energy_pj.components()
    caches = {"l1i", "l1d", "l2", "llc"}
    assert set(told) == {"core", *caches, "bus", "memory", "coprocessor_bus", "imac"}
    for component, parts in told.items():
        drawn_pj = integral_pj(seen[f"power.{component}"], metrics.time_ps)
        assert drawn_pj == pytest.approx(parts["total"], rel=1e-6), component
    total_pj = integral_pj(seen["power.total"], metrics.time_ps)
    assert total_pj == pytest.approx(metrics.energy_pj.total, rel=1e-6)


def test_power_is_read_every_step_and_when_the_arrays_begin_and_end(watched):
    metrics, seen = watched
    times = [when_ps for when_ps, _ in seen["power.core"]]
    lengths = [until_ps - since_ps for since_ps, until_ps in pairwise(times)]
    others = [length for length in lengths if length != STEP_PS + SETTLED_PS]
    # the step in which the arrays begin, their work, the step after it until the end of the run
    assert others[1] == metrics.imac.compute_ps
    assert len(others) == 3
    assert len(lengths) > 100


def test_the_arrays_watts_stand_out_for_as_long_as_they_last(watched):
    metrics, seen = watched
    steps = pairwise([*seen["power.imac"], (metrics.time_ps, 0.0)])
    watts = [(until - since, mw) for (since, mw), (until, _) in steps if mw > 1_000]
    # one job: on from its inputs until the codes are in the buffer
    assert [lasts_ps for lasts_ps, _ in watts] == [metrics.imac.compute_ps]
    assert 16_000 <= metrics.imac.compute_ps <= 18_000
    # the last layers join in a little later, so the mean is just below the peak
    assert 0.95 * metrics.imac.peak_power_mw < watts[0][1] <= metrics.imac.peak_power_mw


def test_a_peak_is_told_with_its_time_and_the_mean_of_the_run():
    class Worker(Module):
        spent_pj = 0.0

        @process
        def run(self) -> Steps:
            yield 2 * STEP_PS
            self.spent_pj = 60.0
            yield 2 * STEP_PS

    with Simulator() as sim:
        worker = Worker("worker", sim)
        meter = PowerMeter("power", sim, spent=lambda: {"worker": {"work": worker.spent_pj}})
        sim.run()
    peak = meter.peaks["worker"]
    assert peak.begins_ps < 2 * STEP_PS <= peak.ends_ps
    assert peak.peak_mw == pytest.approx(60.0 * 1_000 / (peak.ends_ps - peak.begins_ps))
    assert peak.mean_mw == pytest.approx(60.0 * 1_000 / meter.times_ps[-1])
    assert meter.peaks["total"] == peak


def test_watching_power_changes_no_result(tmp_path):
    shown = lenet5_metrics(tmp_path, mode=Mode.FAST, trace=Trace.PROTOCOL)
    alone = lenet5_metrics(tmp_path, mode=Mode.FAST, trace=Trace.NONE)
    assert shown.model_copy(update={"host": None}) == alone.model_copy(update={"host": None})


def test_a_run_that_cannot_begin_says_why_and_not_that_nothing_was_read():
    class Picky(Module):
        def start_of_simulation(self) -> None:
            raise ConfigError("soc.ready must name a probe")

    sim = Simulator()
    Picky("picky", sim)
    PowerMeter("power", sim, spent=lambda: {"core": {"all": 0.0}})
    with pytest.raises(ConfigError, match="soc.ready must name a probe"), sim:
        sim.run()


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
