"""Every reference trace gives the same statistics in both shells, to the last count."""

from pathlib import Path

import pytest

from scenarios.scenario import Mode
from scenarios.traces.champsim import replay

TRACES = Path(__file__).parents[3] / "shared" / "reference" / "champsim" / "traces"
"""The reference lies beside the project."""

INSTRUCTIONS = 100_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "mb_dep_add", "mb_ind_add", "mb_jmp_chain", "mb_load_tput", "mb_store_load", "chase_l1",
        "chase_l2", "chase_16m", "conv2_avx2", "conv2_scalar", "fc512", "fc512_split",
        "lenet_avx2_full", "lenet_avx2_imac", "lenet_scalar_full", "vgg_conv", "branchy",
        "stores_4k_stride",
    ],
)  # fmt: skip
def test_a_reference_trace_gives_equal_statistics_in_both_shells(name: str) -> None:
    trace = TRACES / f"{name}.champsimtrace.xz"
    if not trace.exists():
        pytest.skip("the reference traces are not beside the project")
    fast = replay(trace, instructions=INSTRUCTIONS, mode=Mode.FAST)
    detailed = replay(trace, instructions=INSTRUCTIONS, mode=Mode.DETAILED)
    assert fast == detailed
    assert fast.instructions >= INSTRUCTIONS
