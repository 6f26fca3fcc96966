"""Which code, weight layout and memory channel give VGG-16 the published gain.

python scenarios/vgg16_roofline.py
cosim run vgg16_roofline --set study.isas=scalar --set study.memories=lpddr3_1600_x32

Six runs of AVX2 code, about three minutes; scalar code has seven times as many instructions.
"""

import sys
from functools import partial

from cosim import param
from scenarios.networks.vgg16 import NETWORK
from scenarios.scenario import Scenario, Trace
from scenarios.studies.roofline import StudyConfig
from scenarios.studies.roofline_telling import run
from scenarios.vgg16 import VggConfig


class VggStudyConfig(VggConfig):
    """The machine, and what is swept."""

    study: StudyConfig = param(
        StudyConfig(isas="avx2", memories="lpddr3_1600_x32,lpddr3_1600_x64"), doc="what is swept"
    )


SCENARIO: Scenario[VggStudyConfig] = Scenario(
    "VGG-16's gain over code generation, layout of dense weights and memory channel",
    VggStudyConfig,
    partial(run, NETWORK),
    is_long=True,
    draws=Trace.NONE,
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "vgg16_roofline", *sys.argv[1:]])
