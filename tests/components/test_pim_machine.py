"""The accelerator's behaviour: every bit against integer NumPy, and what a failure may undo."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.pim import PimConfig, PimMachine, QuantisedNetwork, Shape, SubArrayConfig
from components.pim.behaviour import restart, resume_layer, step
from components.pim.config import DigitalConfig, PopcountConfig, TreeConfig
from components.pim.records import COUNTS
from cosim import ConfigError, DataError, ProtocolError
from cosim.messages import FOREVER
from cosim.retention import POISON
from tests.components.pim_reference import (
    Widths,
    all_outputs,
    lenet5,
    random_image,
    random_layer,
    vgg16,
)

ONE_ARRAY = PimConfig(mats=1, sub_arrays=1)


def check_last_two(network, config, image):
    """Run an image; the accumulators and the codes before them must be those of the reference."""
    machine = PimMachine(network, config)
    machine.infer(image)
    wanted = all_outputs(network, image)
    assert machine.is_done
    assert machine.accumulators.tolist() == wanted[-1].reshape(-1).tolist()
    for layer in range(max(0, len(network.layers) - 3), len(network.layers) - 1):
        assert (machine.codes(layer) == wanted[layer]).all()
    return machine


def check_every_layer(network, config, image):
    """Run the network cut off behind each layer: what that one gives must be the reference's."""
    for count in range(1, len(network.layers) + 1):
        cut = QuantisedNetwork(network.name, network.layers[:count], network.input_shape)
        machine = PimMachine(cut, config)
        machine.infer(image)
        wanted = all_outputs(cut, image)[-1]
        last = network.layers[count - 1]
        if last.thresholds is None:
            assert machine.accumulators.tolist() == wanted.reshape(-1).tolist()
        else:
            assert (machine.codes(count - 1) == wanted).all(), last.name


@pytest.mark.parametrize("encoding", ["unsigned", "dorefa", "twos_complement"])
@pytest.mark.parametrize(("inputs", "weights"), [(1, 1), (2, 2), (4, 1), (8, 8)])
def test_every_layer_of_lenet5_is_bit_exact(inputs, weights, encoding):
    network = lenet5(inputs, weights, encoding)
    check_every_layer(network, PimConfig(), random_image(network))


def test_lenet5_with_one_bit_weights_fits_a_single_sub_array():
    network = lenet5()
    machine = check_last_two(network, ONE_ARRAY, random_image(network))
    # rows of weights: 6 + 16 + 120 / 1 + 120 filters of 84 bits: 84 / 4 = 21, 10 / 6 -> 2
    assert machine.plan.used_rows == [6 + 16 + 120 + 21 + 2]


@pytest.mark.slow
@pytest.mark.parametrize(("inputs", "weights"), [(1, 1), (2, 2), (4, 1), (8, 8)])
def test_every_layer_of_vgg16_is_bit_exact(inputs, weights):
    network = vgg16(inputs, weights)
    image = random_image(network)
    wanted = all_outputs(network, image)
    machine = PimMachine(network, PimConfig(banks=0))
    machine.load(image)
    restart(machine.address)
    now_ps = 0
    for layer in range(len(network.layers) - 1):
        while machine.progress["layer"][0] == layer:
            now_ps = step(machine.address, now_ps)
        assert (machine.codes(layer) == wanted[layer]).all(), network.layers[layer].name
    while now_ps < FOREVER:
        now_ps = step(machine.address, now_ps)
    assert machine.accumulators.tolist() == wanted[-1].reshape(-1).tolist()


SIZES = st.integers(1, 8)
BITS = st.sampled_from([1, 2, 3, 4, 8])


