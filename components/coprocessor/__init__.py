"""What every co-processor on the port shares: protocols by name, and what a core executes."""

from components.coprocessor.driver import (
    FLOAT_BYTES,
    Descriptor,
    Exit,
    Load,
    LoadCodes,
    Packed,
    Poll,
    Start,
    Step,
    Store,
    StoreFeatures,
    Wait,
    checked,
    pack,
    unpack,
)
from components.coprocessor.host import Host
from components.coprocessor.protocol import PROTOCOLS, Chosen, HandOffProtocol, chosen, protocol

__all__ = [
    "FLOAT_BYTES",
    "PROTOCOLS",
    "Chosen",
    "Descriptor",
    "Exit",
    "HandOffProtocol",
    "Host",
    "Load",
    "LoadCodes",
    "Packed",
    "Poll",
    "Start",
    "Step",
    "Store",
    "StoreFeatures",
    "Wait",
    "checked",
    "chosen",
    "pack",
    "protocol",
    "unpack",
]
