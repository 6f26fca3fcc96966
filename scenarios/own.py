"""A network of one's own, as `cosim train` kept it, on one's own images.

cosim train mine.keras --data mine_data.npz --out mine.npz
cosim run own --set weights=mine.npz --set data=mine_data.npz --images 10
"""

import sys
from pathlib import Path

from cosim import ConfigError
from scenarios.networks.catalogue import network_in
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import RunOptions, RunResult, Scenario


def run(options: RunOptions[InferenceConfig]) -> RunResult:
    """Classify images with the network that the file of weights brings along."""
    if not options.config.weights:
        raise ConfigError("own: weights must be a file of `cosim train`; add --set weights=FILE")
    return infer(network_in(Path(options.config.weights)), options)


SCENARIO = Scenario(
    "a network of one's own, as cosim train kept it", InferenceConfig, run, resumes=True
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "own", *sys.argv[1:]])
