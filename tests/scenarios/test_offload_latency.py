"""How long one offload of LeNet-5 takes on the whole machine, by hand, in cycles, exactly.

Everything runs at 4 GHz: a cycle is 250 ps. What one access of the core takes, from the bus on:
2 cycles there, 1 in the co-processor, where its effect is (3), 2 back (5); the core sees the reply
at its next edge (6) and begins the next access in that cycle, which is on the bus 1 later: 7.
400 signs of a digit; 3 layers of 5 ns, converters 1 ns, codes written back in 1 cycle: from
ready = 1 the codes take 20 + 20 + 20 + 4 + 1 = 65 cycles. Ten codes come back.

The accesses are one straight line of code, and a chase of loads through memory stands before it:
while that holds retirement up, the front end fetches as far ahead as it may. So the instruction
cache, which is cold, never delays an access, and what is left is exact. The chase ends with the
lines that hold the features, which are in the data cache then, as behind the layer before.
"""

import re
from pathlib import Path

import pytest

from components.coprocessor.host import FEATURES_AT
from components.imac.protocols import NAMES
from cosim import Simulator
from scenarios.offloads.code import PACKED_AT, Code
from scenarios.offloads.matrix import machine
from scenarios.offloads.task import Task, lenet5_digits
from scenarios.running.bare_run import stop_at_end
from scenarios.scenario import Mode
from scenarios.soc import Soc, SocConfig

CYCLE_PS = 250
EACH = 7
"""Cycles from one access to the next."""

CHASE = 20
"""Loads of the chase, each to a row of memory of its own: longer than it takes to fill a window."""

EIGHT = 8
"""What the digit is."""


@pytest.fixture(scope="module")
def task() -> Task:
    return lenet5_digits(0, 1)


def offload_cycles(choice: str, task: Task, mode: Mode = Mode.FAST) -> int:
    """Return the cycles from the first access on the bus to the last code back."""
    settings = {
        "imac.protocol": choice, "imac.analog.layer_ps": 5_000,
        "imac.analog.adc.conversion_ps": 1_000,
    }  # fmt: skip
    config = machine(SocConfig(), settings)
    code = Code()
    for number in range(CHASE):
        code.load_memory(0x100_0000 + 0x6000 * number)
    for line in (*range(FEATURES_AT, FEATURES_AT + 400 * 4, 64), PACKED_AT):
        code.load_memory(line)
    code.follow(config.imac.hand_off.steps(), task.inputs(), task.classes)
    begun_ps: list[int] = []
    with Simulator() as simulator:
        soc = Soc("soc", simulator, config=config, layers=task.layers, mode=mode)
        assert soc.imac is not None
        soc.imac.protocol.contents = code.lying(soc.imac.protocol.feature_bits)
        simulator.elaborate()
        soc.coprocessor_bus.valid.listen(lambda now_ps, _: begun_ps.append(now_ps))
        soc.core.load(code.chunks())
        stop_at_end(simulator, soc)
        simulator.run()
        results = soc.core.results
        codes = [int(one.value) for one in results]
        back_ps = int(results[-1].when_ps)
    assert codes.index(max(codes)) == EIGHT or choice.startswith("early_exit")
    return (back_ps - begun_ps[0]) // CYCLE_PS  # a reply comes 1 ps behind its edge


def last(first: int) -> int:
    """Return when the last of ten codes is back, if the load of the first is on the bus then."""
    return first + 9 * EACH + 5


def woken(go_on: int) -> int:
    """Return when the access behind a wait is on the bus, if the core goes on at an edge.

    What was kept out is dispatched in that cycle, renamed in the next, the oldest in the one
    behind, and on the bus 1 later.
    """
    return go_on + 3


# ready = 0 is on the bus at 0, the inputs follow, then ready = 1
READY = (400 + 1) * EACH
STARTED = READY + 3
DONE = STARTED + 65

# the timer counts the 65 cycles, 1 ps more so that a tie is no race, which makes 66, and a guard
ZERO = STARTED + 67


def test_timer(task: Task) -> None:
    # the core sees the line at its next edge
    assert offload_cycles("timer", task) == last(woken(ZERO + 1)) == 2_949


def test_both_shells_have_the_same_cycles(task: Task) -> None:
    assert offload_cycles("timer", task, Mode.DETAILED) == 2_949


