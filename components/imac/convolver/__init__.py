"""Convolutions on the arrays: strips of windows behind two banks."""

from components.imac.convolver.config import ConvolverConfig
from components.imac.convolver.contract import StripHandOff
from components.imac.convolver.convolver import BANK_SHIFT, LAYER_ADDRESS, Convolver
from components.imac.convolver.engine import Engine, packed
from components.imac.convolver.window import ConvolvedLayer

__all__ = [
    "BANK_SHIFT",
    "LAYER_ADDRESS",
    "ConvolvedLayer",
    "Convolver",
    "ConvolverConfig",
    "Engine",
    "StripHandOff",
    "packed",
]
