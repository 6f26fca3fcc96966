"""LeNet-5 on the arrays from the first convolution on; the core moves bits, adds, and pools.

python scenarios/lenet5_arrays.py
cosim run lenet5_arrays --images 10
cosim run lenet5_arrays --set code.isa=scalar --set soc.convolver.lanes=1
"""

import sys

from cosim import param
from scenarios.networks.lenet5 import ARRAYS
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import RunOptions, RunResult, Scenario
from scenarios.soc import SocConfig
from scenarios.studies.on_arrays import CONVOLVING, told


class ArraysConfig(InferenceConfig):
    """A machine with a convolver, the code it runs, and what it looks at."""

    soc: SocConfig = param(CONVOLVING, doc="the machine")


def run(options: RunOptions[InferenceConfig]) -> RunResult:
    """Classify digits; only pooling, and moving bits and codes, is left to the core."""
    return told(ARRAYS, options)


SCENARIO: Scenario[InferenceConfig] = Scenario(
    "LeNet-5 entirely on the arrays, inputs of one bit", ArraysConfig, run
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "lenet5_arrays", *sys.argv[1:]])
