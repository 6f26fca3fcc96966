import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim import ElaborationError, Environment, Event, ProtocolError, Steps
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


@pytest.mark.parametrize("weights", [[], [1, 0], [1.5, 1]])
def test_a_weight_is_a_whole_number_of_one_or_more(weights):
    with pytest.raises(ElaborationError) as refused:
        weighted(weights)
    assert str(refused.value) == f"every weight must be a whole number, 1 or more, not {weights}"


def test_a_port_without_a_weight_is_refused():
    with pytest.raises(ProtocolError) as refused:
        weighted([2, 1])([0, 2])
    assert str(refused.value) == (
        "a port must have a weight to be granted; port 2 has none of [2, 1]; give one for each port"
    )


@pytest.mark.parametrize("ports", [0, 2.0])
def test_going_round_takes_a_port(ports):
    with pytest.raises(ElaborationError) as refused:
        round_robin(ports)
    assert str(refused.value) == f"round_robin must go round 1 port or more, not {ports}"


CROWDS = st.lists(st.sets(st.integers(0, 4), min_size=1), min_size=1, max_size=40)
"""Which ports wait at each choice."""


@given(CROWDS)
def test_going_round_no_port_is_passed_over_twice_by_the_same_other(crowds):
    policy = round_robin(5)
    passed: dict[int, list[int]] = {port: [] for port in range(5)}
    for crowd in crowds:
        chosen = policy(sorted(crowd))
        for port in crowd - {chosen}:
            assert chosen not in passed[port]
            passed[port].append(chosen)
        for port in {chosen, *(set(range(5)) - crowd)}:
            passed[port] = []


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(1, 3))
def test_ports_that_always_wait_get_their_weights_in_every_round(weights, rounds):
    policy, everyone = weighted(weights), list(range(len(weights)))
    for _ in range(rounds):
        chosen = [policy(everyone) for _ in range(sum(weights))]
        assert [chosen.count(port) for port in everyone] == weights


@given(CROWDS)
def test_a_weighted_port_that_waits_is_chosen_within_a_few_rounds(crowds):
    weights = [1, 2, 3, 4, 5]
    policy, missed = weighted(weights), 0
    for crowd in crowds:
        missed = 0 if policy(sorted(crowd | {0})) == 0 else missed + 1
        assert missed <= 2 * sum(weights)


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


class Late:
    """Three processes that ask in the same instant, each in a later delta cycle than its port."""

    def __init__(self, seed: int | None = None) -> None:
        self.env = Environment(shuffle_seed=seed)
        self.arbiter = Arbiter(self.env, "bus")
        self.log: list[tuple[int, int]] = []
        self.users = [self.env.process(self.use(port)) for port in range(3)]

    def use(self, port: int) -> Steps:
        yield 500
        for _ in range(6 - 2 * port):
            yield 0
        yield from self.arbiter.acquire(port)
        self.log.append((self.env.now, port))
        yield 1_000
        self.arbiter.release()


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_request_of_a_later_delta_cycle_of_the_instant_is_still_in_time(seed):
    late = Late(seed)
    late.env.run()
    assert late.log == [(500, 0), (1_500, 1), (2_500, 2)]


def test_the_end_of_a_run_does_not_lose_a_request():
    late = Late()
    for until_ps in (1, 500, 501, 1_500, 4_000):
        late.env.run(until_ps)
    assert late.log == [(500, 0), (1_500, 1), (2_500, 2)]


def test_single_steps_grant_at_the_end_of_the_instant_too():
    late = Late()
    while late.env.peek() < 4_000:
        late.env.step()
    assert late.log == [(500, 0), (1_500, 1), (2_500, 2)]


def test_what_a_process_does_with_its_grant_comes_after_all_requests_of_the_instant():
    env = Environment()
    first, second = Arbiter(env, "first"), Arbiter(env, "second")
    log: list[str] = []

    def both() -> Steps:
        yield from first.acquire(0)
        yield from second.acquire(0)
        log.append("both")

    def one() -> Steps:
        yield from second.acquire(1)
        log.append("one")
        yield 10
        second.release()

    env.process(both())
    env.process(one())
    env.run()
    assert log == ["one", "both"]


def test_who_is_killed_while_it_waits_loses_its_place():
    late = Late()
    late.env.run(600)
    late.users[1].kill()
    late.env.run()
    assert late.log == [(500, 0), (1_500, 2)]


def test_who_is_killed_when_it_was_just_granted_gives_the_grant_back():
    env = Environment()
    arbiter = Arbiter(env, "bus", lambda waiting: killed(waiting[0]))
    log: list[int] = []
    killer = Event(env, "killer")

    def killed(port: int) -> int:
        killer.notify()
        return port

    def use(port: int) -> Steps:
        yield from arbiter.acquire(port)
        log.append(port)
        arbiter.release()

    def kill() -> Steps:
        yield killer
        first.kill()

    env.process(kill())
    first = env.process(use(0))
    env.process(use(1))
    env.run()
    assert log == [1]


def test_a_policy_that_chooses_nobody_who_waits_is_refused():
    env = Environment()
    arbiter = Arbiter(env, "bus", lambda waiting: 7)
    env.process(arbiter.acquire(1))
    with pytest.raises(ProtocolError) as refused:
        env.run()
    assert str(refused.value) == (
        "bus: the policy must choose one of the ports that wait, [1], not 7"
    )


def test_a_port_is_no_negative_number():
    env = Environment()
    env.process(Arbiter(env, "bus").acquire(-1))
    with pytest.raises(ProtocolError) as refused:
        env.run()
    assert str(refused.value) == "bus: a port must be 0 or more, not -1"


def test_release_without_a_grant_is_refused():
    with pytest.raises(ProtocolError) as refused:
        Arbiter(Environment(), "soc.bus").release()
    assert str(refused.value) == "soc.bus: release without a grant; acquire first"