def test_interrupt(task: Task) -> None:
    # taken at the next edge: 200 cycles of entry, 100 of exit, then what follows is fetched again,
    # 4 cycles from the micro-op cache to dispatch
    assert offload_cycles("interrupt", task) == last(woken(DONE + 1 + 200 + 100 + 4)) == 3_251


def test_blocking_load(task: Task) -> None:
    # the first load is there long before; its turn of the port comes when the codes do: 1 cycle,
    # and 2 back, where another load takes 5 from the bus on
    assert READY + EACH + 3 < DONE
    assert offload_cycles("blocking", task) == DONE + 1 + 2 + 9 * EACH == 2_941


def polled(period: int) -> int:
    """Return when the last code is back if READY is polled every so many cycles."""
    # 5 there and back, compare 1, branch 1, retired in the cycle behind, 1 to the bus: 9 at least
    look = READY + EACH
    while look + 3 < DONE:
        look += max(period, 5 + 1 + 1 + 1 + 1)
    # back after 5; compare and branch, which was predicted to go round: 10 cycles to fetch anew
    return last(woken(look + 5 + 1 + 1 + 10))


@pytest.mark.parametrize(("period", "cycles"), [(0, 2_965), (8, 2_965), (32, 2_966)])
def test_polling(period: int, cycles: int, task: Task) -> None:
    assert offload_cycles(f"polling:period={period}", task) == polled(period) == cycles


def test_double_buffer(task: Task) -> None:
    # one job alone gains nothing: as polling, of a ready register that is its bank's
    assert offload_cycles("double_buffer:period=8", task) == polled(8) == 2_965


@pytest.mark.parametrize(("lanes", "stores", "cycles"), [(8, 50, 499), (16, 25, 324)])
def test_vector_store(lanes: int, stores: int, cycles: int, task: Task) -> None:
    zero = (stores + 1) * EACH + 3 + 67
    assert offload_cycles(f"vector:lanes={lanes}", task) == last(woken(zero + 1)) == cycles


def test_owner_tags(task: Task) -> None:
    # a poll takes the lock at once: 5 there and back, compare, branch, 10 to fetch anew
    opened = woken(5 + 1 + 1 + 10)
    assert offload_cycles("tagged", task) == opened + 2_949 == 2_969


@pytest.mark.parametrize(("layers", "settling"), [(1, 20), (2, 40), (3, 60)])
def test_early_exit(layers: int, settling: int, task: Task) -> None:
    # the exit is stored first; layers of 20 cycles, converters 4, 1 written back, 2 of the timer
    zero = EACH + STARTED + settling + 4 + 1 + 2
    assert offload_cycles(f"early_exit:layers={layers}", task) == last(woken(zero + 1))


@pytest.mark.parametrize(("block_bytes", "blocks", "cycles"), [(64, 25, 288), (32, 50, 413)])
def test_dma_descriptor(block_bytes: int, blocks: int, cycles: int, task: Task) -> None:
    # ready = 0, address, count and the store that begins it
    fetching = 3 * EACH + 3
    # each block takes 4 cycles of the data cache and 1 of the buffer's port
    zero = fetching + blocks * (4 + 1) + 67
    choice = f"dma:block_bytes={block_bytes}"
    assert offload_cycles(choice, task) == last(woken(zero + 1)) == cycles


def test_memory_mapped_buffer(task: Task) -> None:
    # as a descriptor, but 400 signs are 50 bytes: one read, one turn of the port
    zero = 3 * EACH + 3 + (4 + 1) + 67
    # packing is 50 loads, compares, moves and stores, which retire 4 a cycle behind the store of
    # ready = 0; how soon the fence sees the last of them written hangs on the pipeline: with the
    # last byte's way (load 4, compare 4, move 1, store 1) it is not longer than 10 more
    packed = offload_cycles("mapped", task) - last(woken(zero + 1))
    assert 50 * 4 // 4 <= packed <= 50 * 4 // 4 + 4 + 4 + 1 + 1


def test_the_page_s_table_has_these_cycles(task: Task) -> None:
    page = (Path(__file__).parents[2] / "components" / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\S+)` \| .* \| ([\d,]+) \| ([\d,]+) \|$", page, re.MULTILINE)
    assert {choice.partition(":")[0] for choice, *_ in table} == set(NAMES)
    for choice, _, cycles in table:
        assert f"{offload_cycles(choice, task):,}" == cycles, choice
