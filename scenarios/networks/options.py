"""How layers become code: the choices a compiler and its user make, which decide the result."""

from typing import Literal

from cosim.config import Config, param

FLOAT_BYTES = 4
"""Size of every weight and activation on the core: float32."""


class CodeOptions(Config):
    """Code generation options of a network's program."""

    isa: Literal["scalar", "avx2"] = param(
        "avx2", doc="scalar float instructions, or vectors of eight floats",
        source="estimate: the published gain needs about 32 GMAC/s, half of AVX2's peak",
    )  # fmt: skip
    accumulators: int = param(
        4, doc="sums kept in registers at once (register blocking)", unit="1", low=1, high=10,
        source="estimate: one FMA a cycle at a latency of four; ten leave registers for operands",
    )  # fmt: skip
    fused_loads: bool = param(
        True, doc="an operand used once is a memory operand of the arithmetic instruction",
        source="estimate: as compilers emit it for x86",
    )  # fmt: skip
    fc_weight_layout: Literal["row", "keras"] = param(
        "row", doc="dense weights as (out, in), or as (in, out) in Keras' order",
        source="estimate: inference libraries store rows; the other explains a slow FC part",
    )  # fmt: skip

    @property
    def lanes(self) -> int:
        """Floats in one register."""
        return 8 if self.isa == "avx2" else 1
