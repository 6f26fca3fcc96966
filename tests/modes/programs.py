"""Random programs that reach every rule of the core."""

import numpy as np

from components.cpu.program import (
    ALU,
    BRANCH,
    END,
    FENCE,
    FMA,
    FP_ADD,
    INSTRUCTION,
    LAYER,
    LOAD,
    LOAD_IMAC,
    MUL,
    NOP,
    STORE,
    STORE_IMAC,
    VECTOR,
    WAIT_IMAC,
)
from cosim.compiled import Records

SHARES = {
    NOP: 0.02, ALU: 0.2, MUL: 0.05, FP_ADD: 0.05, FMA: 0.16, LOAD: 0.2, STORE: 0.14,
    BRANCH: 0.1, STORE_IMAC: 0.02, LOAD_IMAC: 0.01, WAIT_IMAC: 0.01, FENCE: 0.01, LAYER: 0.03,
}  # fmt: skip
"""How often each operation comes."""

CODE, DATA = 0x10_0000, 0x20_0000
"""Where code and data begin."""


def random_program(seed: int, length: int, *, code_bytes: int, data_bytes: int) -> Records:
    """Return `length` instructions and END, jumping about in code and data of these sizes."""
    rng = np.random.default_rng(seed)
    program: Records = np.zeros(length + 1, INSTRUCTION)
    for name in ("dst", "dst_b", "src_a", "src_b", "src_c", "src_d", "address"):
        program[name] = -1
    program["op"][:-1] = rng.choice(list(SHARES), size=length, p=list(SHARES.values()))
    program["op"][-1] = END
    ip = CODE
    for number, one in enumerate(program):
        one.ip = ip
        _fill(one, number, rng, data_bytes)
        if one.op == BRANCH and one.value:
            ip = CODE + 4 * int(rng.integers(code_bytes // 4))
        elif one.op not in (LAYER, END):
            ip += 4
    return program


def _fill(one: np.record, number: int, rng: np.random.Generator, data_bytes: int) -> None:
    """Give an instruction registers, address and value."""
    first = VECTOR if one.op in (FP_ADD, FMA) or rng.random() < 0.3 else 0
    if one.op in (ALU, MUL, FP_ADD, FMA, LOAD, LOAD_IMAC):
        one.dst = first + rng.integers(8)
    one.src_a = first + rng.integers(8)
    if rng.random() < 0.5:
        one.src_b = first + rng.integers(8)
    if one.op in (LOAD, STORE) or (one.op in (ALU, FMA) and rng.random() < 0.4):
        one.size_bytes = rng.choice([1, 4, 8, 32])
        one.address = DATA + rng.integers(data_bytes)
        one.src_c = rng.integers(8)
    elif one.op in (STORE_IMAC, LOAD_IMAC):
        one.address = rng.integers(4)
        one.value = number
    elif one.op == BRANCH:
        one.value = int(rng.random() < 0.6)
    elif one.op == LAYER:
        one.value = number
