"""VGG-16 of few bits on CIFAR-10 images, entirely inside MRAM.

python scenarios/pim_vgg16.py
cosim run pim_vgg16 --images 10
cosim run pim_vgg16 --set width=8:8

As many banks as hold the network once are there, unless `pim.banks` says another number.
"""

import sys

from components.pim import PimConfig
from cosim import param
from scenarios.networks.vgg16 import NETWORK
from scenarios.pim.inference import infer
from scenarios.pim.options import PimInferenceConfig
from scenarios.scenario import RunOptions, RunResult, Scenario


class PimVgg16Config(PimInferenceConfig):
    """The same accelerator, with as many banks as the network needs."""

    pim: PimConfig = param(PimConfig(banks=0), doc="the accelerator")


def run(options: RunOptions[PimInferenceConfig]) -> RunResult:
    """Classify images in memory."""
    return infer(NETWORK, options)


SCENARIO: Scenario[PimInferenceConfig] = Scenario(
    "VGG-16 of few bits, bit-wise inside MRAM", PimVgg16Config, run, is_long=True
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "pim_vgg16", *sys.argv[1:]])
