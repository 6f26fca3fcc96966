"""A rail that fails: the line, the event, the count."""

from components.power import GOOD_ADDRESS, OUTAGES_ADDRESS, Rail
from cosim import Module, Simulator, Steps, Transaction, initiator_socket
from cosim.messages import LOAD_IMAC


class Reader(Module):
    """Reads the count over the bus."""

    bus = initiator_socket("the rail's register")

    def build(self) -> None:
        """Begin with nothing."""
        self.read: list[int] = []

    def look(self) -> Steps:
        """Read both registers."""
        for address in (OUTAGES_ADDRESS, GOOD_ADDRESS):
            access = Transaction(address, kind=LOAD_IMAC, size_bytes=1)
            yield from self.bus.transport(access)
            self.read.append(access.value)


def test_everybody_sees_the_rail_fail_and_come_back() -> None:
    seen: list[tuple[str, int]] = []
    with Simulator() as simulator:
        rail, reader = Rail("rail", simulator), Reader("reader", simulator)
        reader.bus.bind(rail.bus)
        rail.power_good.listen(
            lambda when_ps, value: seen.append(("up" if value else "down", when_ps))
        )

        def watch() -> Steps:
            yield rail.brown_out
            seen.append(("brown-out", simulator.now_ps))

        def fail() -> Steps:
            for _ in range(2):
                yield 1_000
                yield from rail.cut(5_000)

        def look() -> Steps:
            for wait_ps in (0, 2_000, 6_000, 5_000):  # before, within each outage, behind them
                yield wait_ps
                yield from reader.look()

        simulator.env.process(look(), "look")
        simulator.env.process(watch(), "watch")
        simulator.env.process(fail(), "fail")
        simulator.run()
    assert seen == [
        ("brown-out", 1_000), ("down", 1_000), ("up", 6_000), ("down", 7_000), ("up", 12_000),
    ]  # fmt: skip
    assert reader.read == [0, 1, 1, 0, 2, 0, 2, 1]
    assert rail.off.total_ps == 10_000
