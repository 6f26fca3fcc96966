"""Which code, weight layout and memory channel give LeNet-5 the published gain.

python scenarios/lenet5_roofline.py --images 2
cosim run lenet5_roofline --images 2 --set study.isas=avx2,scalar
"""

import sys
from functools import partial

from cosim import param
from scenarios.networks.lenet5 import NETWORK
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Scenario, Trace
from scenarios.studies.roofline import StudyConfig
from scenarios.studies.roofline_telling import run


class LenetStudyConfig(InferenceConfig):
    """The machine, and what is swept."""

    study: StudyConfig = param(StudyConfig(), doc="what is swept")


SCENARIO: Scenario[LenetStudyConfig] = Scenario(
    "LeNet-5's gain over code generation, layout of dense weights and memory channel",
    LenetStudyConfig,
    partial(run, NETWORK),
    is_long=True,
    draws=Trace.NONE,
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "lenet5_roofline", *sys.argv[1:]])
