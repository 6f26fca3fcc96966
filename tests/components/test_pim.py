"""The accelerator as a module: images over its bus, what it shows, what it spends."""

import numpy as np
import pytest

from components.pim import Pim, PimConfig, SubArrayConfig
from components.pim.sub_array import AND_PAIR, COPY_ROW, OR_PAIR, READ_ROW, WRITE_ROW, SubArray
from cosim import DataError, Module, ProtocolError, Simulator, Transaction, initiator_socket
from tests.components.pim_host import PimHost, classified
from tests.components.pim_reference import all_outputs, lenet5, random_image

ONE_ARRAY = PimConfig(mats=1, sub_arrays=1)


class Host(Module):
    """Does row operations."""

    port = initiator_socket("a sub-array")


def test_classes_are_those_of_the_reference():
    network = lenet5()
    images = [random_image(network, seed) for seed in range(3)]
    _, found = classified(network, PimConfig(), images, is_watched=False)
    scores = [all_outputs(network, image)[-1].reshape(-1) for image in images]
    assert found == [int(one.argmax()) for one in scores]


def test_an_image_of_another_size_is_refused():
    with Simulator(seed=0) as simulator:
        pim = Pim("pim", simulator, network=lenet5(), config=ONE_ARRAY)
        host = PimHost("host", simulator)
        host.bus.bind(pim.bus)
        host.spawn(host.classify([np.zeros((3, 3), np.int64)]))
        with pytest.raises(DataError, match=r"must be given images of shape \(28, 28, 1\)"):
            simulator.run()


def test_layers_follow_each_other_and_their_energy_adds_up():
    pim, _ = classified(lenet5(), ONE_ARRAY, [random_image(lenet5())])
    assert [run.name for run in pim.runs] == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    ends = [run.end_ps for run in pim.runs]
    assert [run.start_ps for run in pim.runs[1:]] == ends[:-1]
    assert pim.runs[-1].energy_pj == pytest.approx(pim.total_pj)
    machine_pj = float(pim.machine.progress["energy_fj"][0]) / 1_000
    standby_pj = ends[-1] / 1_000 * 0.5  # 0.5 mW for so many ns
    assert pim.total_pj == pytest.approx(machine_pj + standby_pj, rel=1e-5)  # rows take whole fJ


def test_power_over_time_adds_up_to_the_energy():
    with Simulator(seed=0) as simulator:
        pim = Pim("pim", simulator, network=lenet5(), config=ONE_ARRAY)
        host = PimHost("host", simulator)
        host.bus.bind(pim.bus)
        seen: list[tuple[int, float]] = []
        pim.drawn.listen(lambda when_ps, power_mw: seen.append((when_ps, power_mw)))
        host.spawn(host.classify([random_image(lenet5())]))
        simulator.run()
    times_ps = [0, *(when_ps for when_ps, _ in seen)]
    spent_pj = sum(
        (until_ps - from_ps) * power_mw / 1e3
        for from_ps, (until_ps, power_mw) in zip(times_ps, seen, strict=False)
    )
    assert len(seen) > 1_000
    assert spent_pj == pytest.approx(1_000 * pim.total_pj / 1_000)


def test_waves_show_the_row_pair_the_planes_and_the_accumulator():
    network = lenet5()
    shown: list[tuple[int, int, str]] = []
    with Simulator(seed=0) as simulator:
        pim = Pim("pim", simulator, network=network, config=ONE_ARRAY)
        host = PimHost("host", simulator)
        host.bus.bind(pim.bus)
        array = pim.sub_arrays[0]
        array.operands.listen(
            lambda when_ps, told: shown.append((array.row.value, array.other.value, told))
        )
        host.spawn(host.classify([random_image(network)]))
        simulator.run()
    ands = [one for one in shown if "&" in one[2] and one[2].startswith("conv2")]
    # conv2 lies behind 8 rows of inputs and the 6 rows of conv1; a row of weights for each filter
    assert ands[:5] == [
        (0, 14, "conv2 I0 & W0 f0"), (1, 14, "conv2 I1 & W0 f0"), (2, 14, "conv2 I2 & W0 f0"),
        (3, 14, "conv2 I3 & W0 f0"), (0, 15, "conv2 I0 & W0 f1"),
    ]  # fmt: skip
    assert (pim.phase.value, array.operation.value) == ("IDLE", "IDLE")
    assert array.path == "pim.bank[0].mat[0].sub_array[0]"


