import pytest

from cosim import ElaborationError, Module, Simulator, Status, Steps, TimeError, process


class Ticker(Module):
    """Notes every ns; stops the simulation after `last`."""

    last = 10

    def build(self) -> None:
        self.ticks: list[int] = []
        self.ended_ps = -1

    @process
    def run(self) -> Steps:
        for _ in range(self.last):
            yield 1_000
            self.ticks.append(self.now_ps)
        self.parent.sim.env.pause()
        yield 500
        self.ticks.append(-1)

    def end_of_simulation(self) -> None:
        self.ended_ps = self.now_ps


class Stopper(Module):
    """Stops at 2.5 ns."""

    @process
    def run(self) -> Steps:
        yield 2_500
        assert isinstance(self.sim, Simulator)
        self.sim.stop()


def test_what_is_due_exactly_at_the_end_does_not_run():
    sim = Simulator()
    ticker = Ticker("ticker", sim)
    sim.run(3_000)
    assert ticker.ticks == [1_000, 2_000]
    assert sim.now_ps == 3_000
    sim.run(3_001)
    assert ticker.ticks == [1_000, 2_000, 3_000]


def test_running_to_the_present_does_nothing():
    sim = Simulator()
    ticker = Ticker("ticker", sim)
    sim.run(3_000)
    sim.run(3_000)
    assert ticker.ticks == [1_000, 2_000]


def test_running_to_the_past_is_refused():
    sim = Simulator()
    sim.run(3_000)
    with pytest.raises(TimeError) as refused:
        sim.run(2_000)
    assert str(refused.value) == "Simulator.run must be given 3000 ps or later, not 2000 ps"


def test_a_pause_returns_and_the_next_run_goes_on():
    sim = Simulator()
    ticker = Ticker("ticker", sim)
    sim.run()
    assert sim.status is Status.PAUSED
    assert ticker.ticks[-1] == 10_000
    sim.run()
    assert ticker.ticks[-1] == -1


def test_stop_ends_the_simulation_for_good():
    sim = Simulator()
    ticker = Ticker("ticker", sim)
    Stopper("stopper", sim)
    sim.run()
    assert ticker.ticks == [1_000, 2_000]
    assert ticker.ended_ps == 2_500
    assert sim.status is Status.STOPPED
    with pytest.raises(ElaborationError) as refused:
        sim.run()
    assert str(refused.value) == "a finished simulation cannot run; make a new Simulator"


def test_finishing_twice_is_finishing_once():
    sim = Simulator()
    ticker = Ticker("ticker", sim)
    sim.run(1_500)
    sim.finish()
    ticker.ended_ps = -1
    sim.finish()
    assert ticker.ended_ps == -1


def test_leaving_the_block_finishes_even_after_an_error():
    tickers: list[Ticker] = []

    def fail() -> None:
        with Simulator() as sim:
            tickers.append(Ticker("ticker", sim))
            sim.run(1_500)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert tickers[0].ended_ps == 1_500


def test_a_simulation_that_was_never_elaborated_calls_nobody_at_its_end():
    with Simulator() as sim:
        ticker = Ticker("ticker", sim)
    assert ticker.ended_ps == -1
    assert sim.status is Status.STOPPED


def test_an_error_in_a_process_comes_out_of_run():
    class Broken(Module):
        @process
        def run(self) -> Steps:
            yield 100
            raise ValueError("the model is wrong")

    sim = Simulator()
    Broken("broken", sim)
    with pytest.raises(ValueError, match="the model is wrong"):
        sim.run()


def test_a_module_is_found_by_its_path():
    sim = Simulator()
    ticker = Ticker("ticker", sim)
    assert sim.module("ticker") is ticker
    with pytest.raises(ElaborationError) as refused:
        sim.module("tocker")
    assert str(refused.value) == "tocker must be the path of a module; did you mean ticker?"


def test_two_simulations_live_side_by_side():
    one, other = Simulator(), Simulator()
    first, second = Ticker("ticker", one), Ticker("ticker", other)
    one.run(2_500)
    assert (first.ticks, second.ticks) == ([1_000, 2_000], [])
    other.run(1_500)
    assert (one.now_ps, other.now_ps) == (2_500, 1_500)
