"""LeNet-5 of any shape without and with the co-processor: what the conv:FC ratio is worth.

cosim run conv_fc --set shape.moved=1 --set images=2
cosim conv-fc                                        # the design space: studies/conv_fc/study.toml

Checked by: tests/scenarios/test_conv_fc.py
"""

import sys
from dataclasses import replace
from typing import cast

from components.lpddr3.presets import DEFAULT_PRESET, preset
from cosim import param
from cosim.config import override
from scenarios.networks.shaped import ShapeConfig, shaped
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import RunOptions, RunResult, Scenario, Trace
from scenarios.soc import SocConfig
from scenarios.studies.conv_fc.amdahl import figures, subarrays
from scenarios.studies.gain import compare


class ConvFcConfig(InferenceConfig):
    """A machine, and the shape of the network that it runs.

    The co-processor has as many subarrays as the layers need.
    """

    soc: SocConfig = param(
        override(SocConfig(), "imac.buffer.chunked", "true"),
        doc="the machine; features that its buffer cannot hold come in chunks",
    )
    shape: ShapeConfig = param(ShapeConfig(), doc="the network's shape")
    subarray: int = param(
        512, doc="columns and rows of a subarray", unit="1", low=16, high=4096,
        source="arXiv:2105.13904 section IV",
    )  # fmt: skip
    memory: str = param(DEFAULT_PRESET, doc="preset of the memory", source="soc.memory's default")


def placed(config: ConvFcConfig) -> ConvFcConfig:
    """Return a configuration whose machine has the memory and the subarrays that it asks for."""
    geometry = {"columns": config.subarray, "rows": config.subarray}
    needed = subarrays(shaped(config.shape), config.subarray)
    for name, value in {**geometry, "subarrays": needed}.items():
        config = override(config, f"soc.imac.analog.geometry.{name}", str(value))
    soc = config.soc.model_copy(update={"memory": preset(config.memory)})
    return config.model_copy(update={"soc": soc})


def run(options: RunOptions[ConvFcConfig]) -> RunResult:
    """Run both machines; `figures` of the metrics has what the study is about."""
    config = placed(options.config)
    network = shaped(config.shape)
    gain = compare(network, cast("RunOptions[InferenceConfig]", replace(options, config=config)))
    found = figures(gain, config)
    metrics = gain.offloaded.metrics.model_copy(update={"scenario": "conv_fc", "figures": found})
    rows = tuple((name.replace("_", " "), f"{value:,.4g}") for name, value in found.items())
    return RunResult(metrics, rows=(*gain.rows, *rows))


SCENARIO = Scenario(
    "LeNet-5 of any shape without and with the co-processor: the conv:FC ratio", ConvFcConfig, run,
    is_long=True,
    draws=Trace.NONE,
)  # fmt: skip

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "conv_fc", *sys.argv[1:]])
