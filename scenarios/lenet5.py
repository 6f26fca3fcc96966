"""LeNet-5 on real MNIST digits, through core, caches, memory and the analog co-processor.

python scenarios/lenet5.py
cosim run lenet5 --images 100
cosim run lenet5 --set soc.imac.enabled=false
"""

import sys

from scenarios.networks.lenet5 import NETWORK
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import RunOptions, RunResult, Scenario


def run(options: RunOptions[InferenceConfig]) -> RunResult:
    """Classify digits; convolutions on the core, dense layers wherever `soc.imac` says."""
    return infer(NETWORK, options)


SCENARIO = Scenario(
    "LeNet-5 on MNIST digits, dense layers on the co-processor", InferenceConfig, run, resumes=True
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "lenet5", *sys.argv[1:]])
