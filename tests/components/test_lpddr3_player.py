"""Replay in pieces, over channels, with a log of commands; where the clocks went."""

import tracemalloc

import numpy as np
import pytest

from components.lpddr3 import PRESETS, Lpddr3Config, SpeedGrade, Trace, new_memory, preset, replay
from components.lpddr3.player import Player, replay_commands
from cosim.errors import ConfigError

LOSSES = ("idle", "refresh", "turnaround", "activate", "bank", "wake", "other")


def mix(count: int, seed: int = 1) -> Trace:
    """Return reads and writes, two to one, of random lines; 16 reads outstanding."""
    rng = np.random.default_rng(seed)
    addresses = rng.integers(0, 1 << 23, count) * 64
    return Trace(np.arange(count) * 3, addresses, rng.integers(0, 3, count) // 2, 16)


def test_a_trace_in_pieces_is_the_same_trace() -> None:
    trace = mix(3000)
    whole, pieces = new_memory(Lpddr3Config()), new_memory(Lpddr3Config())
    cycles = replay(whole, trace).cycles
    player = Player(pieces)
    for first in range(0, 3000, 77):
        piece = slice(first, first + 77)
        player.feed(Trace(trace.earliest[piece], trace.addresses[piece], trace.is_write[piece], 16))
    player.finish()
    assert player.cycles == cycles
    assert pieces.channel.tobytes() == whole.channel.tobytes()


def test_the_log_holds_every_command_in_order() -> None:
    memory = new_memory(Lpddr3Config())
    found = [rows["cycle"].copy() for rows in replay_commands(memory, [mix(3000)])]
    cycles = np.concatenate(found)
    assert len(cycles) == memory.channel[0].commands
    assert (np.diff(cycles) > 0).all()


@pytest.mark.parametrize("name", ["lpddr3_1600_x64", "lpddr3_1866_x32", "lpddr3_1600_x64_2ch"])
def test_every_clock_is_data_or_lost_for_a_reason(name: str) -> None:
    memory = new_memory(preset(name))
    cycles = replay(memory, mix(3000)).cycles
    for state in memory.channel:
        data = int(state.read_bursts + state.write_bursts) * 4
        told = data + sum(int(state[f"{cause}_lost"]) for cause in LOSSES)
        assert told == state.column_free  # the last burst; what follows is idle
        assert told <= cycles + 5


def test_two_channels_carry_almost_twice_as_much() -> None:
    lines = np.arange(20_000)
    stream = Trace(lines * 0, lines * 64, lines * 0, 0)
    one = replay(new_memory(preset("lpddr3_1600_x64")), stream).cycles
    two = replay(new_memory(preset("lpddr3_1600_x64_2ch")), stream).cycles
    assert 1.95 < one / two <= 2.05


def test_presets_are_found_by_name() -> None:
    assert len(PRESETS) == 16
    assert preset("LPDDR3-1866-x32-gem5").currents.vdd2.idd4w_ma == 190
    with pytest.raises(ConfigError, match="did you mean lpddr3_1600_x64"):
        preset("lpddr3_1600_x63")


def test_a_timing_table_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ConfigError, match="t_rc_ps must be at least t_ras_ps \\+ t_rp_ps, 60000"):
        SpeedGrade(t_rc_ps=50_000)


def test_memory_does_not_grow_with_the_trace() -> None:
    def peak_bytes(pieces: int) -> int:
        player = Player(new_memory(Lpddr3Config()))
        player.feed(mix(1000))
        tracemalloc.start()
        for seed in range(pieces):
            piece = mix(1000, seed)
            player.feed(piece._replace(earliest=piece.earliest * 0))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    # 36 pieces more, of which each holds 1000 requests of 24 bytes: not a tenth of them is kept
    assert peak_bytes(40) - peak_bytes(4) < 36 * 1000 * 24 / 10
