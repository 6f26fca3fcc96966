"""Values, voltages, power and energy of a job, against plain numpy and hand arithmetic."""

import numpy as np
import pytest

from tests.components.imac_host import CONFIGURED_PS, FEATURES, SMALL, System, dense

SYNAPSE_UW = 117.395
"""uW; 0.64 V^2 * (117.8097 + 65.6207) uS."""

SIGNS = np.sign(FEATURES)


def phi(volts):
    """Return v (G_P - G_AP(v)) in units of G_P."""
    return volts * (1 - 1 / (1 + 2 / (1 + (volts / 0.65) ** 2)))


def heard(probe):
    """Return the list that a probe's changes are written to, as (ps, value)."""
    changes: list[tuple[int, float]] = []
    probe.listen(lambda when_ps, value: changes.append((when_ps, value)))
    return changes


def expected_v(signs, layers, bent=True):
    """Return the voltages after every layer, from the trained network's formula."""
    inputs, voltages = signs, []
    for layer in layers:
        sums = inputs @ layer.weights.astype(int) + layer.biases
        volts = 0.8 / (1 + np.exp(layer.gain * sums))
        voltages.append(volts)
        inputs = phi(volts) / phi(0.8) if bent else volts / 0.8
    return voltages


@pytest.fixture(scope="module")
def finished():
    system = System()
    system.run(lambda host: host.infer(FEATURES, 4))
    return system


@pytest.mark.parametrize("level", ["virtual_ground", "ideal"])
def test_codes_and_voltages_are_those_of_plain_numpy(level):
    system = System(config={"analog": {"level": level}})
    (codes,) = system.run(lambda host: host.infer(FEATURES, 4))
    volts = expected_v(SIGNS, SMALL, bent=level == "virtual_ground")[-1]
    np.testing.assert_allclose(system.imac.last_job.outputs_v, volts, rtol=1e-10)
    assert codes == list(np.floor(8 * volts / 0.8).astype(int))


@pytest.mark.parametrize(
    "analog",
    [
        {"level": "mesh"},
        {"level": "merged", "wires": {"tile": 4}},
        {"level": "one_correction", "spread": {"cell": 0.05}},
        {"level": "netlist"},
        {"level": "mesh", "neuron": {"form": "ekv", "drive": "direct"}},
    ],
    ids=lambda analog: analog["level"],
)
def test_every_level_gives_in_time_what_it_gives_alone(analog):
    system = System(config={"analog": analog})
    system.run(lambda host: host.infer(FEATURES, 4))
    alone = system.imac.network.forward_v(SIGNS * 0.8)
    np.testing.assert_allclose(system.imac.last_job.outputs_v, alone, rtol=1e-9)


def test_peak_power_is_that_of_all_that_is_on_together(finished):
    network, volts, total_uw = finished.imac.network, SIGNS * 0.8, 0.0
    for layer in range(3):
        columns_v = network.column_v(layer, volts)
        total_uw += float(network.power_uw(layer, columns_v) + network.buffer_uw(layer, columns_v))
        volts = network.layer_v(layer, volts)
    # and 18 neurons of 64 uW with amplifiers of 40 uW
    expected_mw = (total_uw + 18 * (64 + 40)) / 1e3
    assert finished.imac.last_job.power_mw == pytest.approx(expected_mw, rel=1e-9)


def test_bipolar_inputs_drive_both_rails():
    signs = np.where(SIGNS > 0, 1.0, -1.0)
    system = System(config={"encoding": "bipolar"})
    system.run(lambda host: host.infer(list(signs), 4))
    np.testing.assert_allclose(
        system.imac.last_job.outputs_v, expected_v(signs, SMALL)[-1], rtol=1e-10
    )


def test_three_values_go_through_two_bits():
    signs = np.resize([1.0, -1.0, 0.0], 12)
    system = System(config={"encoding": "ternary2b"})
    system.run(lambda host: host.infer(list(signs), 4))
    np.testing.assert_allclose(
        system.imac.last_job.outputs_v, expected_v(signs, SMALL)[-1], rtol=1e-10
    )


def test_partitioned_layers_add_their_currents():
    layers = (dense("fc1", 12, 9, 21), dense("fc2", 9, 4, 22))
    geometry = {"columns": 5, "rows": 4, "subarrays": 11}
    system = System(layers, {"analog": {"geometry": geometry}})
    system.run(lambda host: host.infer(FEATURES, 4))
    # 13 columns by 9 rows: 3 x 3 subarrays; 10 columns by 4 rows: 2 x 1
    assert [subarray.seat is not None for subarray in system.imac.subarrays] == [True] * 11
    np.testing.assert_allclose(
        system.imac.last_job.outputs_v, expected_v(SIGNS, layers)[-1], rtol=1e-10
    )


def test_spread_follows_the_seed_of_the_simulation():
    config = {"analog": {"spread": {"cell": 0.2}}}
    jobs = []
    for _ in range(2):
        system = System(config=config)
        system.run(lambda host: host.infer(FEATURES, 4))
        jobs.append(system.imac.last_job)
    np.testing.assert_array_equal(jobs[0].outputs_v, jobs[1].outputs_v)
    assert np.abs(jobs[0].outputs_v - expected_v(SIGNS, SMALL)[-1]).max() > 1e-3


