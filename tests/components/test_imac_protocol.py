"""The hand-off, cycle by cycle, at 1 GHz: every access takes one cycle of 1,000 ps."""

import numpy as np
import pytest

from components.imac import BufferOverflow, Imac, ImacConfig
from components.imac.ready_register import NO_INPUTS
from cosim import Clock, Command, ProtocolError, Response, Simulator, Transaction
from cosim.messages import STORE_IMAC, WAIT_IMAC
from tests.components.imac_host import (
    CONFIGURED_PS,
    FEATURES,
    LAYER_PS,
    SMALL,
    System,
    dense,
    float_bits,
)


@pytest.fixture
def system():
    return System()


def heard(probe):
    """Return the list that a probe's changes are written to, in ns after CONFIGURED_PS."""
    changes = []
    probe.listen(lambda when_ps, value: changes.append(((when_ps - CONFIGURED_PS) // 1000, value)))
    return changes


def test_states_follow_the_hand_off(system):
    states = heard(system.imac.controller.state)
    system.run(lambda host: host.infer(FEATURES, 4))
    # READY=0 1 ns, 12 elements 12 ns, READY=1 1 ns, 3 layers of 5 ns, conversion 1 ns, write 1 ns
    assert states[-4:] == [(1, "LOADING"), (14, "COMPUTING"), (29, "CONVERTING"), (31, "DONE")]


def test_ready_takes_its_three_values_in_order(system):
    ready = heard(system.imac.ready.READY.gauge)
    system.run(lambda host: host.infer(FEATURES, 4))
    assert ready == [(1, 0), (14, 1), (31, -1)]


def test_timer_runs_out_after_the_codes_and_wakes_the_core(system):
    zero = heard(system.imac.timer.zero.gauge)
    system.run(lambda host: host.infer(FEATURES, 4))
    # 16 ns + 1 ns and 1 ps of write-back: 18 cycles, and one of guard, counted from 14 ns
    assert system.imac.timer.reload.value == 19
    assert zero == [(14 + 19, 1)]
    assert system.imac.timer.slack.value == (14 + 19 - 31) * 1_000


def test_codes_are_loaded_one_a_cycle(system):
    (codes,) = system.run(lambda host: host.infer(FEATURES, 4))
    assert system.sim.now_ps == CONFIGURED_PS + (14 + 19 + 4) * 1_000
    assert codes == list(system.imac.last_job.codes)


def test_job_keeps_the_times_of_its_phases(system):
    system.run(lambda host: host.infer(FEATURES, 4))
    job = system.imac.last_job
    begin = CONFIGURED_PS
    assert (job.number, job.transfer_ps, job.start_ps) == (0, begin + 1_000, begin + 14_000)
    assert job.layers == {
        "fc1": (begin + 14_000, begin + 19_000),
        "fc2": (begin + 19_000, begin + 24_000),
        "fc3": (begin + 24_000, begin + 29_000),
    }
    assert (job.convert_ps, job.done_ps) == (begin + 29_000, begin + 31_000)


def test_buffer_holds_the_signs_before_and_the_codes_after(system):
    bits = heard(system.imac.buffer.bits)
    (codes,) = system.run(lambda host: host.infer(FEATURES, 4))
    # signs 1 0 1 0 0 1 1 0 1 1 0 1, element 0 in bit 0
    assert bits[-2] == (13, 0b1011_0110_0101)
    assert system.imac.buffer.bits.value == sum(code << 8 * j for j, code in enumerate(codes))


def test_idle_and_done_read_alike_but_the_hidden_flag_differs(system):
    def script(host):
        before = yield from host.load(0)
        flag = system.imac.ready.has_result.value
        yield from host.infer(FEATURES, 4)
        return before, flag, (yield from host.load(0)), system.imac.ready.has_result.value

    (seen,) = system.run(script)
    assert seen == (NO_INPUTS, 0, NO_INPUTS, 1)


def test_polling_ready_finds_the_end_of_the_job(system):
    def script(host):
        yield from host.transfer(FEATURES)
        polls = 0
        while (yield from host.load(0)) != NO_INPUTS:
            polls += 1
        return polls, (yield from host.codes(4))

    ((polls, codes),) = system.run(script)
    assert polls == 16  # polls end at 15, 16 .. 30 ns and read 1; the one at 31 ns may read -1
    assert codes == list(system.imac.last_job.codes)
    assert system.imac.violations == []


def test_jobs_follow_one_another(system):
    inverted = [1.0 - np.sign(value) for value in FEATURES]

    def script(host):
        first = yield from host.infer(FEATURES, 4)
        second = yield from host.infer(inverted, 4)
        return first, second, (yield from host.infer(FEATURES, 4))

    ((first, second, third),) = system.run(script)
    assert first == third
    assert first != second
    assert [job.number for job in system.imac.jobs] == [0, 1, 2]
    assert system.imac.controller.jobs.value == 3
    assert system.imac.violations == []


def test_stores_and_loads_are_counted(system):
    system.run(lambda host: host.infer(FEATURES, 4))
    assert (system.imac.stores.value, system.imac.loads.value) == (14, 4)


def test_plain_writes_and_reads_do_the_same(system):
    def script(host):
        for address, value in [(0, 0.0), *enumerate(FEATURES, 1), (0, 1.0)]:
            data = bytearray(float_bits(value).to_bytes(4, "little"))
            yield from host.bus.transport(Transaction(address, command=Command.WRITE, data=data))
        yield host.timer_zero.posedge
        codes = []
        for address in range(1, 5):
            data = bytearray(4)
            yield from host.bus.transport(Transaction(address, data=data))
            codes.append(int.from_bytes(data, "little"))
        data = bytearray(4)
        yield from host.bus.transport(Transaction(0, data=data))
        return codes, int.from_bytes(data, "little", signed=True)

    ((codes, ready),) = system.run(script)
    assert codes == list(system.imac.last_job.codes)
    assert ready == NO_INPUTS


def test_timer_can_be_read_and_loaded_over_the_bus(system):
    def script(host):
        write = Transaction(0x7C0, command=Command.WRITE, value=50)
        yield from host.bus.transport(write)
        yield from host.transfer(FEATURES)
        count = yield from host.load(0x7C0)
        yield host.timer_zero.posedge
        return count, system.sim.now_ps

    ((count, zero_ps),) = system.run(script)
    # loaded in 1 ns, transfer 14 ns: counting from 15 ns; the read's cycle takes one count
    assert count in {49, 50}
    assert zero_ps == CONFIGURED_PS + (15 + 50) * 1_000


@pytest.mark.parametrize("address", [0x7C0, 0x7C1], ids=["timer", "behind it"])
def test_a_float_store_to_the_timer_or_behind_it_is_an_address_error(system, address):
    def script(host):
        transaction = Transaction(address, value=float_bits(1.0), kind=STORE_IMAC)
        yield from host.bus.transport(transaction)
        return transaction.response

    assert system.run(script) == [Response.ADDRESS_ERROR]


@pytest.mark.parametrize("address", [0x041, 0x7C1])
def test_addresses_outside_the_space_are_answered_with_an_address_error(system, address):
    def script(host):
        transaction = Transaction(address)
        yield from host.bus.transport(transaction)
        return transaction.response

    assert system.run(script) == [Response.ADDRESS_ERROR]


def test_accesses_of_one_instant_take_turns_in_port_order():
    system = System(hosts=2)
    seen = []

    def script(name):
        def steps(host):
            yield from host.load(0)
            seen.append((name, system.sim.now_ps - CONFIGURED_PS))

        return steps

    system.run(script("low"), script("high"))
    assert seen == [("low", 1_000), ("high", 2_000)]


def test_inputs_that_do_not_fit_the_buffer_are_refused_at_construction():
    vgg = [dense("fc1", 512, 512, 1), dense("fc2", 512, 10, 2)]
    with Simulator(clock=Clock(1_000_000_000)) as sim, pytest.raises(BufferOverflow) as refused:
        Imac("imac", sim, layers=vgg, config=ImacConfig(encoding="ternary2b"))
    assert str(refused.value) == (
        "imac.buffer must hold 512 inputs of 2 bits and 10 codes of a byte; it has 64 bytes;"
        " use a larger buffer, a shorter code or buffer.chunked"
    )


def test_vgg_fills_the_buffer_to_the_last_bit():
    vgg = [dense("fc1", 512, 512, 1, 1 / 32), dense("fc2", 512, 10, 2, 1 / 32)]
    system = System(vgg, {"configuration": "preloaded"})
    (codes,) = system.run(lambda host: host.infer([1.0] * 512, 10))
    assert system.imac.buffer.bits_written.value == 512 + 10 * 8
    assert codes == list(system.imac.last_job.codes)


def test_power_loss_in_a_job_leaves_the_weights_and_nothing_else(system):
    def script(host):
        yield from host.transfer(FEATURES)
        yield 7_000
        system.imac.power_cycle()
        yield 0
        lost = (system.imac.controller.state.value, system.imac.buffer.bits.value,
                system.imac.ready.READY.value, system.imac.subarrays[0].state.value)  # fmt: skip
        yield 50_000
        zero = host.timer_zero.value
        return lost, zero, (yield from host.infer(FEATURES, 4))

    ((lost, zero, codes),) = system.run(script)
    assert lost == ("IDLE", 0, NO_INPUTS, "IDLE")
    assert zero == 0
    assert codes == System().run(lambda host: host.infer(FEATURES, 4))[0]
    assert len(system.imac.jobs) == 1


@pytest.mark.parametrize("after_ns", [7, 15, 16], ids=["settling", "converting", "writing back"])
def test_power_loss_stops_a_job_in_any_phase(system, after_ns):
    def script(host):
        yield from host.transfer(FEATURES)
        yield after_ns * 1_000 + 500
        phase = system.imac.controller.state.value
        system.imac.power_cycle()
        yield 100_000
        return phase, system.imac.controller.state.value, host.timer_zero.value

    ((phase, state, zero),) = system.run(script)
    assert phase == ("COMPUTING" if after_ns < 15 else "CONVERTING")
    assert (state, zero) == ("IDLE", 0)
    assert system.imac.jobs == []


def test_power_loss_after_a_job_loses_its_codes(system):
    def script(host):
        yield from host.infer(FEATURES, 4)
        system.imac.power_cycle()
        yield 1_000
        yield from host.codes(1)

    with pytest.raises(ProtocolError, match="codes loaded while IDLE"):
        system.run(script)


@pytest.mark.parametrize("ahead_ps", [0, 250])
def test_a_wait_over_the_bus_ends_when_the_timer_is_zero(system, ahead_ps):
    def script(host):
        yield from host.transfer(FEATURES)
        for _ in range(2):
            wait = Transaction(0, kind=WAIT_IMAC)
            wait.delay_ps = ahead_ps
            yield from host.bus.transport(wait)
        return system.sim.now_ps - CONFIGURED_PS

    # zero at 14 + 19 ns; the second wait finds it so
    assert system.run(script) == [33_000 + ahead_ps]


def test_asking_for_a_job_before_there_is_one_is_refused(system):
    with pytest.raises(ProtocolError, match="imac has finished no job by 0 ps"):
        _ = system.imac.last_job


def test_times_follow_the_clock_of_the_core():
    with Simulator(clock=Clock(2_000_000_000)) as sim:
        config = ImacConfig.model_validate({"analog": {"layer_ps": LAYER_PS}})
        imac = Imac("imac", sim, layers=SMALL, config=config)
    # 16 ns + a cycle of 500 ps and 1 ps: 66.004 cycles of 250 ps, so 67, and one of guard
    assert imac.timer.reload.value == 68
