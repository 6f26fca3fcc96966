"""Scaling of switching energy, against factors worked out from the published polynomials."""

import pytest

from components.technology import energy_at, factor, scaled
from cosim import ConfigError


def test_energy_of_a_node_is_its_polynomial() -> None:
    # 14 nm at 1 V: 0.2363 - 0.09675 + 0.02239
    assert energy_at(14, 1.0) == pytest.approx(0.16194)


@pytest.mark.parametrize(
    ("supply_v", "from_20_nm"),
    [(0.70, 0.46), (0.75, 0.54), (0.80, 0.63), (0.90, 0.83), (1.00, 1.06), (1.10, 1.32)],
)
def test_from_20_nm_at_800_mv_to_14_nm(supply_v: float, from_20_nm: float) -> None:
    assert factor(20, 0.8, 14, supply_v) == pytest.approx(from_20_nm, abs=0.006)


@pytest.mark.parametrize(
    ("supply_v", "from_22_nm"),
    [(0.70, 0.39), (0.75, 0.46), (0.80, 0.53), (0.90, 0.70), (1.00, 0.89), (1.10, 1.11)],
)
def test_from_22_nm_which_lies_between_two_nodes(supply_v: float, from_22_nm: float) -> None:
    assert factor(22, 0.8, 14, supply_v) == pytest.approx(from_22_nm, abs=0.006)


def test_a_scaled_energy_keeps_three_digits() -> None:
    assert scaled(24.0) == 12.7
    assert scaled(429.0) == 227.0


def test_other_nodes_are_refused() -> None:
    with pytest.raises(ConfigError, match="technology must be from 14 to 32 nm, not 45 nm"):
        energy_at(45, 0.8)
