"""Writing the weights before the first job, and the configuration tree."""

import pytest

from components.analog import MappingError
from components.imac import ImacConfig
from cosim import ConfigError, override, rows
from tests.components.imac_host import System, dense

LENET = (dense("fc1", 400, 120, 1), dense("fc2", 120, 84, 2), dense("fc3", 84, 10, 3))


def configured_at(system):
    """Return when the controller leaves CONFIGURING."""
    states = []
    system.imac.controller.state.listen(lambda when_ps, state: states.append((when_ps, state)))
    system.sim.run()
    return states


def test_subarrays_are_written_in_parallel_one_row_per_cycle():
    # 120 rows of 5 ns; fc2 and fc3 have fewer
    assert configured_at(System(LENET)) == [(600_000, "IDLE")]


def test_a_row_is_written_every_five_nanoseconds():
    system = System(LENET)
    written = []
    system.imac.subarrays[2].row.listen(lambda when_ps, row: written.append((when_ps, row)))
    system.sim.run()
    assert written == [(5_000 * row, row) for row in range(1, 11)]


def test_writing_all_of_lenet_takes_65_nanojoules():
    # (401 x 120 + 121 x 84 + 85 x 10) synapses x 2 junctions x 0.55 pJ = 59,134 x 1.1 pJ
    system = System(LENET)
    system.sim.run()
    assert system.imac.energy_pj()["configuration"] == pytest.approx(59_134 * 1.1)


def test_preloaded_weights_take_no_time_and_no_energy():
    system = System(LENET, {"configuration": "preloaded"})
    assert configured_at(system) == [(0, "IDLE")]
    assert system.imac.energy_pj()["configuration"] == 0


def test_layers_that_do_not_fit_are_refused():
    with pytest.raises(MappingError, match="must fit 2 subarrays of 512x512, not 3"):
        System(LENET, {"analog": {"geometry": {"subarrays": 2}}})


def test_parameters_are_set_by_path():
    config = override(ImacConfig(), "analog.level", "ideal")
    assert config.analog.level == "ideal"
    assert override(config, "timer.clock", "1.8 GHz").timer.clock_hz == 1_800_000_000
    assert not override(config, "enabled", "false").enabled


def test_unknown_policies_are_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean silent_stale"):
        override(ImacConfig(), "misuse.early_load", "silent_stal")


def test_every_parameter_has_a_source():
    for row in rows(ImacConfig()):
        assert row.source, row.path
        assert row.doc, row.path
