"""LeNet-5 with more or less convolution: the same digits through networks of another shape.

Models:     filters times a factor; the last convolutions, with their pooling, moved into the first
            dense layer, which then takes more features; another width of that layer. Without any
            convolution the pixels above one half are the features.
Source:     arXiv 2105.13904, section VI: the ratio of convolution to dense layers as a design
            space. `moved` 1 is the authors' small network, one convolution and 1176-120-84-10
            (iCAS-Lab/IMAC, lenet2).
Checked by: tests/scenarios/test_conv_fc.py
"""

from cosim.config import Config, param
from scenarios.networks.layers import Dense, Elementwise, Network, Shape, stack

CONVOLUTIONS = ("{}@5 pool", "{}@5v pool")
"""Of LeNet-5, with their pooling."""

SECOND_WIDTH = 84
CLASSES = 10

CHOICE = "the user's choice"


class ShapeConfig(Config):
    """How much of a network is convolution, and how much dense layers."""

    channels: float = param(
        1.0, doc="times LeNet-5's filters", unit="1", low=0.125, high=8.0, source=CHOICE
    )
    last_filters: int = param(
        16, doc="filters of the last convolution, before that factor; each makes 25 features",
        unit="1", low=1, high=128, source="arXiv:2105.13904 figure 7a",
    )  # fmt: skip
    moved: int = param(
        0, doc="convolutions, the last ones first, whose work is left to the dense layers",
        unit="1", low=0, high=2, source="arXiv:2105.13904: LeNet-5 has two",
    )  # fmt: skip
    width: int = param(
        120, doc="neurons of the first dense layer", unit="1", low=2, high=4096,
        source="arXiv:2105.13904 figure 7a",
    )  # fmt: skip

    @property
    def name(self) -> str:
        """What the network is called."""
        return f"shaped-{self.channels:g}-{self.last_filters}-{self.moved}-{self.width}"


def shaped(config: ShapeConfig) -> Network:
    """Return the network of a shape."""
    image, widths = Shape(28, 28, 1), (config.width, SECOND_WIDTH, CLASSES)
    left = CONVOLUTIONS[: len(CONVOLUTIONS) - config.moved]
    filters = [max(round(config.channels * one), 1) for one in (6, config.last_filters)]
    words = " ".join(part.format(one) for part, one in zip(left, filters, strict=False))
    if words:
        return stack(config.name, image, words, widths)
    sizes = (image.elements, *widths)
    dense = tuple(
        Dense(f"fc{at + 1}", sizes[at], sizes[at + 1], "relu" if at < 2 else "linear")
        for at in range(len(widths))
    )
    binarise = Elementwise("binarise", image, "step")
    return Network(config.name, image, (binarise,), dense, mean=(0.5,))
