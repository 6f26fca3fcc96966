"""Whole programs of LeNet-5: instruction counts by hand, protocol, branches, memory."""

from itertools import pairwise

import numpy as np
import pytest

from components.cpu import program as isa
from cosim.errors import DataError
from scenarios.networks import images, lenet5, loop_nest, reference, vgg16, weights
from scenarios.networks.layers import Network, Shape, stack
from scenarios.networks.lowering import program
from scenarios.networks.options import CodeOptions
from scenarios.networks.weights import Affine, Binarised, Weights

CALL = 8 + 8
"""store, branch, six pushes; six pops, load, return."""


@pytest.fixture(scope="module")
def lenet():
    return weights.load(lenet5.NETWORK)


@pytest.fixture(scope="module")
def digits():
    return images.load_images(lenet5.NETWORK)


@pytest.fixture(scope="module")
def make(lenet, digits):
    def build(machine, count=1, **options):
        lowered = program(lenet, digits.pixels[:count], machine, CodeOptions(**options))
        return lowered, np.concatenate(list(lowered.chunks()))

    return build


def layers(lowered, found):
    """Return the records of each layer of the first image, without its mark."""
    starts = np.flatnonzero(found["op"] == isa.LAYER)
    names = [lowered.marks[found["value"][at]].layer for at in starts]
    ends = [*starts[1:], len(found)]
    return {
        name: found[start + 1 : end]
        for name, start, end in reversed(list(zip(names, starts, ends, strict=True)))
    }


def counts(lowered, found):
    return {name: len(part) for name, part in layers(lowered, found).items()}


def test_scalar_convolutions_have_the_instructions_counted_by_hand(make):
    found = counts(*make("cpu", isa="scalar"))

    def tile(sums, rows, run):
        step = 1 + sums + 4  # load the input; FMAs; two pointers, compare, branch
        reduction = rows * (run * step + 3)  # a pointer, compare, branch a row of the window
        return sums + reduction + (1 + sums) + sums + 5  # biases, ReLU, stores, end of pixel

    pixels = 28 * 28 * (tile(4, 5, 5) + tile(2, 5, 5))  # six filters: a block of four, one of two
    assert found["conv1"] == CALL + 4 + pixels + 2 * 28 * 4
    # Sixteen filters are four blocks of four; a block ends with four pointers, compare, branch.
    assert found["conv2"] == CALL + 4 + 4 * (10 * (10 * tile(4, 5, 5 * 6) + 4) + 6)


def test_scalar_pooling_has_the_instructions_counted_by_hand(make):
    found = counts(*make("cpu", isa="scalar"))
    output = 1 + 3 + 1 + 4  # load, three maxima, store; two pointers, compare, branch
    assert found["pool1"] == CALL + 2 + 14 * (14 * (6 * output + 4) + 4)
    assert found["pool2"] == CALL + 2 + 5 * (5 * (16 * output + 4) + 4)


@pytest.mark.parametrize(("layout", "pointers"), [("row", 1), ("keras", 2)])
def test_scalar_dense_layers_have_the_instructions_counted_by_hand(make, layout, pointers):
    found = counts(*make("cpu", isa="scalar", fc_weight_layout=layout))

    def block(inputs, sums, relu):
        step = 1 + sums + pointers + 2  # load the input; FMAs; pointers, compare, branch
        return sums + 1 + inputs * step + (1 + sums if relu else 0) + sums

    ends = 3 + 2  # three pointers, compare, branch; a block that stands alone has no end
    assert found["fc1"] == CALL + 4 + 30 * (block(400, 4, True) + ends)
    assert found["fc2"] == CALL + 4 + 21 * (block(120, 4, True) + ends)
    assert found["fc3"] == CALL + 4 + 2 * (block(84, 4, False) + ends) + block(84, 2, False)


