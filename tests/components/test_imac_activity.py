"""What the co-processor's ledger predicts for another constant is what another run then finds."""

from operator import attrgetter

import pytest

from cosim.activity import per_unit
from tests.components.imac_host import FEATURES, System

SETTLING = {"layer_ps": None, "amplifier": {"bandwidth_hz": 140_000_000}}
"""Layers that settle as their amplifiers do, not in the 5 ns of the other tests."""


FAST_HZ = 100_000_000_000
"""A clock whose cycles are too short to round a job's time."""


def spent(**analog):
    """Return a co-processor that has done one job."""
    system = System(config={"analog": SETTLING | analog}, clock_hz=FAST_HZ)
    system.run(lambda host: host.infer(FEATURES, 4))
    return system.imac


def predicted_pj(imac, name, changed, cause):
    """Return the energy of a cause with the constant `name` at `changed`, from the ledger alone."""
    ratio = changed / attrgetter(name)(imac.config)
    return sum(
        term.count * per_unit(imac.config, term.constants) * ratio ** term.constants.get(name, 0.0)
        for term in imac.activity()
        if term.cause == cause
    )


@pytest.mark.parametrize(
    ("name", "changed", "analog", "error"),
    [
        ("analog.mtj.resistance_area", 11.0, {"mtj": {"resistance_area": 11.0}}, 1e-3),
        ("analog.mtj.length_nm", 48.0, {"mtj": {"length_nm": 48.0}}, 1e-3),
        ("analog.adc.conversion_ps", 1_200, {"adc": {"conversion_ps": 1_200}}, 1e-2),
        (
            "analog.amplifier.bandwidth_hz",
            154_000_000,
            {"amplifier": {"bandwidth_hz": 154_000_000}},
            1e-2,
        ),
        ("analog.mtj.tmr0_percent", 190.0, {"mtj": {"tmr0_percent": 190.0}}, 1e-2),
    ],
)
def test_the_arrays_energy_follows_each_constant_as_the_ledger_says(name, changed, analog, error):
    imac = spent()
    again = spent(**analog).energy_pj()["array"]
    assert predicted_pj(imac, name, changed, "array") == pytest.approx(again, rel=error)
    assert again != pytest.approx(imac.energy_pj()["array"], rel=2e-3)


@pytest.mark.parametrize(
    ("cause", "name", "changed", "analog"),
    [
        ("neurons", "analog.neuron.power_uw", 80.0, {"neuron": {"power_uw": 80.0}}),
        (
            "amplifiers",
            "analog.amplifier.quiescent_uw",
            10.0,
            {"amplifier": {"bandwidth_hz": 140_000_000, "quiescent_uw": 10.0}},
        ),
        ("adc", "analog.adc.conversion_pj", 1.0, {"adc": {"conversion_pj": 1.0}}),
        ("configuration", "analog.write.junction_pj", 1.0, {"write": {"junction_pj": 1.0}}),
    ],
)
def test_other_causes_are_counts_times_their_constant(cause, name, changed, analog):
    again = spent(**analog).energy_pj()[cause]
    assert predicted_pj(spent(), name, changed, cause) == pytest.approx(again, rel=1e-9)


def test_a_job_waits_for_layers_and_conversion_and_accesses_for_the_port():
    imac = spent()
    parts = {next(iter(term.constants)): term for term in imac.delays()}
    amounts = {name: t.count * per_unit(imac.config, t.constants) for name, t in parts.items()}
    # 14 stores (two of READY) and 4 loads at 100 GHz; 3 x 5.2353 ns; 1 ns
    assert amounts == pytest.approx(
        {
            "buffer.access_cycles": 180,
            "analog.amplifier.bandwidth_hz": 3 * 5_235.3,
            "analog.adc.conversion_ps": 1_000,
        },
        rel=1e-4,
    )