def test_voltages_of_every_layer_show_as_it_settles():
    system = System()
    seen = {lane.path: heard(lane) for subarray in system.imac.subarrays for lane in subarray.v_row}
    system.run(lambda host: host.infer(FEATURES, 4))
    for index, volts in enumerate(expected_v(SIGNS, SMALL)):
        settled_ps = CONFIGURED_PS + 14_000 + 5_000 * (index + 1)
        for row, value in enumerate(volts):
            shown = seen[f"imac.subarray[{index}].v_row[{row}]"]
            assert shown == [(settled_ps, pytest.approx(value)), (CONFIGURED_PS + 31_000, 0.0)]


def test_sixteen_rows_are_shown_of_a_larger_layer():
    system = System([dense("fc1", 12, 20, 1)])
    assert len(system.imac.subarrays[0].v_row) == 16


def test_codes_show_at_the_converters(finished):
    codes = [lane.value for lane in finished.imac.adc.adc_code]
    assert codes == list(finished.imac.last_job.codes)
    assert [lane.path for lane in finished.imac.adc.adc_code][:2] == [
        "imac.adc.adc_code[0]", "imac.adc.adc_code[1]",
    ]  # fmt: skip


def test_array_power_steps_as_layers_join_and_falls_at_the_end():
    system = System()
    steps = heard(system.imac.subarrays[0].array)
    system.run(lambda host: host.infer(FEATURES, 4))
    # seven inputs are 1: seven columns and the bias column, eight rows each
    driven = int(SIGNS.sum()) + 1
    assert steps == [
        (CONFIGURED_PS + 14_000, pytest.approx(driven * 8 * SYNAPSE_UW / 1e3, rel=1e-4)),
        (CONFIGURED_PS + 31_000, 0.0),
    ]


def test_energy_of_a_job_by_hand(finished):
    energy = finished.imac.energy_pj()
    assert list(energy) == [
        "array", "buffers", "neurons", "amplifiers", "adc", "buffer", "control", "configuration",
    ]  # fmt: skip
    # neurons: 64 uW each; 8 of them for 17 ns, 6 for 12 ns, 4 for 7 ns: 236 neuron-ns
    assert energy["neurons"] == pytest.approx(0.064 * 236)
    # and as many amplifiers of 40 uW
    assert energy["amplifiers"] == pytest.approx(0.04 * 236)
    # four conversions of 0.6 pJ
    assert energy["adc"] == pytest.approx(2.4)
    # 12 bits stored, 12 read, 4 codes of 8 bits written and read: 88 bits of 0.07 pJ
    assert energy["buffer"] == pytest.approx(88 * 0.07)
    # 0.4 mW from READY = 0 at 1 ns to the codes at 31 ns
    assert energy["control"] == pytest.approx(0.4 * 30)
    # 13 x 8 + 9 x 6 + 7 x 4 synapses of two junctions of 0.55 pJ
    assert energy["configuration"] == pytest.approx(186 * 1.1)


def test_energy_of_the_first_array_is_power_times_its_17_ns(finished):
    driven = int(SIGNS.sum()) + 1
    expected_pj = driven * 8 * SYNAPSE_UW * 17e-3
    assert finished.imac.subarrays[0].array.value == pytest.approx(expected_pj, rel=1e-4)


def test_energy_of_a_hidden_array_follows_its_voltages(finished):
    volts = np.append(expected_v(SIGNS, SMALL)[0], 0.8)
    conductance = 117.8097 * (1 + 1 / (1 + 2 / (1 + (volts / 0.65) ** 2)))
    expected_pj = 6 * float(volts**2 @ conductance) * 12e-3
    assert finished.imac.subarrays[1].array.value == pytest.approx(expected_pj, rel=1e-5)


def test_buffers_lose_what_lies_between_the_supply_and_the_hidden_voltages(finished):
    volts = expected_v(SIGNS, SMALL)[0]
    share = 1 / (1 + 2 / (1 + (volts / 0.65) ** 2))
    current_ua = volts * 117.8097 * (1 + share)
    # fc2 has six rows and settles for 12 ns; the bias column is at the supply itself
    expected_pj = 6 * float((0.8 - volts) @ current_ua) * 12e-3
    assert finished.imac.subarrays[1].buffers.value == pytest.approx(expected_pj, rel=1e-5)
    assert finished.imac.subarrays[0].buffers.value == 0


def test_an_unused_subarray_does_nothing(finished):
    unused = finished.imac.subarrays[3]
    assert unused.state.value == "UNUSED"
    assert (unused.array.value, unused.writing.value, len(unused.v_row)) == (0, 0, 0)


def test_spans_name_the_layers(finished):
    labels = []
    system = System()
    for subarray in system.imac.subarrays:
        subarray.layer.listen(lambda _, label: labels.append(label))
    system.run(lambda host: host.infer(FEATURES, 4))
    assert [label for label in labels if label] == ["fc1", "fc2", "fc3"]
