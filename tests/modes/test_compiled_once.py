"""A machine of other sizes and clocks runs the code that is there: nothing is compiled again."""

from cosim.compiler import compile_seconds
from tests.modes.machine import TINY, Design, Machine
from tests.modes.programs import random_program

OTHER = Design(
    core_hz=1_800_000_000,
    core={"reorder_entries": 96, "dispatch_width": 6, "predictor": "bimodal", "decoded_ways": 4},
    l1={**TINY, "ways": 4, "size_bytes": 4096},
    llc={**TINY, "size_bytes": 2 << 20, "ways": 16},
)


def test_another_clock_and_other_sizes_compile_nothing() -> None:
    program = random_program(1, 50, code_bytes=512, data_bytes=4096)
    for fast in (True, False):
        Machine(Design(), fast=fast).run(program)
        before = compile_seconds()
        Machine(OTHER, fast=fast).run(program)
        assert compile_seconds() == before
