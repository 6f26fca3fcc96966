"""LeNet-5 on the arrays with inputs of three bits, one plane a shot, added up by the core.

python scenarios/lenet5_serial.py
cosim run lenet5_serial --images 10
cosim run lenet5_serial --set code.isa=scalar --set soc.convolver.lanes=1
"""

import sys

from scenarios.lenet5_arrays import ArraysConfig
from scenarios.networks.lenet5 import SERIAL
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import RunOptions, RunResult, Scenario
from scenarios.studies.on_arrays import told


def run(options: RunOptions[InferenceConfig]) -> RunResult:
    """Classify digits; only adding, pooling, and moving bits and codes is left to the core."""
    return told(SERIAL, options)


SCENARIO: Scenario[InferenceConfig] = Scenario(
    "LeNet-5 entirely on the arrays, inputs of three bits, one a shot", ArraysConfig, run
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "lenet5_serial", *sys.argv[1:]])
