"""LeNet-5 of few bits on MNIST digits, entirely inside MRAM: rows of bits meet, ones are counted.

python scenarios/pim_lenet5.py
cosim run pim_lenet5 --images 100
cosim run pim_lenet5 --set width=8:8 --set pim.popcount.unit=counter_serial
cosim run pim_lenet5 --set pim.mats=1 --set pim.sub_arrays=1
"""

import sys

from scenarios.networks.lenet5 import NETWORK
from scenarios.pim.inference import infer
from scenarios.pim.options import PimInferenceConfig
from scenarios.scenario import RunOptions, RunResult, Scenario


def run(options: RunOptions[PimInferenceConfig]) -> RunResult:
    """Classify digits in memory."""
    return infer(NETWORK, options)


SCENARIO = Scenario("LeNet-5 of few bits, bit-wise inside MRAM", PimInferenceConfig, run)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "pim_lenet5", *sys.argv[1:]])
