"""Random generators depend on seed and path, on nothing else."""

import pytest

from cosim.errors import ConfigError
from cosim.seeds import generator


def test_same_seed_and_path_give_the_same_numbers() -> None:
    assert (
        generator(7, "soc.imac").random(4).tolist() == generator(7, "soc.imac").random(4).tolist()
    )


def test_another_path_or_seed_gives_other_numbers() -> None:
    drawn = [tuple(generator(s, p).random(4)) for s, p in [(0, "a"), (0, "b"), (1, "a")]]
    assert len(set(drawn)) == 3


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ConfigError, match="a seed must be a whole number, 0 or more, not -1"):
        generator(-1, "soc")
