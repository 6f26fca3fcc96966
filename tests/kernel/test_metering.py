import pytest

from cosim import Module, ProtocolError, Simulator
from cosim.metering import metered


class Meter(Module):
    spent = metered("what it costs")


@pytest.fixture
def meter():
    return Meter("meter", Simulator())


def test_a_listener_hears_the_mean_power_since_the_last_reading(meter):
    heard = []
    meter.spent.listen(lambda *told: heard.append(told))
    meter.env.run(2_000)
    meter.spent.read(8.0)  # 8 pJ in 2 ns are 4 mW
    meter.env.run(3_000)
    meter.spent.read(8.5)  # 0.5 pJ in 1 ns
    assert heard == [(2_000, 4.0), (3_000, 0.5)]
    assert meter.spent.value == 8.5


def test_a_second_reading_at_the_same_time_tells_nothing(meter):
    heard = []
    meter.spent.listen(lambda *told: heard.append(told))
    meter.env.run(1_000)
    meter.spent.read(1.0)
    meter.spent.read(1.0)
    assert heard == [(1_000, 1.0)]


def test_what_was_spent_before_is_not_drawn(meter):
    heard = []
    meter.spent.listen(lambda *told: heard.append(told))
    meter.spent.begin(100.0)
    meter.env.run(1_000)
    meter.spent.read(102.0)
    assert heard == [(1_000, 2.0)]


@pytest.mark.parametrize("total_pj", [0.5, 1.5])
def test_energy_never_shrinks_and_is_never_spent_in_no_time(meter, total_pj):
    meter.env.run(1_000)
    meter.spent.read(1.0)
    with pytest.raises(ProtocolError, match=r"meter\.spent must be read 1\.0 pJ or more"):
        meter.spent.read(total_pj)
