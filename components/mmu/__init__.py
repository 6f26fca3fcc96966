"""Page tables and who walks them."""

from components.mmu.config import WalkerConfig
from components.mmu.walker import Walker

__all__ = ["Walker", "WalkerConfig"]
