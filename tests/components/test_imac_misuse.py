"""Every row of the misuse matrix, with each of its policies, at 1 GHz."""

import numpy as np
import pytest

from components.imac import BufferOverflow, EncodingError
from components.imac.ready_register import NO_INPUTS
from cosim import ProtocolError
from tests.components.imac_host import CONFIGURED_PS, FEATURES, System

RIGHT = [2, 4, 7, 3]
"""Codes of FEATURES; test_imac_compute.py has them from plain numpy."""


def misuse(**policies):
    return System(config={"misuse": policies})


def kinds(system):
    return [seen.kind for seen in system.imac.violations]


def outputs_v(system, features=FEATURES):
    """Return the last layer's voltages of one job."""
    system.run(lambda host: host.infer(features, 4))
    return system.imac.last_job.outputs_v


def load_early(host):
    yield from host.transfer(FEATURES)
    return (yield from host.codes(4))


def test_an_early_load_is_refused_with_path_and_time():
    system = misuse()
    with pytest.raises(ProtocolError) as refused:
        system.run(load_early)
    assert str(refused.value) == (
        "imac.controller: codes loaded while COMPUTING; wait until they are there"
        f" at {CONFIGURED_PS + 15_000} ps"
    )
    assert kinds(system) == ["early_load"]


def test_an_early_load_may_return_the_input_bits():
    system = misuse(early_load="silent_stale")
    # signs 1 0 1 0 0 1 1 0 | 1 1 0 1: bytes 0b01100101 and 0b1011, which look like two codes
    assert system.run(load_early) == [[0b0110_0101, 0b1011, 0, 0]]
    assert kinds(system) == ["early_load"] * 4
    assert system.imac.controller.violations.value == 4


def test_an_early_load_may_wait_for_the_codes():
    system = misuse(early_load="stall")
    assert system.run(load_early) == [RIGHT]
    assert kinds(system) == ["early_load"]
    # the first load ends one access after the codes, at 32 ns; three more follow
    assert system.imac.last_job.done_ps == CONFIGURED_PS + 31_000
    assert system.sim.now_ps >= CONFIGURED_PS + 35_000


def test_a_stalled_load_leaves_the_port_to_others():
    system = misuse(early_load="stall")

    def poll(host):
        yield from host.transfer(FEATURES)
        system.sim.env.process(host.load(1))
        polled = 0
        while (yield from host.load(0)) != NO_INPUTS:
            polled += 1
        return polled

    ((polled),) = system.run(poll)
    assert polled > 10


def test_a_load_before_any_job_is_an_early_one():
    system = misuse()
    with pytest.raises(ProtocolError, match="codes loaded while IDLE"):
        system.run(lambda host: host.codes(1))


def test_a_short_timer_is_recorded_when_it_is_loaded():
    # 17.001 ns are needed; 10 cycles of 1 ns last 9 ns at least
    system = System(config={"timer": {"clock_hz": "1 GHz", "cycles": 10}})
    assert str(system.imac.violations[0]) == (
        "imac.controller: timer loaded with 10 cycles, but the codes take 17001 ps at 0 ps"
    )
    with pytest.raises(ProtocolError, match="codes loaded while COMPUTING"):
        system.run(lambda host: host.infer(FEATURES, 4))


def test_a_short_timer_may_be_refused():
    timer = {"clock_hz": "1 GHz", "cycles": 10}
    with pytest.raises(ProtocolError, match="timer loaded with 10 cycles"):
        System(config={"timer": timer, "misuse": {"short_timer": "trap"}})


def test_a_long_timer_only_costs_time():
    system = System(config={"timer": {"clock_hz": "1 GHz", "cycles": 100}})
    assert system.run(lambda host: host.infer(FEATURES, 4)) == [RIGHT]
    assert system.imac.timer.slack.value == (14 + 100 - 31) * 1_000
    assert kinds(system) == []


def store_in_job(host):
    yield from host.transfer(FEATURES)
    yield from host.store(0x001 + 1, 1.0)  # element 1 was 0
    yield host.timer_zero.posedge
    return (yield from host.codes(4))


