"""Programs of our networks as ChampSim traces: written, read back, and run again."""

import numpy as np
import pytest

from components.cpu import champsim_trace
from components.cpu import program as isa
from scenarios.cli import dispatch
from scenarios.networks import images, lenet5, mlp, weights
from scenarios.networks.lowering import program
from scenarios.networks.options import CodeOptions
from scenarios.traces.replay import Replay

HELD = ("ip", "address")
REGISTERS = ("dst", "src_a", "src_b", "src_c")


def lowered(network, machine, form):
    held = weights.load(network)
    pixels = images.load_images(network).pixels[:1]
    return program(held, pixels, machine, CodeOptions(isa=form), inputs_most=network.features)


def own(records):
    """Return the records that a trace can hold."""
    return records[(records["op"] <= isa.BRANCH) & (records["op"] != isa.LAYER)]


CASES = [
    (lenet5.NETWORK, "cpu", "avx2"),
    (lenet5.NETWORK, "imac", "sse"),
    (mlp.NETWORK, "cpu", "scalar"),
    (mlp.NETWORK, "imac", "avx2"),
]


@pytest.mark.parametrize(("network", "machine", "form"), CASES)
@pytest.mark.parametrize("suffix", [".champsimtrace", ".champsimtrace.xz"])
def test_a_program_comes_back_with_all_that_a_trace_holds(network, machine, form, suffix, tmp_path):
    path = tmp_path / f"program{suffix}"
    whole = lowered(network, machine, form)
    expected = own(np.concatenate(list(whole.chunks())))
    assert champsim_trace.write(path, whole.chunks()) == len(expected)
    found = np.concatenate(list(champsim_trace.read(path)))
    for name in HELD:
        assert np.array_equal(found[name], expected[name]), name
    branches = expected["op"] == isa.BRANCH
    assert np.array_equal(found["op"] == isa.BRANCH, branches)
    assert np.array_equal(found["value"][branches], expected["value"][branches])  # way and kind
    assert np.array_equal(found["op"] == isa.STORE, expected["op"] == isa.STORE)
    # What a branch reads is how ChampSim tells its kind; all others keep their registers.
    for name in REGISTERS:
        assert np.array_equal(found[name][~branches], expected[name][~branches]), name


@pytest.mark.parametrize(("network", "machine", "form"), CASES)
def test_what_was_read_back_is_written_the_same(network, machine, form, tmp_path):
    once, twice = tmp_path / "once", tmp_path / "twice"
    champsim_trace.write(once, lowered(network, machine, form).chunks())
    champsim_trace.write(twice, champsim_trace.read(once))
    assert once.read_bytes() == twice.read_bytes()


def test_a_run_leaves_its_program_as_a_trace_that_can_be_replayed(tmp_path):
    path = tmp_path / "lenet5.champsimtrace.xz"
    words = ["--mode", "fast", "--trace", "none", "--set", "soc.imac.enabled=false"]
    recorded = ["--record-trace", str(path), "--out", str(tmp_path)]
    assert dispatch(["run", "lenet5", *words, *recorded]) == 0
    expected = lowered(lenet5.NETWORK, "cpu", "avx2").instructions
    metrics = Replay(path).run()
    assert metrics.instructions == expected - 9  # eight marks and END
    assert metrics.branches.executed > 10_000


def test_a_trace_that_fails_half_way_leaves_no_file(tmp_path):
    def broken():
        yield from lowered(mlp.NETWORK, "cpu", "avx2").chunks()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        champsim_trace.write(tmp_path / "broken.champsimtrace.gz", broken())
    assert list(tmp_path.iterdir()) == []
