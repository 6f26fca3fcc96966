import pytest

from cosim import ElaborationError, Environment, ProtocolError, Steps
from cosim.arbiter import Arbiter, Policy, fixed_priority, round_robin, weighted


def turns(policy: Policy, waiting: list[int], count: int) -> list[int]:
    """Return whom a policy chooses when the same ports wait all the time."""
    return [policy(waiting) for _ in range(count)]


def test_fixed_priority_always_chooses_the_lowest_port():
    assert turns(fixed_priority, [1, 2, 5], 3) == [1, 1, 1]


def test_round_robin_goes_round():
    assert turns(round_robin(3), [0, 1, 2], 5) == [0, 1, 2, 0, 1]


def test_round_robin_skips_ports_that_do_not_wait():
    policy = round_robin(4)
    assert [policy([0, 2]), policy([0, 3]), policy([0, 3]), policy([1])] == [0, 3, 0, 1]


def test_weights_are_shares_of_the_turns_spread_evenly():
    chosen = turns(weighted([3, 1]), [0, 1], 8)
    assert [chosen.count(0), chosen.count(1)] == [6, 2]
    assert chosen[:4].count(1) == 1


def test_a_weighted_port_alone_gets_every_turn():
    assert turns(weighted([1, 5]), [0], 3) == [0, 0, 0]


@pytest.mark.parametrize("weights", [[], [1, 0]])
def test_a_weight_is_one_or_more(weights):
    with pytest.raises(ElaborationError) as refused:
        weighted(weights)
    assert str(refused.value) == f"every weight must be 1 or more, not {weights}"


def granted(policy: Policy, order: list[int], uses: int = 1) -> list[tuple[int, int]]:
    """Let processes, started in `order`, use an arbiter for 1 ns each; return who ran when."""
    env = Environment()
    arbiter = Arbiter(env, "bus", policy)
    log: list[tuple[int, int]] = []

    def use(port: int) -> Steps:
        for _ in range(uses):
            yield from arbiter.acquire(port)
            log.append((env.now, port))
            yield 1_000
            arbiter.release()

    for port in order:
        env.process(use(port))
    env.run()
    return log


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_requests_of_one_instant_are_served_in_port_order(order):
    assert granted(fixed_priority, order) == [(0, 0), (1_000, 1), (2_000, 2)]


def test_round_robin_is_fair_to_ports_that_ask_again_at_once():
    ports = [port for _, port in granted(round_robin(3), [2, 0, 1], uses=3)]
    assert ports == [0, 1, 2, 0, 1, 2, 0, 1, 2]


def test_fixed_priority_starves_the_highest_port_to_the_end():
    ports = [port for _, port in granted(fixed_priority, [0, 1, 2], uses=3)]
    assert ports == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_requests_of_one_port_are_served_as_they_came():
    env = Environment()
    arbiter = Arbiter(env, "bus")
    log: list[str] = []

    def use(name: str) -> Steps:
        yield from arbiter.acquire(0)
        log.append(name)
        yield 10
        arbiter.release()

    for name in "abc":
        env.process(use(name))
    env.run(1)
    assert arbiter.owner == 0
    assert arbiter.waiting == [0]
    env.run()
    assert log == ["a", "b", "c"]


def test_release_without_a_grant_is_refused():
    with pytest.raises(ProtocolError) as refused:
        Arbiter(Environment(), "soc.bus").release()
    assert str(refused.value) == "soc.bus: release without a grant; acquire first"
