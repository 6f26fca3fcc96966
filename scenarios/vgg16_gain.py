"""VGG-16 without and with the co-processor: speedup, saved energy, and a picture of both.

python scenarios/vgg16_gain.py
cosim run vgg16_gain --set code.fc_weight_layout=keras
"""

import sys
from functools import partial

from scenarios.networks.vgg16 import NETWORK
from scenarios.scenario import Scenario, Trace
from scenarios.studies.gain import told
from scenarios.vgg16 import VggConfig

SCENARIO: Scenario[VggConfig] = Scenario(
    "VGG-16 without and with the co-processor: speedup, energy, breakdown",
    VggConfig,
    partial(told, NETWORK),
    is_long=True,
    draws=Trace.NONE,
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "vgg16_gain", *sys.argv[1:]])
