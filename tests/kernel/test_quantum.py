import pytest

from cosim import Environment, TimeError
from cosim.quantum import QuantumKeeper


@pytest.fixture
def env() -> Environment:
    return Environment()


def test_it_needs_no_synchronisation_before_the_quantum_is_used_up(env):
    keeper = QuantumKeeper(env, 20_000)
    keeper.inc(19_999)
    assert not keeper.need_sync
    keeper.inc(1)
    assert keeper.need_sync


def test_sync_points_are_multiples_of_the_quantum_in_absolute_time(env):
    env.run(27_000)
    keeper = QuantumKeeper(env, 20_000)
    assert keeper.compute_local_quantum() == 13_000  # from 27 ns to 40 ns
    keeper.inc(13_000)
    assert keeper.need_sync


def test_sync_waits_for_simulated_time_and_starts_anew(env):
    keeper = QuantumKeeper(env, 10_000)

    def run():
        keeper.inc(12_000)
        assert keeper.current_ps == 12_000
        yield from keeper.sync()
        assert (env.now, keeper.local_ps) == (12_000, 0)
        keeper.inc(7_999)
        assert not keeper.need_sync  # the next point is at 20 ns
        keeper.inc(1)
        assert keeper.need_sync

    env.run(env.process(run()))


def test_set_and_sync_waits_only_at_a_sync_point(env):
    keeper = QuantumKeeper(env, 10_000)

    def run():
        yield from keeper.set_and_sync(9_000)
        assert (env.now, keeper.local_ps) == (0, 9_000)
        yield from keeper.set_and_sync(11_000)
        assert (env.now, keeper.local_ps) == (11_000, 0)

    env.run(env.process(run()))


def test_without_a_quantum_every_step_synchronises(env):
    assert QuantumKeeper(env, 0).need_sync


def test_two_keepers_share_nothing(env):
    one, other = QuantumKeeper(env, 10), QuantumKeeper(env, 30)
    one.inc(10)
    assert (one.need_sync, other.need_sync, other.local_ps) == (True, False, 0)


def test_negative_times_are_refused(env):
    with pytest.raises(TimeError) as refused:
        QuantumKeeper(env, -1)
    assert (
        str(refused.value)
        == "QuantumKeeper.quantum_ps must be a whole number of ps, 0 or more, not -1"
    )
    with pytest.raises(TimeError) as refused:
        QuantumKeeper(env, 10).set(-5)
    assert (
        str(refused.value)
        == "QuantumKeeper.local_ps must be a whole number of ps, 0 or more, not -5"
    )
