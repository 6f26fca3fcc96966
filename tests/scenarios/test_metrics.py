"""metrics.json: the keys that stay, and numbers that cannot disagree."""

import json
from pathlib import Path

import pytest

from cosim.errors import DataError
from scenarios.measures.metrics import (
    EnergyMetrics,
    HostMetrics,
    LayerMetrics,
    Metrics,
    read_metrics,
)

KEYS = {
    "": "scenario network mode images predictions labels seed time_ps cycles instructions ipc "
    "layers caches branches memory imac energy_pj host",
    "caches": "l1i l1d l2 llc",
    "caches.l1d": "accesses hits misses writebacks prefetches",
    "branches": "executed mispredicted",
    "memory": "reads writes row_hits row_misses row_conflicts activates precharges refreshes "
    "bandwidth_bytes_per_s mean_read_latency_ps",
    "imac": "jobs stores loads transfer_ps compute_ps wait_ps violations level level_error"
    " signal_left settling_ps peak_power_mw ties warnings",
    "energy_pj": "core l1i l1d l2 llc bus memory coprocessor_bus imac total",
    "energy_pj.core": "total",
    "host": "wall_s compile_s simulated_mips peak_rss_bytes",
}


@pytest.mark.parametrize("place", KEYS)
def test_every_promised_key_is_there(place: str) -> None:
    found = json.loads(Metrics(scenario="lenet5").to_json())
    for step in filter(None, place.split(".")):
        found = found[step]
    assert set(KEYS[place].split()) <= set(found)


def test_a_layer_has_its_promised_keys() -> None:
    layer = LayerMetrics(name="conv1", engine="cpu", start_ps=0, end_ps=1, cycles=1)
    promised = "name engine start_ps end_ps cycles instructions macs energy_pj"
    assert set(promised.split()) <= set(layer.model_dump())


def test_totals_are_the_sum_of_their_parts() -> None:
    energy = EnergyMetrics(core={"dynamic": 1.5, "static": 2.0}, imac={"array": 4.0})
    assert (energy.core["total"], energy.imac["total"], energy.total) == (3.5, 4.0, 7.5)


def test_metrics_read_back_are_the_same(tmp_path: Path) -> None:
    metrics = Metrics(
        scenario="lenet5",
        predictions=(7, 2),
        labels=(7, 1),
        cycles=4,
        instructions=6,
        energy_pj=EnergyMetrics(core={"dynamic": 1.5}),
    )
    (tmp_path / "metrics.json").write_text(metrics.to_json())
    again = read_metrics(tmp_path / "metrics.json")
    assert again == metrics
    assert (again.ipc, again.correct) == (1.5, 1)


def test_one_picojoule_in_a_nanosecond_is_one_milliwatt() -> None:
    metrics = Metrics(scenario="x", time_ps=1_000, energy_pj=EnergyMetrics(core={"a": 1.0}))
    assert metrics.mean_power_mw == pytest.approx(1.0)


def test_simulated_speed_leaves_compiling_out() -> None:
    host = HostMetrics.measured(6_000_000, wall_s=5.0, compile_s=3.0)
    assert host.simulated_mips == pytest.approx(3.0)
    assert host.peak_rss_bytes > 10_000_000


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"scenario": "x", "images": "many"}'])
def test_a_file_that_is_no_metrics_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(DataError, match="must be a metrics.json that cosim wrote"):
        read_metrics(tmp_path / "metrics.json")
