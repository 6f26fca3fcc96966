"""How layers become code: the choices a compiler and its user make, which decide the result."""

from typing import Literal

from cosim.config import Config, param

FLOAT_BYTES = 4
"""Size of every weight and activation on the core: float32."""


Form = Literal["scalar", "sse", "avx2"]
"""What float instructions work on."""

LANES: dict[Form, int] = {"scalar": 1, "sse": 4, "avx2": 8}
"""Floats in one register."""


class CodeOptions(Config):
    """Code generation options of a network's program."""

    isa: Form = param(
        "avx2", doc="scalar float instructions, vectors of four floats, or of eight",
        source="estimate: the published gain needs about 32 GMAC/s, half of AVX2's peak",
    )  # fmt: skip
    accumulators: int = param(
        4, doc="sums kept in registers at once (register blocking)", unit="1", low=1, high=10,
        source="estimate: one FMA a cycle at a latency of four; ten leave registers for operands",
    )  # fmt: skip
    pixels: int = param(
        1, doc="pixels at least that share a loaded vector of weights, if the sums are enough",
        unit="1", low=1, high=10,
        source="estimate: one needs fewest instructions; more read large weights less often",
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
        return LANES[self.isa]
