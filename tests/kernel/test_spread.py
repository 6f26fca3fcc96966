"""Spreads of constants: their ends, their middle, and several of them together."""

import numpy as np
import pytest

from cosim import ConfigError
from cosim.spread import joined, spread


def test_nine_of_ten_draws_lie_between_the_ends_and_half_above_the_value() -> None:
    deviations = np.random.default_rng(1).standard_normal(200_000)
    factors = spread(0.5, 3.0, "a table").factors(deviations)
    assert np.percentile(factors, [5, 50, 95]) == pytest.approx([0.5, 1.0, 3.0], rel=0.02)


def test_a_limit_that_is_never_passed_leaves_half_of_the_draws_at_the_value() -> None:
    factors = spread(0.7, 1.0, "a limit").factors(np.array([-1.6448536, 0.0, 2.0, 5.0]))
    assert factors == pytest.approx([0.7, 1.0, 1.0, 1.0])


def test_two_independent_spreads_are_wider_than_each_and_narrower_than_their_product() -> None:
    both = (spread(0.5, 2.0, "one"), spread(0.5, 2.0, "other"))
    # 2 to the square root of 2
    assert joined(both) == pytest.approx((0.375214, 2.665144))
    assert joined(()) == (1.0, 1.0)


@pytest.mark.parametrize("ends", [(0.0, 2.0), (1.1, 2.0), (0.5, 0.9), (-1.0, 1.0)])
def test_an_interval_without_the_value_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(ConfigError) as refused:
        spread(*ends, "a table")
    assert str(refused.value) == (
        "a spread must reach from above 0 and at most 1 to at least 1 times the value, not from "
        f"{ends[0]} to {ends[1]}"
    )
