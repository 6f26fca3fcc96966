import numpy as np
import pytest

from components.analog import (
    DenseLayer,
    Mtj,
    MtjConfig,
    WriteConfig,
    energy_pj,
    full_drive_uw,
    synapse_uw,
    write_pj,
)

MTJ = Mtj(MtjConfig())


def layer(inputs, outputs):
    return DenseLayer("fc", np.ones((inputs, outputs), np.int8), np.ones(outputs, np.int8), 0.25)


LENET = [layer(400, 120), layer(120, 84), layer(84, 10)]
VGG = [layer(512, 512), layer(512, 10)]


def test_a_synapse_burns_117_microwatts_at_full_drive():
    assert synapse_uw(MTJ, 0.8) == pytest.approx(117.4, abs=0.05)


def test_textbook_junctions_would_burn_100_microwatts():
    # 0.64 V^2 * (117.81 + 39.27) uS = 100.5 uW
    constant = Mtj(MtjConfig(bias_law="constant"))
    assert synapse_uw(constant, 0.8) == pytest.approx(100.5, abs=0.05)


def test_full_drive_of_lenet_is_almost_seven_watts():
    # 58,920 synapses * 117.4 uW = 6.92 W
    assert full_drive_uw(LENET, MTJ, 0.8) == pytest.approx(6.92e6, rel=1e-3)


@pytest.mark.parametrize(("layers", "published_nj"), [(LENET, 97), (VGG, 512)])
def test_published_energies_are_full_drive_for_14_to_17_ns(layers, published_nj):
    window_ps = published_nj * 1e3 / energy_pj(full_drive_uw(layers, MTJ, 0.8), 1)
    assert 14_000 <= window_ps <= 17_000


@pytest.mark.parametrize(("layers", "published_nj"), [(LENET, 97), (VGG, 512)])
def test_one_window_of_15_ns_fits_both_published_energies_within_a_quarter(layers, published_nj):
    energy_nj = energy_pj(full_drive_uw(layers, MTJ, 0.8), 15_000) / 1e3
    assert energy_nj == pytest.approx(published_nj, rel=0.25)


def test_a_watt_during_a_nanosecond_is_a_nanojoule():
    assert energy_pj(1e6, 1_000) == pytest.approx(1_000)


def test_writing_a_synapse_writes_two_junctions():
    assert write_pj(WriteConfig(), 120) == pytest.approx(120 * 2 * 0.55)