def test_vector_convolutions_have_the_instructions_counted_by_hand(make):
    found = counts(*make("cpu", isa="avx2"))
    # conv1: six filters fill no vector, so vectors run over the 28 pixels of a row: 8, 8, 8 and 4.
    step = 1 + 4 + 4  # one weight for all lanes; four FMAs from memory; loop end
    row = 4 + 5 * (5 * step + 3) + (1 + 4) + 4
    assert found["conv1"] == CALL + 4 + 6 * (28 * (row + 4) + 6)
    # conv2: two vectors of filters, two pixels; the weights are used twice, so they are loaded.
    step = 2 + 2 * (1 + 2) + 4
    # Its input lies in planes: loops over six planes, five rows and five columns of the window.
    reduction = 6 * (5 * (5 * step + 3) + 3)
    pair = 4 + reduction + (1 + 4) + 4
    assert found["conv2"] == CALL + 4 + 10 * (5 * (pair + 5) + 4)


def test_every_layer_multiplies_as_often_as_its_macs_say(make):
    for options in ({"isa": "scalar"}, {"isa": "scalar", "fused_loads": False}):
        lowered, found = make("cpu", **options)
        macs = {mark.layer: mark.macs for mark in lowered.marks}
        for name, part in layers(lowered, found).items():
            assert int((part["op"] == isa.FMA).sum()) == macs[name]


def test_fusing_saves_one_load_for_every_weight_that_is_used_once(make):
    fused, split = (
        counts(*make("cpu", isa="scalar", fused_loads=choice)) for choice in (True, False)
    )
    for name in ("conv1", "conv2", "fc1", "fc2", "fc3"):
        macs = {"conv1": 117_600, "conv2": 240_000, "fc1": 48_000, "fc2": 10_080, "fc3": 840}[name]
        assert split[name] - fused[name] == macs


def test_marks_name_layers_engines_and_macs_of_every_image(make):
    lowered, found = make("imac", count=2)
    names = ["conv1", "pool1", "conv2", "pool2", "transfer", "fc", "codes"]
    assert [(mark.image, mark.layer) for mark in lowered.marks] == [
        (image, name) for image in (0, 1) for name in names
    ]
    assert {mark.layer for mark in lowered.marks if mark.engine == "imac"} == {"fc"}
    assert [mark.macs for mark in lowered.marks[:7]] == [117_600, 0, 240_000, 0, 0, 58_920, 0]
    met = found[found["op"] == isa.LAYER]["value"]
    assert met.tolist() == list(range(14))


def test_the_baseline_runs_all_layers_on_the_core_and_never_touches_the_co_processor(make):
    lowered, found = make("cpu")
    assert [mark.layer for mark in lowered.marks] == [
        "conv1", "pool1", "conv2", "pool2", "fc1", "fc2", "fc3", "argmax",
    ]  # fmt: skip
    assert {mark.engine for mark in lowered.marks} == {"cpu"}
    assert sum(mark.macs for mark in lowered.marks) == 416_520
    assert not np.isin(found["op"], [isa.STORE_IMAC, isa.LOAD_IMAC, isa.WAIT_IMAC]).any()


def test_the_hand_off_follows_the_protocol_with_the_features_of_the_image(make, lenet, digits):
    _, found = make("imac", count=3)
    features = reference.features(lenet, digits.pixels[:3])
    talk = found[np.isin(found["op"], [isa.STORE_IMAC, isa.LOAD_IMAC, isa.WAIT_IMAC])]
    assert len(talk) == 3 * (1 + 400 + 1 + 1 + 10)
    for image, part in enumerate(np.split(talk, 3)):
        assert (int(part[0]["address"]), int(part[0]["value"])) == (0, 0)  # ready = 0.0
        stores = part[1:401]
        assert stores["address"].tolist() == list(range(1, 401))
        bits = stores["value"].astype(np.uint32).view(np.float32)
        assert np.array_equal(bits, features[image])
        assert (int(part[401]["address"]), int(part[401]["value"])) == (0, 0x3F80_0000)  # 1.0
        assert part[402]["op"] == isa.WAIT_IMAC
        assert (part[403:]["op"] == isa.LOAD_IMAC).all()
        assert part[403:]["address"].tolist() == list(range(1, 11))


def test_every_store_to_the_buffer_waits_for_the_load_of_its_feature(make):
    lowered, found = make("imac", isa="scalar")
    part = layers(lowered, found)["transfer"]
    stores = np.flatnonzero(part["op"] == isa.STORE_IMAC)[1:]
    before = part[stores - 1]
    assert (before["op"] == isa.LOAD).all()
    assert np.array_equal(before["dst"], part[stores]["src_a"])
    pool2 = lowered.memory.regions["pool2"]
    assert before["address"].tolist() == list(range(pool2.start, pool2.start + 4 * 400, 4))


