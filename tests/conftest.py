"""What every test shares."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "cosim",
    deadline=None,  # the first example may compile for seconds,
    suppress_health_check=[HealthCheck.too_slow],  # on a busy machine for longer
    derandomize="CI" in os.environ,  # a change is judged by the same examples each time
)
settings.load_profile("cosim")
