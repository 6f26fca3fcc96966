"""Runs of LeNet-5 for tests: straight through the scenario, without a run folder's bookkeeping."""

from pathlib import Path
from typing import Any

from cosim import override
from scenarios import lenet5
from scenarios.measures.metrics import Metrics
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Mode, RunOptions, Trace


def lenet5_metrics(
    folder: Path,
    *settings: tuple[str, Any],
    mode: Mode = Mode.FAST,
    trace: Trace = Trace.NONE,
    images: int = 1,
    seed: int = 0,
) -> Metrics:
    """Run LeNet-5 with `settings` of its configuration and return what was measured."""
    config = InferenceConfig()
    for path, value in settings:
        config = override(config, path, value)
    options = RunOptions(config, folder, mode, trace, images=images, seed=seed)
    return lenet5.run(options).metrics
