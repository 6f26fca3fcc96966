"""LeNet-5 without and with the co-processor: speedup, saved energy, and a picture of both.

python scenarios/lenet5_gain.py --images 10
cosim run lenet5_gain --images 10 --set code.isa=scalar
"""

import sys
from functools import partial

from scenarios.networks.lenet5 import NETWORK
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Scenario, Trace
from scenarios.studies.gain import told

SCENARIO: Scenario[InferenceConfig] = Scenario(
    "LeNet-5 without and with the co-processor: speedup, energy, breakdown",
    InferenceConfig,
    partial(told, NETWORK),
    is_long=True,
    draws=Trace.NONE,
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "lenet5_gain", *sys.argv[1:]])
