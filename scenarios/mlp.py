"""The 784-16-10 perceptron on MNIST digits, through the co-processor or on the core alone.

python scenarios/mlp.py
cosim run mlp --images 100
cosim run mlp --set soc.imac.enabled=false

A digit has 784 inputs of one bit, so the co-processor has a buffer of 98 bytes here instead of 64.
"""

import sys

from components.imac import ImacConfig
from components.imac.buffer import BufferConfig
from cosim import param
from scenarios.networks.mlp import NETWORK
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import RunOptions, RunResult, Scenario
from scenarios.soc import SocConfig

BUFFER_BYTES = 98
"""784 inputs of one bit."""


class MlpConfig(InferenceConfig):
    """The same machine, with a buffer that holds a digit."""

    soc: SocConfig = param(
        SocConfig(imac=ImacConfig(buffer=BufferConfig(size_bytes=BUFFER_BYTES))), doc="the machine"
    )


def run(options: RunOptions[InferenceConfig]) -> RunResult:
    """Classify digits; dense layers wherever `soc.imac` says."""
    return infer(NETWORK, options)


SCENARIO: Scenario[InferenceConfig] = Scenario(
    "784-16-10 perceptron on black and white MNIST digits", MlpConfig, run, resumes=True
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "mlp", *sys.argv[1:]])
