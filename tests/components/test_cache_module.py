"""A cache as a module: sockets, probes, energy, configuration."""

from collections.abc import Callable
from typing import Any

import pytest

from components.cache import (
    Cache,
    CacheConfig,
    InstructionCacheConfig,
    LastLevelConfig,
    SecondLevelConfig,
)
from cosim import (
    Clock,
    Command,
    ConfigError,
    Module,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
)
from cosim.messages import PREFETCH, READ, WRITE
from tests.components.fixed_memory import FixedMemory

NS = 1_000


class Reader(Module):
    """Makes one blocking access after the other and notes when each is done."""

    out = initiator_socket("a cache")

    def build(self) -> None:
        """Nothing done yet."""
        self.accesses: list[tuple[int, int]] = []
        self.done_ps: list[int] = []

    @process
    def run(self) -> Steps:
        """Access all."""
        for address, kind in self.accesses:
            command = Command.WRITE if kind == WRITE else Command.READ
            yield from self.out.transport(Transaction(address, command=command, kind=kind))
            self.done_ps.append(self.now_ps)


class Bench:
    """A reader, a cache on a 1 ns clock, a memory of 50 ns."""

    def __init__(self, *accesses: tuple[int, int], **changes: Any) -> None:
        self.sim = Simulator(clock=Clock(10**9))
        self.cache = Cache("cache", self.sim, config=CacheConfig(**changes))
        self.memory = FixedMemory("memory", self.sim, latency_ps=50 * NS)
        self.reader = Reader("reader", self.sim)
        self.reader.accesses += accesses
        self.reader.out.bind(self.cache.above)
        self.cache.below.bind(self.memory.bus)

    def run(self) -> "Bench":
        """Run to the end."""
        with self.sim as sim:
            sim.run()
        return self


def test_blocking_initiators_are_served_too() -> None:
    bench = Bench((0, READ), (8, READ)).run()
    # a message from outside arrives at least 1 ps later, so it is served at the next edge
    assert bench.reader.done_ps == [(1 + 3 + 50 + 1) * NS, (56 + 3) * NS]
    assert (bench.cache.hits.value, bench.cache.misses.value) == (1, 1)


def keep(shown: list[tuple[str, int, int]], name: str) -> Callable[[int, int], None]:
    """Return a listener that keeps name, time and value."""
    return lambda when_ps, value: shown.append((name, when_ps, value))


def test_waves_show_misses_under_way_and_the_last_address() -> None:
    bench = Bench((0, READ), (0x1040, READ))
    shown: list[tuple[str, int, int]] = []
    for probe in (bench.cache.open_misses, bench.cache.miss, bench.cache.miss_address):
        probe.listen(keep(shown, probe.name))
    bench.run()
    assert [one for one in shown if one[0] == "open_misses"] == [
        ("open_misses", (1 + 2) * NS, 1),  # the look-up ends a cycle before its reply
        ("open_misses", (1 + 53) * NS, 0),
        ("open_misses", (56 + 2) * NS, 1),
        ("open_misses", (56 + 53) * NS, 0),
    ]
    assert [value for name, _, value in shown if name == "miss_address"] == [0x1040]
    assert [value for name, _, value in shown if name == "miss"] == [1, 0, 1, 0]


def test_energy_is_counts_times_energies_and_leakage_times_time() -> None:
    bench = Bench((0, READ), (0, WRITE), (64, PREFETCH)).run()
    energy = bench.cache.energy_pj()
    assert energy["reads"] == pytest.approx(2 * 12.7)  # a load and a prefetch
    assert energy["writes"] == 13.5
    assert energy["fills"] == 2 * 13.5
    assert energy["leakage"] == pytest.approx(5.8 * bench.sim.now_ps / NS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size_bytes": 3 * 8 * 64}, "size_bytes must be a power of two times 8 ways of 64 bytes"),
        ({"size_bytes": 8 * 64 + 1}, "not 513 bytes"),
        ({"size_bytes": 64, "ways": 8}, "not 64 bytes"),
        ({"line_bytes": 48}, "line_bytes must be a power of two, not 48 bytes"),
        ({"ways": 0}, "ways must be 1 to 64"),
    ],
)
def test_sizes_without_sets_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Bench(**changes)


def test_a_cache_that_writes_back_must_allocate_stores() -> None:
    with pytest.raises(ConfigError) as refused:
        CacheConfig(allocates_stores=False)
    assert str(refused.value) == (
        "CacheConfig.allocates_stores must be true with write_policy back, not false; "
        "choose write_policy through"
    )


@pytest.mark.parametrize(
    ("config", "sets"),
    [
        (InstructionCacheConfig(), 64),
        (CacheConfig(), 64),
        (SecondLevelConfig(), 1024),
        (LastLevelConfig(), 8192),
    ],
)
def test_default_caches_have_the_sets_of_the_real_ones(config: CacheConfig, sets: int) -> None:
    assert config.sets == sets
