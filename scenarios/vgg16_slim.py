"""VGG-16 with fewer filters, trained on CIFAR-10: real images, real classes.

python scenarios/vgg16_slim.py
cosim run vgg16_slim --images 10
cosim run vgg16_slim --set soc.imac.enabled=false
"""

import sys

from scenarios.networks.vgg16 import SLIM
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import RunOptions, RunResult, Scenario
from scenarios.vgg16 import VggConfig


def run(options: RunOptions[InferenceConfig]) -> RunResult:
    """Classify images; convolutions on the core, dense layers wherever `soc.imac` says."""
    return infer(SLIM, options)


SCENARIO: Scenario[InferenceConfig] = Scenario(
    "VGG-16 with fewer filters, trained on CIFAR-10, dense layers on the co-processor",
    VggConfig,
    run,
    is_long=True,
    resumes=True,
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "vgg16_slim", *sys.argv[1:]])