def test_an_element_stored_in_a_job_is_refused():
    system = misuse()
    with pytest.raises(ProtocolError, match="element 1 stored while COMPUTING"):
        system.run(store_in_job)


def test_an_element_stored_in_a_job_may_be_ignored():
    system = misuse(store_while_computing="ignore")
    assert system.run(store_in_job) == [RIGHT]
    assert kinds(system) == ["store_while_computing"]


def test_an_element_stored_in_a_job_may_change_its_columns():
    system, other = misuse(store_while_computing="accept"), System()
    system.run(store_in_job)
    other.run(lambda host: host.infer([FEATURES[0], 1.0, *FEATURES[2:]], 4))
    volts, changed_v = system.imac.last_job.outputs_v, other.imac.last_job.outputs_v
    np.testing.assert_array_equal(volts, changed_v)
    assert np.abs(volts - outputs_v(System())).max() > 1e-3


def store_without_transfer(host):
    yield from host.infer(FEATURES, 4)
    yield from host.store(0x001, 1.0)
    return (yield from host.codes(1))


def test_an_element_without_a_transfer_is_refused():
    system = misuse()
    with pytest.raises(ProtocolError, match="element 0 stored while DONE; store READY = 0 first"):
        system.run(store_without_transfer)


@pytest.mark.parametrize(("policy", "code"), [("ignore", 2), ("accept", 3)])
def test_an_element_without_a_transfer_may_overwrite_a_code(policy, code):
    # bit 0 of code 0, which is 2, becomes 1
    system = misuse(store_without_transfer=policy)
    assert system.run(store_without_transfer) == [[code]]
    assert kinds(system) == ["store_without_transfer"]


def store_behind_the_end(host):
    yield from host.ready(0)
    yield from host.store(0x001 + 512, 1.0)


def test_an_element_behind_the_buffer_is_an_overflow():
    system = misuse()
    with pytest.raises(BufferOverflow, match="must be given elements 0 to 511, not 512"):
        system.run(store_behind_the_end)
    assert kinds(system) == ["overflow"]


def test_an_element_behind_the_buffer_may_be_ignored():
    system = misuse(overflow="ignore")
    system.run(store_behind_the_end)
    assert system.imac.buffer.bits.value == 0
    assert kinds(system) == ["overflow"]


def second_job_of_six(host):
    """Store only the first six inputs, all 1, after a whole job of ones."""
    yield from host.infer([1.0] * 12, 4)
    return (yield from host.infer([0.0] * 6, 4))


def test_too_few_elements_are_refused():
    system = misuse()
    with pytest.raises(ProtocolError, match="with 6 elements stored, not the first 12"):
        system.run(second_job_of_six)


def test_an_element_left_out_is_found_even_if_the_number_is_right():
    def script(host):
        yield from host.ready(0)
        for element in [*range(11), 12]:
            yield from host.store(0x001 + element, 1.0)
        yield from host.ready(1)

    with pytest.raises(ProtocolError, match="with 12 elements stored, not the first 12"):
        misuse().run(script)


def test_missing_elements_may_be_filled_with_zeros():
    system = misuse(wrong_count="zero_fill")
    (codes,) = system.run(second_job_of_six)
    assert codes == System().run(lambda host: host.infer([0.0] * 12, 4))[0]
    assert kinds(system) == ["wrong_count"]


def test_missing_elements_may_be_stale_bits():
    system = misuse(wrong_count="accept")
    (codes,) = system.run(second_job_of_six)
    # the codes of the first job stand in bytes 0 to 3; its bit 6 and 7 of byte 0, and byte 1
    # up to bit 11, are what elements 6 to 11 become
    first = list(system.imac.jobs[0].codes)
    stale = [first[0] >> 6 & 1, first[0] >> 7 & 1] + [first[1] >> bit & 1 for bit in range(4)]
    expected = System().run(lambda host: host.infer([0.0] * 6 + [float(s) for s in stale], 4))[0]
    assert codes == expected


def start_twice(host):
    yield from host.transfer(FEATURES)
    yield from host.ready(1)
    yield host.timer_zero.posedge
    return (yield from host.codes(4))


