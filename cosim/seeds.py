"""One random generator per path, so that adding a part does not change the others' numbers."""

import hashlib
from numbers import Integral

import numpy as np

from cosim.errors import ConfigError


def generator(seed: int, path: str) -> np.random.Generator:
    """Return the generator of `path` in a run seeded with `seed`.

    The stream depends on these two alone: not on the order of calls, not on other paths.
    Raises ConfigError for a seed that is no whole number or negative.
    """
    if not isinstance(seed, Integral) or seed < 0:
        raise ConfigError(f"a seed must be a whole number, 0 or more, not {seed!r}")
    digest = hashlib.sha256(path.encode()).digest()
    words = [int.from_bytes(digest[at : at + 4], "little") for at in range(0, len(digest), 4)]
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=words))
