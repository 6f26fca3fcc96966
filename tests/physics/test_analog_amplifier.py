"""Amplifiers between sense lines and neuron: ngspice's voltages, rails, reference."""

import numpy as np
import pytest

from components.analog import AmplifierConfig, Circuit, Mesh, amplified_v
from tests.physics.ngspice_golden import crossbar, golden

ROWS = golden("rows.json")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"case {row['case']}")
def test_amplifier_volts_are_those_of_ngspice(row):
    volts = np.array([row["v"]])
    if row["r_wire"]:
        plus, minus = Mesh(Circuit(crossbar(row), (row["r_wire"],) * 2)).exact(volts)[0]
    else:
        plus, minus = crossbar(row).line_currents_ua(volts)[:, 0, 0]
    step_v = row["rf"] * (plus - minus) * 1e-6
    assert float(amplified_v(AmplifierConfig(), step_v)) == pytest.approx(row["v_amp"], abs=1e-6)


def test_outputs_stop_at_the_rails():
    # 0.4 V without a signal; rails at -0.8 and 1.2 V
    found = amplified_v(AmplifierConfig(), np.array([-5.0, -0.1, 0.0, 5.0]))
    np.testing.assert_allclose(found, [-0.8, 0.3, 0.4, 1.2])


def test_without_a_reference_the_middle_of_the_neuron_is_not_cancelled():
    found = amplified_v(AmplifierConfig(reference_v=0.0), np.array([0.0, 0.1]))
    np.testing.assert_allclose(found, [0.0, 0.1])
