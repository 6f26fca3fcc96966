"""The perceptron on four architectures: every row from a simulation."""

import csv

import pytest

from components.mixed_signal import MixedSignalConfig
from scenarios import mlp_architectures
from scenarios.mlp import MlpConfig
from scenarios.networks.mlp import NETWORK
from scenarios.running.inference import prepare
from scenarios.scenario import RunOptions, Trace
from scenarios.studies.accelerators import answer
from scenarios.studies.architectures import (
    ARRAYS,
    CPU,
    FRAMEWORK,
    HAND_OFF,
    MIXED_SIGNAL,
    NEAR_MEMORY,
    ArchitecturesConfig,
    examine,
)

DIGITS = 4


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    options = RunOptions(ArchitecturesConfig(), tmp_path_factory.mktemp("runs"), images=DIGITS)
    return {row.name: row for row in examine(options).rows}


def test_every_architecture_classifies_most_digits(rows):
    assert all(row.right >= DIGITS - 1 for row in rows.values())


def test_near_memory_takes_a_row_operation_after_the_other(rows):
    # 784 inputs count in 10 bits, 16 in 5: a clear and a read of each counter, a product of each
    # input and an addition of each bit; logic takes 1.25 ns, a write 5 ns; a cycle of the unit
    additions, products, counters = 784 * 10 + 16 * 5, 784 + 16, 10 + 5
    expected_ns = (additions + products + counters + 2) * 1.25 + (additions + counters) * 5
    assert rows[NEAR_MEMORY].time_ps == pytest.approx(1_000 * expected_ns)


def test_mixed_signal_takes_eight_reads_a_layer(rows):
    # conversions of the last of eight bits and a sigmoid stand behind the reads
    expected_ps = 2 * (8 * 100_000 + 4_000) + (16 + 10) * 833
    assert rows[MIXED_SIGNAL].time_ps == pytest.approx(expected_ps)


def test_the_framework_is_a_million_cycles_at_the_paper_s_clock(rows):
    added_ps = rows[FRAMEWORK].time_ps - rows[CPU].time_ps
    assert added_ps == pytest.approx(1e6 / 3.7e9 * 1e12)
    assert rows[FRAMEWORK].energy_pj is None


def test_the_arrays_are_the_fastest_and_their_hand_off_costs_decades(rows):
    assert rows[ARRAYS].time_ps < 20_000 < rows[HAND_OFF].time_ps / 50
    assert rows[ARRAYS].rate_hz > 100 * rows[MIXED_SIGNAL].rate_hz


def test_weights_are_not_counted_as_energy_of_an_image(rows):
    # (784 + 80 + 10 + 5 + ...) rows of 512 bits: products, additions and reads sense, sums write
    additions, products, counters = 784 * 10 + 16 * 5, 784 + 16, 10 + 5
    sensed = (additions + products + counters) * 512 * 0.025
    written = (additions + counters) * 512 * 0.55
    arithmetic = 2 * (16 + 10) * 0.1
    spent = rows[NEAR_MEMORY].energy_pj
    assert spent.nominal == pytest.approx(sensed + written + arithmetic)
    # writes, known to a factor of 0.3 to 3, are nearly all of it
    assert spent.low < 0.5 * spent.nominal < 2 * spent.nominal < spent.high


def test_full_waves_show_rows_at_work(tmp_path):
    options = RunOptions(ArchitecturesConfig(), tmp_path, trace=Trace.FULL)
    task = prepare(NETWORK, RunOptions(MlpConfig(), tmp_path))
    (found,) = answer(task, MixedSignalConfig(), options)
    assert found.found == task.images.labels[0]
    header = (tmp_path / "mixed_signal" / "trace.vcd").read_text().partition("$enddefinitions")[0]
    assert "crossbar[7]" in header and "neurons" in header


def test_the_run_keeps_table_and_picture(rows, tmp_path):
    found = list(rows.values())
    mlp_architectures.write_csv(tmp_path / "a.csv", found)
    kept = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert [line["architecture"] for line in kept] == list(rows)
    assert "mixed signal" in mlp_architectures.picture(found)
