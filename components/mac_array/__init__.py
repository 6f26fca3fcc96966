"""A digital array of multiply-accumulate units, as a co-processor on the same port."""

from components.mac_array.contract import MacHandOff
from components.mac_array.mac_array import (
    ADDRESSES,
    INPUTS_ADDRESS,
    LAYER_ADDRESS,
    RESULTS_ADDRESS,
    START_ADDRESS,
    STATUS_ADDRESS,
    MacArray,
    MacArrayConfig,
    packed,
)

__all__ = [
    "ADDRESSES",
    "INPUTS_ADDRESS",
    "LAYER_ADDRESS",
    "RESULTS_ADDRESS",
    "START_ADDRESS",
    "STATUS_ADDRESS",
    "MacArray",
    "MacArrayConfig",
    "MacHandOff",
    "packed",
]
