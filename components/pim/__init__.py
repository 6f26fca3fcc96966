"""A bit-wise CNN accelerator in MRAM: rows of bits that meet by AND in their sense amplifiers."""

from components.pim.network import (
    Encoding,
    QuantisedLayer,
    QuantisedNetwork,
    Shape,
)

__all__ = [
    "Encoding",
    "QuantisedLayer",
    "QuantisedNetwork",
    "Shape",
]
