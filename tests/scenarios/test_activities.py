"""A run's activities in its folder: they price to its energy, by component, cause and total."""

from pathlib import Path

import pytest

from cosim import DataError
from scenarios import lenet5
from scenarios.measures import activities
from scenarios.measures.metrics import Metrics, read_metrics
from scenarios.running.execution import execute
from scenarios.scenario import Mode, RunOptions, Trace

Run = tuple[Path, Metrics]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    root = tmp_path_factory.mktemp("runs")
    options = RunOptions(lenet5.SCENARIO.config(), root, Mode.FAST, Trace.NONE)
    folder = execute("lenet5", lenet5.SCENARIO, options, root).folder
    return folder, read_metrics(folder / "metrics.json")


def test_counts_times_constants_are_the_energy_of_every_cause(done: Run) -> None:
    folder, metrics = done
    found = activities.read(folder)
    told = metrics.energy_pj.components()
    for component, terms in found.energy.items():
        priced: dict[str, float] = {}
        for term in terms:
            priced[term.cause] = priced.get(term.cause, 0.0) + found.amount(term)
        parts = {cause: pj for cause, pj in told[component].items() if cause != "total"}
        assert priced == pytest.approx(parts, rel=1e-12), component
    assert set(found.energy) == set(told)
    assert found.energy_pj == pytest.approx(metrics.energy_pj.total, rel=1e-12)
    assert found.time_ps == metrics.time_ps


def test_layers_add_up_to_the_total(done: Run) -> None:
    metrics = done[1]
    layers_pj = sum(layer.energy_pj for layer in metrics.layers)
    assert layers_pj == pytest.approx(metrics.energy_pj.total, rel=1e-12)


def test_every_constant_says_how_well_it_is_known_and_why(done: Run) -> None:
    constants = activities.read(done[0]).constants
    assert len(constants) > 60
    for name, constant in constants.items():
        assert constant.unit and constant.source and constant.spreads, name
        assert all(spread.source for spread in constant.spreads), name


def test_the_arrays_follow_their_bandwidth_and_the_hand_off_its_hops(done: Run) -> None:
    found = activities.read(done[0])
    # 402 stores and 10 loads, a cycle of 250 ps each way for every cycle of a hop
    hops = [t for t in found.delays if "soc.coprocessor_bus.request_cycles" in t.constants]
    assert [term.count for term in hops] == [412 * 250.0]
    # three layers, ln(100) / (2 pi 140 MHz) each
    arrays = [t for t in found.delays if "soc.imac.analog.amplifier.bandwidth_hz" in t.constants]
    assert [found.amount(term) for term in arrays] == pytest.approx([3 * 5_235.3], rel=1e-4)


def test_a_folder_without_activities_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be the activities of a run: No such file"):
        activities.read(tmp_path)
    (tmp_path / activities.FILE).write_text('{"time_ps": 1}')
    with pytest.raises(DataError, match=r"must be an activities\.json that cosim wrote"):
        activities.read(tmp_path)
