"""A scheduling policy of one's own, in both shells."""

from textwrap import dedent

import numpy as np
import pytest

from components.lpddr3 import Lpddr3Config, Trace, policies
from components.lpddr3.parameters import Scheduling, new_memory
from components.lpddr3.player import replay
from components.lpddr3.policies import (
    Choice,
    first_waiting,
    next_waiting,
    nothing,
    policy,
    wanted,
)
from components.lpddr3.records import NEVER, NONE, NOP, Memory
from cosim.errors import ConfigError
from tests.components.lpddr3_driver import Channel, config, place


@policy("youngest_first")
def youngest_first(memory: Memory, direction: int, cycle: int) -> Choice:
    """Serve the youngest request whose command is legal first."""
    best, best_rank = nothing(), NEVER
    slot = first_waiting(memory, direction)
    while slot != NONE:
        choice = wanted(memory, slot, cycle)
        rank = (choice.ready_cycle - cycle) * (1 << 40) - memory.requests[slot].order
        if choice.command != NOP and rank < best_rank:
            best, best_rank = choice, rank
        slot = next_waiting(memory, slot)
    return best


def served(name: str, ports: int = 1) -> list[int]:
    """Return the order in which reads of one row, which arrive at once, are served."""
    memory = Channel(config({"t_refi_ps": 0}, policy=name), ports)
    memory.read(0, place(5), tag=100)
    memory.run(100)
    for tag in range(8):
        memory.read(101, place(5, column=tag), tag=tag, port=tag % ports)
    memory.run(300)
    return [reply.tag for reply in sorted(memory.replies) if reply.tag < 100]


def test_the_controller_serves_in_the_order_of_the_users_policy() -> None:
    assert served("fr_fcfs") == [*range(8)]
    # one request is taken a clock: the first is served before the others are there
    assert served("youngest_first") == [0, 4, 7, 6, 5, 3, 2, 1]


def test_the_policy_in_the_head_of_the_module_puts_the_first_port_first() -> None:
    text = policies.__doc__ or ""
    example = text[text.index("    @policy") : text.index("Nothing that a policy")]
    exec(dedent(example), dict(vars(policies)))
    # it is port 1's turn, and its request is served before another is there; then port 0 goes first
    assert served("first_port_first", ports=2) == [1, 0, 2, 4, 6, 3, 5, 7]


def test_every_read_is_answered() -> None:
    rng = np.random.default_rng(3)
    trace = Trace(np.zeros(2000, np.int64), rng.integers(0, 1 << 20, 2000) * 64,
                  rng.integers(0, 2, 2000), 16)  # fmt: skip
    memory = new_memory(Lpddr3Config(scheduling=Scheduling(policy="youngest_first")))
    found = replay(memory, trace)
    assert (found.from_eligible >= 0).sum() == (trace.is_write == 0).sum()


def test_a_name_that_nobody_declared_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean youngest_first"):
        Scheduling(policy="youngest_firts")


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(ConfigError, match="must have a name of its own, not 'fcfs'"):
        policy("fcfs")
