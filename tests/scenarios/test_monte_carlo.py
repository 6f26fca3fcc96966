"""Error bars of LeNet-5 beside simulations with every constant drawn."""

from pathlib import Path

import pytest

from scenarios.monte_carlo import MonteCarloConfig, redrawn, run, simulated
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import RunOptions
from scenarios.soc import SocConfig


def options(folder: Path, draws: int) -> RunOptions[MonteCarloConfig]:
    return RunOptions(MonteCarloConfig(draws=draws), folder)


def test_constants_are_set_and_whole_numbers_rounded() -> None:
    soc = SocConfig()
    drawn = redrawn(
        soc,
        {
            "soc.core.fp_pj": 2.0,
            "soc.coprocessor_bus.request_cycles": 1.4,
            "soc.memory.currents.vdd2.idd4r_ma": 0.5,
            "soc.imac.analog.mtj.resistance_area": 1.1,
        },
    )
    assert drawn.core.fp_pj == 2 * soc.core.fp_pj
    assert drawn.coprocessor_bus.request_cycles == 3  # 2.8
    assert drawn.memory.currents.vdd2.idd4r_ma == 115.0
    assert drawn.imac.analog.mtj.resistance_area == pytest.approx(11.0)
    assert drawn.l1d == soc.l1d


def test_without_a_change_a_machine_stays_as_it_is() -> None:
    assert redrawn(InferenceConfig().soc, {"soc.core.fp_pj": 1.0}) == SocConfig()


@pytest.mark.slow
def test_error_bars_cover_what_simulating_again_finds(tmp_path: Path) -> None:
    for name, found in simulated(options(tmp_path, 40)).items():
        assert found.bar.covers(found.median), name
        # 90 % of 40 draws and three standard deviations of that
        assert found.covered >= 0.75, name
        assert found.error < 0.03, name


def test_the_run_tells_every_headline(tmp_path: Path) -> None:
    rows = run(options(tmp_path, 2)).tables["headlines"].rows
    assert [row[0] for row in rows] == ["energy", "speedup", "energy saved"]
