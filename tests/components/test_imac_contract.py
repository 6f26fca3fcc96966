"""The real co-processor keeps its contract, and following it changes nothing."""

import pytest

from components.imac import Imac
from components.imac.contract import HandOff
from components.imac.hand_off_check import HandOffCheck
from components.interconnect import CoprocessorBus
from cosim import Clock, Command, Simulator, Transaction
from cosim.messages import WAIT_IMAC
from cosim.state_diagram import to_mermaid
from tests.components.imac_host import CONFIGURED_PS, FEATURES, SMALL, Host, System, float_bits


class Followed(System):
    """A host and a co-processor whose hand-off is followed."""

    def __init__(self, *arguments, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self.check = HandOffCheck(self.imac, HandOff)
        self.sim.observe(self.check)

    @property
    def hand_off(self):
        return self.check.hand_off


def by_timer(host):
    """Do two jobs as the paper does."""
    yield from host.infer(FEATURES, 4)
    return (yield from host.infer(FEATURES, 4))


def by_polling(host):
    """Read READY all the time."""
    yield from host.load(0)
    yield from host.ready(0)
    yield from host.load(0)
    for element, value in enumerate(FEATURES):
        yield from host.store(1 + element, value)
    yield from host.ready(1)
    while (yield from host.load(0)) != -1:
        pass
    return (yield from host.codes(4))


def by_waiting(host):
    """Wait over the bus: while it computes, while it converts, when it is done."""
    yield from host.transfer(FEATURES)
    host.spawn(host.bus.transport(Transaction(0, kind=WAIT_IMAC)))
    yield 15_500
    yield from host.bus.transport(Transaction(0, kind=WAIT_IMAC))
    yield from host.bus.transport(Transaction(0, kind=WAIT_IMAC))
    return (yield from host.codes(4))


def by_plain_accesses(host):
    """Write and read bytes, and load the timer."""
    for address, value in [(0, 0.0), *enumerate(FEATURES, 1), (0, 1.0)]:
        data = bytearray(float_bits(value).to_bytes(4, "little"))
        yield from host.bus.transport(Transaction(address, command=Command.WRITE, data=data))
    yield from host.bus.transport(Transaction(0x7C0, command=Command.WRITE, value=50))
    yield from host.load(0x7C0)
    yield host.timer_zero.posedge
    return (yield from host.codes(4))


def through_resets(host):
    """Lose power in every state but CONFIGURING; then do a job."""
    imac = host.bus.bound[0].owner
    for transfer, wait_ps in ((False, 0), (True, 0), (True, 7_000), (True, 15_500), (True, 40_000)):
        if transfer:
            yield from host.ready(0)
        if wait_ps:
            for element, value in enumerate(FEATURES):
                yield from host.store(1 + element, value)
            yield from host.ready(1)
        yield wait_ps
        imac.power_cycle()
        yield 1_000
    return (yield from host.infer(FEATURES, 4))


EVERY = [by_timer, by_polling, by_waiting, by_plain_accesses, through_resets]


@pytest.mark.parametrize("script", EVERY, ids=lambda script: script.__name__)
def test_every_legal_way_to_do_a_job_keeps_the_contract(script):
    system = Followed()
    assert system.run(script) == System().run(lambda host: host.infer(FEATURES, 4))
    system.sim.finish()
    assert system.hand_off.violations == []
    assert system.hand_off.state_of() == system.imac.controller.state.value == "DONE"


def test_following_changes_neither_times_nor_results():
    plain, followed = System(), Followed()
    assert plain.run(by_polling) == followed.run(by_polling)
    assert plain.sim.now_ps == followed.sim.now_ps
    assert plain.imac.last_job.done_ps == followed.imac.last_job.done_ps
    assert plain.imac.energy_pj() == followed.imac.energy_pj()


def test_the_controller_takes_its_states_from_the_contract():
    assert System().imac.controller.state.states == HandOff.state_names == (
        "CONFIGURING", "IDLE", "LOADING", "COMPUTING", "CONVERTING", "DONE",
    )  # fmt: skip


def test_states_of_contract_and_controller_change_at_the_same_times():
    system = Followed()

    def heard(gauge):
        changes = []
        gauge.listen(lambda when_ps, state: changes.append((when_ps, state)))
        return changes

    by_contract = heard(system.hand_off.gauge)
    by_controller = heard(system.imac.controller.state)
    system.run(through_resets)
    assert by_contract == by_controller
    assert len(by_contract) > 10


def test_cores_may_take_turns_and_anyone_may_poll():
    system = Followed(hosts=2)

    def second(host):
        yield 50_000
        while (yield from host.load(0)) == 1:
            pass
        return (yield from host.infer(FEATURES, 4))

    def first(host):
        return (yield from host.infer(FEATURES, 4))

    codes, again = system.run(first, second)
    assert codes == again
    assert system.hand_off.violations == []


def test_polls_while_weights_are_written_are_legal():
    system = Followed()
    assert system.run(lambda host: host.load(0), at_ps=0) == [-1]
    assert system.hand_off.coverage.states["IDLE"] == 1


def test_the_jobs_above_cover_all_but_a_core_that_is_too_early_and_a_reset_without_effect():
    total = Followed().hand_off.coverage
    for script in EVERY:
        system = Followed()
        system.run(script)
        total += system.hand_off.coverage
    assert total.missing == ["CONFIGURING: load_ready_minus_1", "CONFIGURING: reset", "IDLE: reset"]


def test_following_may_begin_in_mid_run():
    system = System()
    system.run(lambda host: host.transfer(FEATURES))
    check = HandOffCheck(system.imac, HandOff)
    system.sim.observe(check)
    assert check.hand_off.state_of() == "DONE"
    system.sim.env.process(system.hosts[0].codes(4))
    system.sim.run()
    assert check.hand_off.coverage.states["IDLE"] == 0


def test_a_ready_register_that_a_fault_has_changed_is_no_event():
    system = Followed()

    def flipped(host):
        system.imac.ready.READY.gauge.set(-2)
        return (yield from host.load(0))

    assert system.run(flipped) == [-2]
    assert system.hand_off.violations == []


def test_a_job_over_the_coprocessor_bus_keeps_the_contract():
    sim = Simulator(clock=Clock(1_000_000_000))
    imac = Imac("imac", sim, layers=SMALL)
    bus, host = CoprocessorBus("bus", sim), Host("host", sim)
    bus.map(0, 0x1000, imac.bus)
    host.bus.bind(bus.core)
    host.timer_zero.bind(imac.timer_zero)
    check = HandOffCheck(imac, HandOff)
    sim.observe(check)
    sim.elaborate()
    sim.run(until_ps=CONFIGURED_PS)
    host.spawn(host.infer(FEATURES, 4))
    sim.run()
    sim.finish()
    assert check.hand_off.state_of() == "DONE"
    assert [arc.times for arc in check.hand_off.coverage.arcs if arc.event == "load_code"] == [4]


def test_the_contract_draws_the_table_of_the_paper():
    drawn = to_mermaid(HandOff)
    for line in (
        "IDLE --> LOADING : store_ready_0 by core",
        "DONE --> LOADING : store_ready_0 by core",
        "LOADING --> LOADING : store_element by core",
        "LOADING --> COMPUTING : store_ready_1 by core",
        "CONVERTING --> DONE : write_codes by coprocessor",
        "DONE --> DONE : load_code by core",
    ):
        assert f"    {line}\n" in drawn
