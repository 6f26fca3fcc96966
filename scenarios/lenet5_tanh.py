"""LeNet-5 with tanh and average pooling, whose features are -1 and +1, on real MNIST digits.

python scenarios/lenet5_tanh.py
cosim run lenet5_tanh --images 100
"""

import sys

from components.imac import ImacConfig
from cosim import param
from scenarios.networks.lenet5 import TANH
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import RunOptions, RunResult, Scenario
from scenarios.soc import SocConfig


class TanhConfig(InferenceConfig):
    """The same machine, whose buffer has a code for -1 and none for 0."""

    soc: SocConfig = param(SocConfig(imac=ImacConfig(encoding="bipolar")), doc="the machine")


def run(options: RunOptions[InferenceConfig]) -> RunResult:
    """Classify digits; convolutions on the core, dense layers wherever `soc.imac` says."""
    return infer(TANH, options)


SCENARIO: Scenario[InferenceConfig] = Scenario(
    "LeNet-5 with tanh and average pooling, features of -1 and +1", TanhConfig, run, resumes=True
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "lenet5_tanh", *sys.argv[1:]])