@st.composite
def networks(draw):
    """Draw a convolution and a dense layer behind it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    height, width, channels = draw(SIZES), draw(SIZES), draw(st.integers(1, 40))
    padding = draw(st.sampled_from(["same", "valid"]))
    window = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    stride, pool = draw(st.integers(1, 3)), draw(st.sampled_from([1, 2]))
    codes, filters = draw(BITS), draw(st.integers(1, 70))
    encoding = st.sampled_from(["unsigned", "dorefa", "twos_complement"])
    conv = random_layer(
        rng, "conv", (*window, channels, filters),
        Widths(draw(BITS), draw(BITS), codes, draw(encoding)),
        padding=padding, stride=stride, pool=pool,
    )  # fmt: skip
    shape = Shape(height, width, channels)
    try:
        inputs = int(np.prod(conv.pooled(shape)))
    except ConfigError:
        return None
    dense = random_layer(
        rng, "dense", (inputs, draw(st.integers(1, 20))),
        Widths(codes, draw(BITS), encoding=draw(encoding)), is_last=True,
    )  # fmt: skip
    return QuantisedNetwork("drawn", (conv, dense), shape)


MACHINES = st.builds(
    PimConfig,
    banks=st.just(0),
    mats=st.integers(1, 3),
    sub_arrays=st.integers(1, 4),
    replicas=st.integers(0, 3),
    sub_array=st.builds(
        SubArrayConfig, rows=st.sampled_from([192, 256]), columns=st.sampled_from([64, 128, 512])
    ),
    popcount=st.builds(PopcountConfig, segments=st.sampled_from([1, 5, 32])),
)


@settings(max_examples=150, deadline=None)
@given(networks(), MACHINES, st.integers(0, 99))
def test_random_layers_of_all_encodings_paddings_and_pools_are_bit_exact(network, config, seed):
    if network is None:
        return
    try:
        machine = PimMachine(network, config)
    except ConfigError:
        return  # too few rows for its chunks
    image = random_image(network, seed)
    machine.infer(image)
    wanted = all_outputs(network, image)
    assert (machine.codes(0) == wanted[0]).all()
    assert machine.accumulators.tolist() == wanted[1].reshape(-1).tolist()


def small():
    """Return two convolutions and a dense layer, of a few hundred steps."""
    rng = np.random.default_rng(3)
    layers = (
        random_layer(rng, "conv1", (3, 3, 2, 5), Widths(2, 1, 2), padding="same", pool=2),
        random_layer(rng, "conv2", (2, 2, 5, 7), Widths(2, 1, 3)),
        random_layer(rng, "dense", (28, 4), Widths(3, 2), is_last=True),
    )
    return QuantisedNetwork("small", layers, Shape(6, 6, 2))


def test_state_that_is_saved_at_any_step_can_be_gone_on_from_later():
    network = small()
    image, config = random_image(network), ONE_ARRAY
    wanted = all_outputs(network, image)[-1].reshape(-1).tolist()
    machine = PimMachine(network, config)
    machine.infer(image)
    steps = int(machine.progress["operations"][0])
    rng = np.random.default_rng(9)
    for saved_at in range(steps):
        machine = PimMachine(network, config)
        machine.load(image)
        restart(machine.address)
        now_ps = 0
        for _ in range(saved_at):
            now_ps = step(machine.address, now_ps)
        kept, layer = machine.held.copy(), int(machine.progress["layer"][0])
        for _ in range(int(rng.integers(1, 60))):
            before = machine.held.copy(), int(machine.progress["layer"][0])
            if before[1] != layer:
                break
            now_ps = step(machine.address, now_ps)
        machine.held[:] = POISON
        is_same_layer = machine.progress["layer"][0] == layer
        if is_same_layer:
            machine.held[:] = kept
        else:
            resume_layer(machine.address)
        done, again = -1, 0  # the last call finds that nothing is left
        while now_ps < FOREVER:
            now_ps = step(machine.address, now_ps)
            again += int(machine.progress["repairs"][0])
            done += 1
        assert machine.accumulators.tolist() == wanted, saved_at
        if is_same_layer:
            assert done - again == steps - saved_at


def test_what_goes_on_without_its_state_is_refused():
    network = small()
    machine = PimMachine(network, ONE_ARRAY)
    machine.load(random_image(network))
    restart(machine.address)
    machine.held[:] = POISON
    with pytest.raises(ProtocolError, match="must be restarted or restored before it goes on"):
        step(machine.address, 0)


def test_the_behaviour_runs_as_plain_python_too():
    program = (
        "from tests.components.test_pim_machine import *\n"
        "network = small()\n"
        "check_last_two(network, ONE_ARRAY, random_image(network))\n"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_layer_is_committed_by_a_step_that_writes_nothing_but_its_count():
    network = small()
    machine = PimMachine(network, ONE_ARRAY)
    machine.load(random_image(network))
    restart(machine.address)
    now_ps, layer = 0, 0
    while now_ps < FOREVER:
        now_ps = step(machine.address, now_ps)
        if machine.progress["layer"][0] != layer:
            layer += 1
            assert machine.progress["layer"][0] == layer
            assert machine.progress["row_first"][0] == len(machine.memory) - 4
            assert machine.progress["row_words"][0] == 4
    assert layer == 3


def test_a_pair_of_rows_changes_an_accumulator_for_each_segment_and_the_loop():
    network = small()
    machine = PimMachine(network, ONE_ARRAY)
    machine.load(random_image(network))
    restart(machine.address)
    now_ps, seen = 0, set()
    while now_ps < FOREVER:
        before = int(machine.counts["accumulations"][0]), int(machine.counts["row_ands"][0])
        now_ps = step(machine.address, now_ps)
        done = int(machine.counts["accumulations"][0]) - before[0]
        if machine.counts["row_ands"][0] > before[1]:
            assert machine.progress["changed_bits"][0] == 181 + 32 * done
            seen.add(done)
    assert len(seen) > 1


def test_energy_is_the_sum_of_what_was_counted_times_its_constants():
    network = small()
    machine = PimMachine(network, ONE_ARRAY)
    machine.infer(random_image(network))
    done = {name: int(machine.counts[name][0]) for name in COUNTS.names or ()}
    spent_fj = (
        (done["sensed_rows"] + done["bank_reads"]) * 8_487  # 512 of 15 fJ and of 1.577 in cells
        + done["written_bits"] * 550
        + done["moved_bits"] * 50
        + done["counted_rows"] * 2000  # 2 pJ a row
        + done["accumulations"] * 300
        + (done["corrections"] + done["comparisons"]) * 100
    )
    assert machine.progress["energy_fj"][0] == spent_fj


def test_a_dense_layer_of_one_row_takes_as_long_as_its_operations():
    # 3 inputs of 1 bit, 2 neurons of 1 bit, two's complement: no correction
    rng = np.random.default_rng(0)
    widths = Widths(1, 1, encoding="twos_complement")
    layer = random_layer(rng, "dense", (3, 2), widths, is_last=True)
    network = QuantisedNetwork("tiny", (layer,), Shape(1, 1, 3))
    machine = PimMachine(network, ONE_ARRAY)
    image = np.array([1, 0, 1]).reshape(1, 1, 3)
    loaded_ps = 1_000 + 5_000  # three bits over 128 wires, a row written
    # mark 5 ns, bank read 1 ns, H-tree 1 ns and row write 5 ns; both neurons lie in one row: one
    # AND 1 ns, digital unit 1 ns behind 8 stages of the tree; H-tree 1 ns, answers 5 ns, commit 5
    assert machine.infer(image) == loaded_ps + 5_000 + 1_000 + 6_000 + 1_000 + 9_000 + 6_000 + 5_000


def test_a_serial_counter_takes_a_cycle_for_each_column_of_a_segment():
    network = small()
    image = random_image(network)
    times = []
    for unit in ("compressor_tree", "counter_serial"):
        config = PimConfig(mats=1, sub_arrays=1, popcount=PopcountConfig(unit=unit), replicas=1)
        times.append(check_last_two(network, config, image).plan.layers[1].row_ps(config))
    assert times == [1_000, 2 * 2 * 5 * 1_000]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (PimConfig(mats=1, sub_arrays=1, sub_array=SubArrayConfig(rows=64)),
         "lenet5 must have 4 sub-arrays of 64 rows, not 1; set banks=4, or 0 for as many as "
         "needed"),
        (PimConfig(sub_array=SubArrayConfig(rows=8)),
         "conv1 must have 1 rows of weights in a sub-array of 8 rows, of which inputs leave 0; set "
         "sub_array.rows or sub_array.columns"),
        (PimConfig(digital=DigitalConfig(accumulator_bits=12)),
         "conv1 must have accumulators of 15 bits, not 12; set digital.accumulator_bits or quantise"
         " it"),
        (PimConfig(sub_array=SubArrayConfig(read_v=0.01)),
         "sub_array: READ must have 0.5 uA beside its reference, not 0.39 uA; raise read_v or "
         "device.tmr0_percent"),
    ],
)  # fmt: skip
def test_a_machine_that_cannot_hold_the_network_is_refused_in_a_sentence(config, sentence):
    with pytest.raises(ConfigError) as refused:
        PimMachine(lenet5(), config)
    assert str(refused.value) == sentence


def test_images_of_another_shape_or_range_are_refused():
    machine = PimMachine(small(), ONE_ARRAY)
    with pytest.raises(DataError, match=r"images of shape \(6, 6, 2\), not \(6, 6, 1\)"):
        machine.load(np.zeros((6, 6, 1), np.int64))
    with pytest.raises(DataError, match="codes of 0 to 3, not 0 to 4"):
        machine.load(np.full((6, 6, 2), 4) * np.arange(2))


def test_a_narrow_h_tree_makes_replicas_wait():
    network = lenet5()
    image = random_image(network)
    took = []
    for bits in (8, 512):
        machine = PimMachine(network, PimConfig(replicas=4, tree=TreeConfig(bits=bits)))
        machine.infer(image)
        took.append(int(machine.counts["bus_waits_ps"][0]) + int(machine.times["bus_free_ps"][0]))
    assert took[0] > 2 * took[1]