@pytest.mark.parametrize("machine", ["cpu", "imac"])
def test_the_search_for_the_class_branches_as_the_scores_of_the_image_say(
    make, lenet, digits, machine
):
    lowered, found = make(machine, count=5)
    features = reference.features(lenet, digits.pixels[:5])
    outputs = reference.analog_outputs(lenet, reference.signs(features))
    scores = reference.logits(lenet, features) if machine == "cpu" else reference.codes(outputs)
    starts = np.flatnonzero(found["op"] == isa.LAYER)
    last = {"cpu": "argmax", "imac": "codes"}[machine]
    for image in range(5):
        best, expected = scores[image][0], []
        for score in scores[image][1:]:
            expected.append(int(score <= best))
            best = max(best, score)
        mark = next(
            at for at in starts
            if lowered.marks[found["value"][at]][:2] == (image, last)
        )  # fmt: skip
        part = found[mark : mark + 120]
        skips = part[1:][(part["op"][:-1] != isa.LAYER) & _compares(part)]
        assert skips["value"].tolist()[:9] == expected


def _compares(part):
    """Return which records directly follow a comparison of two scores."""
    scored = (part["dst"] == isa.FLAGS) & (part["src_b"] != isa.NO_REGISTER)
    return scored[:-1]


def test_images_come_from_their_own_addresses_and_share_all_others(make):
    lowered, found = make("cpu", count=2)
    starts = np.flatnonzero(found["op"] == isa.LAYER)
    first, second = (found[starts[at] + 1 : starts[at + 1]] for at in (0, 8))
    region = lowered.memory.regions["input"]
    pixels = (first["address"] >= region.start) & (first["address"] < region.end)
    distance = second["address"] - first["address"]
    # 32 x 32 pixels with their padding, four bytes each.
    assert set(distance[pixels].tolist()) == {32 * 32 * 4}
    assert set(distance[~pixels].tolist()) == {0}


@pytest.mark.parametrize("machine", ["cpu", "imac"])
@pytest.mark.parametrize("isa_name", ["scalar", "avx2"])
def test_every_address_lies_in_a_region_of_the_memory_map(make, machine, isa_name):
    lowered, found = make(machine, isa=isa_name)
    talk = np.isin(found["op"], [isa.STORE_IMAC, isa.LOAD_IMAC])
    memory = found[(found["address"] != isa.NO_ADDRESS) & ~talk]
    regions = lowered.memory.regions
    inside = np.zeros(len(memory), bool)
    for region in regions.values():
        ends = memory["address"] + memory["size_bytes"]
        inside |= (memory["address"] >= region.start) & (ends <= region.end)
    assert inside.all()
    code = regions["code"]
    assert code.start <= found["ip"].min()
    assert found["ip"].max() < code.end


def test_regions_do_not_overlap(make):
    regions = sorted(make("cpu")[0].memory.regions.values())
    assert all(one.end <= other.start for one, other in pairwise(regions))


def test_each_layer_reads_its_own_weights_only(make):
    lowered, found = make("cpu", isa="scalar")
    for name, part in layers(lowered, found).items():
        for owner in ("conv1", "conv2", "fc1", "fc2", "fc3"):
            region = lowered.memory.regions[f"{owner}.weights"]
            touched = (part["address"] >= region.start) & (part["address"] < region.end)
            assert touched.any() == (owner == name)


def test_both_machines_keep_convolutions_and_activations_at_the_same_addresses(make):
    core, offload = (make(machine)[0].memory.regions for machine in ("cpu", "imac"))
    for name in ("input", "conv1.weights", "conv1", "pool1", "conv2", "pool2"):
        assert core[name] == offload[name]


def test_an_address_of_code_always_holds_the_same_instruction(make):
    _, found = make("imac", count=2)
    found = found[found["op"] != isa.LAYER]
    order = np.argsort(found["ip"], kind="stable")
    same = np.diff(found["ip"][order]) == 0
    for name in ("op", "dst", "src_a", "src_b", "src_c", "size_bytes"):
        assert not np.diff(found[name][order])[same].any()


