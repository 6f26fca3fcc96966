"""What a replay found, with the keys of `cosim dram --json`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from components.lpddr3 import Lpddr3Config
from components.lpddr3.energy import activity, energy_pj
from components.lpddr3.player import LINE_BYTES
from components.lpddr3.records import CHANNEL, Memory
from components.lpddr3.timing import PS_PER_S

COMMANDS = {
    "ACT": "activates",
    "PRE": "precharges",
    "PREA": "precharge_alls",
    "RD": "read_bursts",
    "WR": "write_bursts",
    "REF": "refreshes",
    "REFPB": "bank_refreshes",
    "PDE": "power_downs",
    "SRE": "self_refreshes",
}
"""Counter of each command; what never happened of the last three is left out."""

LOSSES = ("idle", "refresh", "turnaround", "activate", "bank", "wake", "other")
"""Causes of clocks without data, as losses.py tells them apart."""

SHARES = ("queue", "bank", "refresh", "data")
"""Parts of a read's latency that are counted in clocks, as latency.py tells them apart."""

TICK_S = 1e-6
"""seconds; the host's clock tells no shorter times apart."""


class Played(BaseModel):
    """What a player measured: clocks, and latency in ps of all reads together."""

    model_config = ConfigDict(frozen=True)

    cycles: int
    reads: int
    writes: int
    eligible_latency_ps: int
    longest_latency_ps: int
    mode: str
    cpu_s: float


class Outcome(BaseModel):
    """Everything that `cosim dram` tells of one trace.

    Latencies are in memory clocks, from when a request was eligible: its clock had come, the
    requests before it were taken and the window had room. `latency_cycles` has its parts from when
    it was offered to the memory: entry (in front of the queues), queue, bank, refresh, data.
    `activity` is what makes its energy: commands, and clocks in each background state.
    `bus_clocks` tells what every clock of every data bus was for; they add up to "total".
    `host` is what the replay cost, without reading the trace.
    """

    model_config = ConfigDict(frozen=True)

    trace: str
    mode: str
    cycles: int
    time_ps: int
    reads: int
    writes: int
    commands: dict[str, int]
    row_hits: int
    row_misses: int
    row_conflicts: int
    forwarded: int
    coalesced: int
    mean_read_latency_cycles: float
    longest_read_latency_cycles: float
    latency_cycles: dict[str, float]
    bandwidth_bytes_per_s: float
    peak_bandwidth_bytes_per_s: float
    bus_clocks: dict[str, int]
    activity: dict[str, float]
    energy_pj: dict[str, float]
    banks: list[dict[str, int]]
    host: dict[str, float]

    def as_keys(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return self.model_dump(mode="json")


def outcome(name: str, config: Lpddr3Config, memory: Memory, played: Played) -> Outcome:
    """Return what a replay found, from the memory's counters and the player's."""
    clock_ps = PS_PER_S / config.speed.clock_hz
    time_ps = -(-played.cycles * PS_PER_S // config.speed.clock_hz)
    state = totals(memory)
    reads = max(played.reads, 1)
    done = activity(memory, time_ps)
    spent = energy_pj(done, config)
    moved = (played.reads + played.writes) * LINE_BYTES
    return Outcome(
        trace=name,
        mode=played.mode,
        cycles=played.cycles,
        time_ps=time_ps,
        reads=played.reads,
        writes=played.writes,
        commands=_commands(state),
        row_hits=state["row_hits"],
        row_misses=state["row_misses"],
        row_conflicts=state["row_conflicts"],
        forwarded=state["forwarded"],
        coalesced=state["coalesced"],
        mean_read_latency_cycles=played.eligible_latency_ps / clock_ps / reads,
        longest_read_latency_cycles=played.longest_latency_ps / clock_ps,
        latency_cycles={
            "entry": state["entry_ps"] / clock_ps / reads,
            **{part: state[f"{part}_cycles"] / reads for part in SHARES},
        },
        bandwidth_bytes_per_s=moved * PS_PER_S / time_ps if time_ps else 0.0,
        peak_bandwidth_bytes_per_s=peak_bytes_per_s(config),
        bus_clocks=bus_clocks(memory, played.cycles),
        activity=done._asdict(),
        energy_pj={**spent, "total": sum(spent.values())},
        banks=_banks(memory),
        host={
            "cpu_s": played.cpu_s,
            "requests_per_s": (played.reads + played.writes) / max(played.cpu_s, TICK_S),
        },
    )


def totals(memory: Memory) -> dict[str, int]:
    """Return the counters of all channels together."""
    numbers = memory.channel.view(np.int64).reshape(len(memory.channel), -1).sum(axis=0)
    return dict(zip(CHANNEL.names or (), numbers.tolist(), strict=True))


def peak_bytes_per_s(config: Lpddr3Config) -> float:
    """Return what all data buses carry without a gap: two transfers a clock."""
    parts = config.organisation
    return 2.0 * config.speed.clock_hz * parts.channels * parts.dies * parts.die_width_bits / 8


def bus_clocks(memory: Memory, cycles: int) -> dict[str, int]:
    """Return what the clocks of all data buses were for; the parts add up to `total`.

    `end` is what follows the last burst of each bus.
    """
    burst = int(memory.timing[0].column_gap)
    end = max(cycles, *(int(state.column_free) for state in memory.channel))
    state = totals(memory)
    found = {"data": (state["read_bursts"] + state["write_bursts"]) * burst}
    found |= {cause: state[f"{cause}_lost"] for cause in LOSSES}
    found["end"] = end * len(memory.channel) - state["column_free"]
    return found | {"total": sum(found.values())}


def _commands(state: Mapping[str, int]) -> dict[str, int]:
    found = {name: state[counter] for name, counter in COMMANDS.items()}
    always = ("ACT", "PRE", "PREA", "RD", "WR", "REF")
    return {name: count for name, count in found.items() if count or name in always}


def _banks(memory: Memory) -> list[dict[str, int]]:
    """Return the counters of every bank, channel after channel."""
    fields = ("reads", "writes", "row_hits", "row_misses", "row_conflicts")
    found: list[dict[str, int]] = []
    for channel, state in enumerate(memory.channel):
        first, count = int(state.first_bank), int(state.banks)
        for number in range(count):
            bank: Any = memory.banks[first + number]
            rank = number >> int(state.rank_shift)
            place = {
                "channel": channel,
                "rank": rank,
                "bank": number - (rank << int(state.rank_shift)),
            }
            found.append(place | {field: int(bank[field]) for field in fields})
    return found
