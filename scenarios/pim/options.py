"""What a scenario of the bit-wise accelerator can be told.

Checked by: tests/scenarios/test_pim.py
"""

from components.pim import PimConfig
from cosim import Config, param


class PimInferenceConfig(Config):
    """An accelerator, a network of few bits, and the images it looks at."""

    pim: PimConfig = param(PimConfig(), doc="the accelerator")
    width: str = param(
        "4:1", doc="bits of activations and of weights, I:W, each 1 to 8",
        source="estimate: between 1:1, which loses accuracy, and 8:8, which takes LeNet-5 twice as"
        " long",
    )  # fmt: skip
    weights: str = param(
        "",
        doc="file of a quantised network; empty for that of the package, else its weights of"
        " full precision, quantised",
    )
    data: str = param("", doc="file of labelled images; empty for those of the package")
    first: int = param(
        0, doc="which image of the file comes first", unit="1", low=0, source="the user's choice"
    )
