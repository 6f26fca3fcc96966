"""Faults by themselves: flipped bits, a line that loses edges, a bus that answers with errors."""

import pytest

from components.faults import Faults, FaultsConfig, FaultyBus, FaultyLine
from components.faults.faults import flipped
from cosim import (
    Clock,
    Module,
    Response,
    Simulator,
    Steps,
    Transaction,
    gauge,
    initiator_socket,
    process,
    signal,
    target_socket,
)
from cosim.messages import LOAD_IMAC, WAIT_IMAC

US = 1_000_000
"""ps"""


class Holder(Module):
    """Holds bits."""

    bits = gauge("eight bits", width_bits=8, initial=0b1010_1010)
    ready = gauge("two signed bits", width_bits=2, signed=True, initial=-1)


class Driver(Module):
    """Drives a line up and down, and asks a bus."""

    line = signal("a line")
    bus = initiator_socket("a bus", optional=True)

    @process
    def pulse(self) -> Steps:
        """Rise every microsecond for half of it."""
        for _ in range(1_000):
            yield US // 2
            self.line.write(1)
            yield US // 2
            self.line.write(0)


class Server(Module):
    """Answers everything."""

    bus = target_socket("a bus")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> None:
        """Answer with the address."""
        transaction.value, transaction.response = transaction.address, Response.OK


def struck(seed: int, **config: float) -> Faults:
    """Run ten microseconds with faults in eight and two bits."""
    with Simulator(seed=seed, clock=Clock(10**9)) as sim:
        holder = Holder("holder", sim)
        faults = Faults("faults", sim, config=FaultsConfig(**config), buffer=(holder.bits,),
                        registers=(holder.ready,))  # fmt: skip
        sim.run(10 * US)
    return faults


@pytest.mark.parametrize(
    ("value", "bit", "width", "signed", "expected"),
    [
        (0b1010, 0, 4, False, 0b1011),
        (0b1010, 3, 4, False, 0b0010),
        (-1, 0, 2, True, -2),  # 11 becomes 10
        (-1, 1, 2, True, 1),  # 11 becomes 01
        (1, 1, 2, True, -1),  # 01 becomes 11
        (0, 1, 2, True, -2),  # 00 becomes 10
    ],
)
def test_a_flip_changes_one_bit_in_twos_complement(value, bit, width, signed, expected):
    assert flipped(value, bit, width, signed) == expected
    assert flipped(expected, bit, width, signed) == value


def test_one_flip_strikes_at_its_time_and_changes_one_bit():
    faults = struck(5, buffer_flip_ps=3 * US)
    assert [(fault.kind, fault.at_ps) for fault in faults.log] == [("buffer_flip", 3 * US)]
    assert (faults.buffer[0].value ^ 0b1010_1010).bit_count() == 1
    assert faults.registers[0].value == -1


def test_flips_come_at_their_rate():
    # 100 a microsecond over 10: 1,000, give or take five standard deviations of a Poisson count
    count = len(struck(1, buffer_flips_hz=1e8).log)
    assert abs(count - 1_000) < 5 * 1_000**0.5


def test_every_bit_of_a_group_is_struck():
    log = struck(1, buffer_flips_hz=1e7, register_flips_hz=1e7).log
    assert {fault.what.split()[1] for fault in log if fault.kind == "buffer_flip"} == set(
        "01234567"
    )
    assert {fault.what.split()[1] for fault in log if fault.kind == "register_flip"} == set("01")


def test_a_seed_decides_all_flips_and_one_kind_does_not_move_the_other():
    alone = struck(7, buffer_flips_hz=1e7).log
    both = struck(7, buffer_flips_hz=1e7, register_flips_hz=1e7).log
    assert alone == struck(7, buffer_flips_hz=1e7).log
    assert alone == [fault for fault in both if fault.kind == "buffer_flip"]
    assert alone != struck(8, buffer_flips_hz=1e7).log


def edges(**config: float) -> tuple[list[int], Faults]:
    """Return when a faulty line rose in 1,000 pulses, the first at half a microsecond."""
    risen: list[int] = []
    with Simulator(seed=2, clock=Clock(10**9)) as sim:
        driver = Driver("driver", sim)
        chosen = FaultsConfig(**config)
        faults = Faults("faults", sim, config=chosen)
        line = FaultyLine("line", faults, config=chosen, faults=faults)
        line.line.bind(driver.line)
        line.out.listen(lambda at_ps, value: risen.append(at_ps) if value else None)
        sim.run()
    return risen, faults


def test_a_line_without_faults_passes_every_edge_at_once():
    risen, faults = edges()
    assert risen == [US * n + US // 2 for n in range(1_000)]
    assert faults.log == []


def test_a_share_of_the_edges_is_lost():
    risen, faults = edges(lost_completions=0.25)
    assert len(risen) + len(faults.log) == 1_000
    assert abs(len(faults.log) - 250) < 5 * (1_000 * 0.25 * 0.75) ** 0.5
    assert {fault.kind for fault in faults.log} == {"lost_completion"}


def test_a_late_edge_comes_late_and_not_at_all_if_the_line_fell():
    risen, _ = edges(late_completions=1.0, late_ps=1_000)
    assert risen == [US * n + US // 2 + 1_000 for n in range(1_000)]
    assert edges(late_completions=1.0, late_ps=US)[0] == []


def answers(**config: float) -> tuple[list[Response], Faults]:
    """Return how 1,000 loads through a faulty bus were answered."""
    found: list[Response] = []
    with Simulator(seed=2, clock=Clock(10**9)) as sim:
        driver, server = Driver("driver", sim), Server("server", sim)
        chosen = FaultsConfig(**config)
        faults = Faults("faults", sim, config=chosen)
        bus = FaultyBus("bus", faults, config=chosen, faults=faults)
        driver.bus.bind(bus.bus)
        bus.target.bind(server.bus)

        def load() -> Steps:
            for address in range(1_000):
                waiting = Transaction(address, kind=WAIT_IMAC)
                yield from driver.bus.transport(waiting)
                assert waiting.is_ok
                access = Transaction(address, kind=LOAD_IMAC)
                yield from driver.bus.transport(access)
                found.append(access.response)

        sim.env.process(load())
        sim.run()
    return found, faults


def test_the_chosen_access_is_answered_with_an_error():
    found, faults = answers(bus_error_at=17)
    assert [number for number, one in enumerate(found) if one is not Response.OK] == [17]
    assert faults.log[0].what == "access to 0x11 answered with an error"


def test_a_share_of_the_accesses_is_answered_with_an_error():
    found, faults = answers(bus_errors=0.1)
    wrong = sum(one is Response.GENERIC_ERROR for one in found)
    assert wrong == len(faults.log)
    assert abs(wrong - 100) < 5 * (1_000 * 0.1 * 0.9) ** 0.5