def test_a_second_start_is_refused():
    with pytest.raises(ProtocolError, match="READY set to 1 while COMPUTING"):
        misuse().run(start_twice)


def test_a_second_start_may_be_ignored():
    system = misuse(started_twice="ignore")
    assert system.run(start_twice) == [RIGHT]
    assert kinds(system) == ["started_twice"]


def ready_in_job(host):
    yield from host.transfer(FEATURES)
    yield from host.ready(0)
    if not host.timer_zero.value:
        yield host.timer_zero.posedge
    return (yield from host.codes(4))


def test_ready_in_a_job_is_ignored_and_recorded():
    system = misuse()
    assert system.run(ready_in_job) == [RIGHT]
    assert kinds(system) == ["ready_while_computing"]


def test_ready_in_a_job_may_be_refused():
    with pytest.raises(ProtocolError, match="READY set to 0 while COMPUTING"):
        misuse(ready_while_computing="trap").run(ready_in_job)


def test_ready_in_a_job_may_abort_it():
    system = misuse(ready_while_computing="abort")

    def script(host):
        yield from host.transfer(FEATURES)
        yield from host.ready(0)
        yield 100_000
        ready = yield from host.load(0)
        power = system.imac.subarrays[0].array.static_mw
        return ready, power, (yield from host.infer(FEATURES, 4))

    assert system.run(script) == [(NO_INPUTS, 0.0, RIGHT)]
    assert len(system.imac.jobs) == 1


@pytest.mark.parametrize("values", [[1], [-1], [0, 0], [0, -1]], ids=str)
def test_ready_out_of_order_is_refused_or_ignored(values):
    def script(host):
        for value in values:
            yield from host.ready(value)

    with pytest.raises(ProtocolError, match=f"READY set to {values[-1]} while (IDLE|LOADING)"):
        misuse().run(script)
    system = misuse(ready_out_of_order="ignore")
    system.run(script)
    assert kinds(system) == ["ready_out_of_order"]


def test_use_while_configuring_is_refused():
    # fc1 has 8 rows of 5 ns, so 40 ns
    def transfer(host):
        yield from host.ready(0)

    def element(host):
        yield from host.store(0x001, 1.0)

    for script in (transfer, element):
        with pytest.raises(ProtocolError, match="while CONFIGURING; wait until every row"):
            System().run(script, at_ps=38_000)
    System().run(transfer, at_ps=40_000)


def foreign(host):
    yield from host.transfer(FEATURES)
    yield host.timer_zero.posedge
    return (yield from host.codes(4))


def intruder(host):
    yield 20_000
    return (yield from host.load(0x001))


def test_a_second_core_that_meddles_is_refused():
    system = System(hosts=2)
    with pytest.raises(ProtocolError, match="code 0 loaded by port 1, but port 0 has it"):
        system.run(foreign, intruder)


def test_a_second_core_may_be_ignored():
    system = System(config={"misuse": {"foreign_owner": "ignore"}}, hosts=2)
    assert system.run(foreign, intruder) == [RIGHT, 0]
    assert kinds(system) == ["foreign_owner"]


def test_a_second_core_may_take_over_when_the_first_is_done():
    system = System(hosts=2)

    def later(host):
        yield 100_000
        return (yield from host.infer(FEATURES, 4))

    assert system.run(lambda host: host.infer(FEATURES, 4), later) == [RIGHT, RIGHT]
    assert kinds(system) == []


def test_a_value_without_a_code_is_an_encoding_error():
    with pytest.raises(EncodingError, match="must be given 0, 1 under binary01, not -1"):
        System().run(lambda host: host.transfer([-1.0] * 12))


def test_the_wrong_encoding_computes_something_else():
    # the same bits, but a 0 drives -VDD: on MNIST this costs 15 points
    features = [1.0 if value > 0 else -1.0 for value in FEATURES]
    wrong = System(config={"encoding": "bipolar"})
    assert np.abs(outputs_v(wrong, features) - outputs_v(System())).max() > 1e-3


def test_the_last_misuse_shows_in_the_waves():
    system = misuse(early_load="silent_stale")
    system.run(load_early)
    assert system.imac.controller.violation.value == "early_load"
