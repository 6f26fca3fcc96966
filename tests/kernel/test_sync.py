"""Mutex and semaphore: first come, first served, whatever happens to those who wait."""

import pytest

from cosim import ElaborationError, Environment, Mutex, ProtocolError, Semaphore, Steps

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def test_a_mutex_is_had_by_one_process_at_a_time_in_the_order_of_asking(env):
    mutex, seen = Mutex(env, "bus"), []

    def body(number: int) -> Steps:
        yield number
        yield from mutex.lock()
        seen.append((env.now, number))
        yield 10 * NS
        mutex.unlock()

    for number in (3, 1, 2):
        env.process(body(number))
    env.run()
    assert seen == [(1, 1), (10 * NS + 1, 2), (20 * NS + 1, 3)]


def test_a_mutex_is_handed_over_in_the_same_delta_cycle(env):
    mutex, seen = Mutex(env, "bus"), []

    def body(number: int) -> Steps:
        yield from mutex.lock()
        seen.append((number, env.now, env.delta_count))
        yield 10 * NS
        mutex.unlock()
        seen.append((number, env.now, env.delta_count))

    env.process(body(0))
    env.process(body(1))
    env.run()
    assert seen == [(0, 0, 0), (0, 10 * NS, 1), (1, 10 * NS, 1), (1, 20 * NS, 2)]


def test_who_gives_a_mutex_back_and_asks_again_goes_to_the_end(env):
    mutex, order = Mutex(env, "bus"), []

    def body(name: str) -> Steps:
        for _ in range(2):
            yield from mutex.lock()
            order.append(name)
            yield 1 * NS
            mutex.unlock()

    for name in "abc":
        env.process(body(name))
    env.run()
    assert "".join(order) == "abcabc"


def test_nobody_steps_in_between_hand_over_and_run(env):
    mutex, seen = Mutex(env, "bus"), []

    def holder() -> Steps:
        yield from mutex.lock()
        yield 5 * NS
        mutex.unlock()
        seen.append(("try", mutex.try_lock()))

    def waiter() -> Steps:
        yield from mutex.lock()
        seen.append(("waiter", mutex.owner is env.active_process))

    env.process(holder())
    env.process(waiter())
    env.run()
    assert seen == [("try", False), ("waiter", True)]


def test_the_owner_may_lock_again_and_unlocks_once(env):
    mutex, seen = Mutex(env, "bus"), []

    def body() -> Steps:
        yield from mutex.lock()
        yield from mutex.lock()
        seen.append(mutex.try_lock())
        mutex.unlock()
        seen.append(mutex.owner)

    env.process(body())
    env.run()
    assert seen == [True, None]


def test_a_mutex_is_unlocked_by_its_owner_only(env):
    mutex = Mutex(env, "soc.bus")

    def owner() -> Steps:
        yield from mutex.lock()

    def thief() -> Steps:
        yield 1 * NS
        mutex.unlock()

    env.process(owner(), "soc.owner")
    env.process(thief(), "soc.thief")
    with pytest.raises(ProtocolError) as refused:
        env.run()
    assert str(refused.value) == (
        "soc.bus must be unlocked by the process that has it, soc.owner, not by soc.thief"
    )


def test_a_free_mutex_cannot_be_unlocked(env):
    with pytest.raises(ProtocolError) as refused:
        Mutex(env, "bus").unlock()
    assert str(refused.value) == (
        "bus must be unlocked by the process that has it, nobody, not by nobody"
    )


def test_a_process_killed_in_the_line_leaves_it(env):
    mutex, seen = Mutex(env, "bus"), []

    def body(name: str) -> Steps:
        yield from mutex.lock()
        seen.append((env.now, name))
        yield 10 * NS
        mutex.unlock()

    _, second, _ = (env.process(body(name)) for name in "abc")

    def killer() -> Steps:
        yield 5 * NS
        assert mutex.waiting == 2
        second.kill()
        assert mutex.waiting == 1

    env.process(killer())
    env.run()
    assert seen == [(0, "a"), (10 * NS, "c")]


def test_what_was_promised_to_a_killed_process_goes_to_the_next(env):
    mutex, seen = Mutex(env, "bus"), []

    def holder() -> Steps:
        yield from mutex.lock()
        yield 10 * NS
        mutex.unlock()
        second.kill()  # it was promised the mutex and has not run yet

    def body(name: str) -> Steps:
        yield from mutex.lock()
        seen.append((env.now, name))
        mutex.unlock()

    env.process(holder())
    second = env.process(body("b"))
    env.process(body("c"))
    env.run()
    assert seen == [(10 * NS, "c")]


def test_a_semaphore_lets_as_many_in_as_it_has_units(env):
    semaphore, seen = Semaphore(env, "slots", 2), []

    def body(number: int) -> Steps:
        yield from semaphore.wait()
        seen.append((env.now, number))
        yield 10 * NS
        semaphore.post()

    for number in range(5):
        env.process(body(number))
    env.run()
    assert seen == [(0, 0), (0, 1), (10 * NS, 2), (10 * NS, 3), (20 * NS, 4)]
    assert semaphore.value == 2


def test_a_semaphore_may_begin_empty_and_be_posted_by_anyone(env):
    semaphore, seen = Semaphore(env, "ready", 0), []

    def waiter() -> Steps:
        yield from semaphore.wait()
        seen.append(env.now)

    env.process(waiter())
    env.timeout(4 * NS).callbacks.append(lambda _: semaphore.post())
    env.run()
    assert seen == [4 * NS]


def test_a_promised_unit_is_counted_but_not_given_to_another(env):
    semaphore, seen = Semaphore(env, "ready", 0), []

    def waiter() -> Steps:
        yield from semaphore.wait()
        seen.append(("waiter", semaphore.value))

    def poster() -> Steps:
        yield 1 * NS
        semaphore.post()
        seen.append(("posted", semaphore.value))
        seen.append(("tried", semaphore.try_wait()))

    env.process(waiter())
    env.process(poster())
    env.run()
    assert seen == [("posted", 1), ("tried", False), ("waiter", 0)]


def test_a_semaphore_of_less_than_nothing_is_refused(env):
    with pytest.raises(ElaborationError) as refused:
        Semaphore(env, "slots", -1)
    assert str(refused.value) == "slots must begin with 0 units or more, not -1"
