"""VGG-16 at full width on CIFAR-10 images: every instruction of the inference is simulated.

python scenarios/vgg16.py
cosim run vgg16
cosim run vgg16 --set soc.imac.enabled=false
cosim run vgg16 --window 10us:12us
cosim run vgg16 --set weights=trained.npz

The run says which weights it used and how good they were measured to be. Time and energy depend on
the shapes, hardly on the weights.
"""

import sys

from cosim import param
from scenarios.networks.options import CodeOptions
from scenarios.networks.vgg16 import NETWORK
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import RunOptions, RunResult, Scenario


class VggConfig(InferenceConfig):
    """The same machine; loaded weights, which are megabytes here, meet several pixels."""

    code: CodeOptions = param(
        CodeOptions(accumulators=10, pixels=4), doc="how layers become instructions"
    )


def run(options: RunOptions[InferenceConfig]) -> RunResult:
    """Classify images; convolutions on the core, dense layers wherever `soc.imac` says."""
    return infer(NETWORK, options)


SCENARIO: Scenario[InferenceConfig] = Scenario(
    "VGG-16 at full width on CIFAR-10 images, dense layers on the co-processor",
    VggConfig,
    run,
    is_long=True,
    resumes=True,
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "vgg16", *sys.argv[1:]])
