"""systemc/bus.cpp: a bus that decodes and arbitrates, a delta cycle after the requests."""

import pytest

from cosim import Arbiter, Environment, Steps, fixed_priority, round_robin
from cosim.arbiter import Policy
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000
ADDRESSES = (
    (0x0, 0x1000, 0x10, 0x20),
    (0x2000, 0x5000, 0x30, 0x40),
    (0x50, 0x60, 0x2FFC, 0x3000),
)


class Bus:
    """The program."""

    def __init__(self, policy: Policy) -> None:
        self.env = Environment()
        self.log = Log(self.env)
        self.policy = policy
        self.arbiter = Arbiter(self.env, "bus", self.choose, whole_instant=False)
        for port in range(3):
            self.env.process(self.initiator(port))

    def choose(self, waiting) -> int:
        chosen = self.policy(waiting)
        self.log(f"grant {chosen}")
        return chosen

    def transport(self, port: int, address: int):
        yield from self.arbiter.acquire(port)
        if address < 0x1000:
            yield 4 * NS
        elif address < 0x3000:
            yield 10 * NS
        self.arbiter.release()

    def initiator(self, port: int) -> Steps:
        for number, address in enumerate(ADDRESSES[port]):
            self.log(f"{port} asks {address:x}")
            yield from self.transport(port, address)
            answer = (
                "OK fast"
                if address < 0x1000
                else "OK slow"
                if address < 0x3000
                else "ADDRESS_ERROR"
            )
            self.log(f"{port} has {answer}")
            if number == 1:
                yield port * NS
        self.log(f"{port} ends")


@pytest.mark.parametrize(
    ("title", "policy"),
    [("fixed priority", fixed_priority), ("round robin", round_robin(3))],
)
def test_a_policy_chooses_a_delta_cycle_after_the_requests(title, policy):
    bus = Bus(policy)
    bus.env.run()
    bus.log("end")
    lines = printed("bus")
    start = lines.index(f"== {title}")
    end = next((n for n, line in enumerate(lines) if n > start and line.startswith("==")), None)
    assert_same(bus.log.lines, lines[start + 1 : end])