def test_control_flow_is_consistent_from_one_instruction_to_the_next(make):
    _, found = make("cpu", count=2)
    found = found[found["op"] != isa.LAYER]
    taken = (found["op"] == isa.BRANCH) & (found["value"] & 1 == 1)
    falls = found["ip"][1:] == found["ip"][:-1] + isa.INSTRUCTION_BYTES
    assert (falls | taken[:-1]).all()


def test_a_program_ends_with_end_and_counts_its_instructions_beforehand(make):
    for machine in ("cpu", "imac"):
        lowered, found = make(machine, count=3)
        assert found[-1]["op"] == isa.END
        assert int((found["op"] == isa.END).sum()) == 1
        assert lowered.instructions == len(found)


def test_chunks_of_any_size_make_the_same_program(make):
    lowered, found = make("imac")
    for size in (1_000, 65_536, len(found), len(found) + 1):
        parts = list(lowered.chunks(size))
        assert all(len(part) <= size for part in parts)
        assert np.array_equal(np.concatenate(parts), found)


def untrained(network: Network) -> Weights:
    """Return weights that are all alike: enough where only instructions count."""
    affine = {
        layer.name: Affine(
            np.full(layer.weight_shape, 0.01, np.float32),
            np.zeros(layer.weight_shape[-1], np.float32),
        )
        for layer in network.weighted
    }
    binarised = tuple(
        Binarised(np.ones(layer.weight_shape, np.int8), np.ones(layer.outputs, np.int8), 1 / 32)
        for layer in network.dense
    )
    return Weights(network, affine, binarised)


def test_vgg16_is_lowered_without_writing_its_hundred_million_instructions():
    pixels = np.zeros((1, 32, 32, 3), np.uint8)
    lowered = program(untrained(vgg16.NETWORK), pixels, "imac", CodeOptions(isa="avx2"))
    # Blocks of 32 filters: one broadcast, four FMAs and four of loop control for 32 MACs.
    inner = 313_196_544 // 32 * 9
    assert inner < lowered.instructions < 1.01 * inner
    assert sum(mark.macs for mark in lowered.marks) == 313_463_808
    assert sum(array.nbytes for array in lowered.nest) < 1 << 20
    first = next(lowered.chunks())
    assert len(first) == 65_536


def test_a_network_without_convolutions_runs_on_the_core():
    network = stack("mlp", Shape(28, 28, 1), "", (16, 10))
    pixels = np.zeros((2, 28, 28, 1), np.uint8)
    lowered = program(untrained(network), pixels, "cpu", CodeOptions(isa="scalar"))
    found = np.concatenate(list(lowered.chunks()))
    assert int((found["op"] == isa.FMA).sum()) == 2 * (784 * 16 + 16 * 10)
    loads = found[(found["op"] == isa.LOAD)]["address"]
    region = lowered.memory.regions["input"]
    assert set(range(region.start, region.end, 4)) <= set(loads.tolist())


def test_features_that_the_buffer_cannot_hold_are_refused():
    network = stack("mlp", Shape(28, 28, 1), "", (16, 10))
    with pytest.raises(DataError) as refusal:
        program(untrained(network), np.zeros((1, 28, 28, 1), np.uint8), "imac")
    assert str(refusal.value) == (
        "mlp has 784 features; the co-processor's buffer holds 512; lower it for the cpu,"
        " or give it a larger buffer"
    )


@pytest.mark.parametrize("shape", [(0, 28, 28, 1), (1, 28, 28), (1, 32, 32, 1)])
def test_images_that_do_not_fit_are_refused(lenet, shape):
    with pytest.raises(DataError) as refusal:
        program(lenet, np.zeros(shape, np.uint8))
    assert str(refusal.value) == (
        f"a program of lenet5 needs at least one image of 28x28x1, not pixels of shape {shape}"
    )


def test_generation_gives_the_same_records_without_compilation(make):
    lowered, found = make("imac")
    plain = getattr(loop_nest.expand, "py_func", loop_nest.expand)
    out = np.zeros(2_000, isa.INSTRUCTION)
    assert plain(lowered.nest, loop_nest.new_position(), out) == 2_000
    assert np.array_equal(out, found[:2_000])