def row_operations(steps):
    """Do (kind, row, other, bits) in a sub-array of its own; return what was read, and when."""
    config = SubArrayConfig(rows=4, columns=64)
    with Simulator(seed=0) as simulator:
        array = SubArray("array", simulator, config=config)
        host = Host("host", simulator)
        host.port.bind(array.port)

        def run():
            found = []
            for kind, row, other, bits in steps:
                data = None if bits is None else bytearray(np.uint64(bits).tobytes())
                job = Transaction(row, kind=kind, value=other, data=data)
                yield from host.port.transport(job)
                if kind not in (WRITE_ROW, COPY_ROW):
                    found.append(int(np.frombuffer(bytes(job.data or b""), np.uint64)[0]))
            return found

        done = host.spawn(run())
        simulator.run()
    return done.value, simulator.now_ps


def test_a_host_reads_writes_and_combines_rows():
    found, end_ps = row_operations(
        [(WRITE_ROW, 1, 0, 0b1100), (WRITE_ROW, 2, 0, 0b1010), (READ_ROW, 1, 0, None),
         (AND_PAIR, 1, 2, None), (OR_PAIR, 1, 2, None)]
    )  # fmt: skip
    assert found == [0b1100, 0b1000, 0b1110]
    assert end_ps == 2 * 5_000 + 3 * 1_000


def test_a_row_that_is_not_there_is_refused():
    with pytest.raises(ProtocolError, match="array: a row must be 0 to 3, not 4; use more rows"):
        row_operations([(AND_PAIR, 0, 4, None)])


def test_a_copied_row_is_sensed_and_written_beside_the_first():
    found, end_ps = row_operations(
        [(WRITE_ROW, 1, 0, 0b1100), (COPY_ROW, 1, 3, None), (READ_ROW, 3, 0, None),
         (READ_ROW, 1, 0, None)]
    )  # fmt: skip
    assert found == [0b1100, 0b1100]
    assert end_ps == 5_000 + (1_000 + 5_000) + 2 * 1_000


def test_a_copy_spends_a_sensed_and_a_written_row():
    with Simulator(seed=0) as simulator:
        config = SubArrayConfig(rows=4, columns=64, amplifier_pj=0.5, write_pj=2.0)
        array, host = SubArray("array", simulator, config=config), Host("host", simulator)
        host.port.bind(array.port)
        host.spawn(host.port.transport(Transaction(1, kind=COPY_ROW, value=2)))
        simulator.run()
    # two cells at 0.1 V, 158 uS in the mean, for 1 ns are 1.6 fJ
    assert array.spent.value == pytest.approx(64 * (0.5 + 0.0016 + 2.0), rel=1e-5)
    assert (array.reads.value, array.writes.value) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "other", "data", "sentence"),
    [
        (WRITE_ROW, 0, None, "array: a row that is written must have 8 bytes of data, not 0"),
        (
            WRITE_ROW,
            0,
            bytearray(9),
            "array: a row that is written must have 8 bytes of data, not 9",
        ),
        (7, 0, None, "array: an operation must be 0 to 4, not 7"),
        (COPY_ROW, 4, None, "array: a row must be 0 to 3, not 4; use more rows"),
    ],
)
def test_what_a_sub_array_cannot_do_is_refused(kind, other, data, sentence):
    with Simulator(seed=0) as simulator:
        array = SubArray("array", simulator, config=SubArrayConfig(rows=4, columns=64))
        host = Host("host", simulator)
        host.port.bind(array.port)
        host.spawn(host.port.transport(Transaction(1, kind=kind, value=other, data=data)))
        with pytest.raises(ProtocolError, match=sentence):
            simulator.run()
