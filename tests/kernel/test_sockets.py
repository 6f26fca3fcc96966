import pytest

from cosim import (
    BindingError,
    DirectMemory,
    ElaborationError,
    Module,
    Response,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)


class Memory(Module):
    """16 bytes; answers 3 ns later without waiting."""

    bus = target_socket("the array")

    def build(self) -> None:
        self.bytes = bytearray(range(16))

    @bus.on_transport
    def serve(self, transaction: Transaction) -> None:
        transaction.delay_ps += 3_000
        transaction.access(self.bytes)


class Slow(Module):
    """Waits 5 ns itself."""

    bus = target_socket("the array")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        yield 5_000
        transaction.response = Response.OK


class Shared(Module):
    """Notes through which port each transaction came."""

    bus = target_socket("several initiators", many=True)

    def build(self) -> None:
        self.seen: list[tuple[int, int]] = []

    @bus.on_transport
    def serve(self, transaction: Transaction) -> None:
        self.seen.append((transaction.port, transaction.address))


class Core(Module):
    """Makes one transaction at its start and notes when it was over."""

    mem = initiator_socket("the memory")

    def build(self) -> None:
        self.address = 4
        self.done_ps = -1

    @process
    def run(self) -> Steps:
        transaction = Transaction(self.address, size_bytes=2)
        yield from self.mem.transport(transaction)
        self.done_ps, self.value = self.now_ps, transaction.value


class Fanout(Module):
    """One initiator socket, several targets."""

    out = initiator_socket("the targets, in order", many=True)


class Cluster(Module):
    """Two cores and a memory behind sockets of the cluster's own."""

    mem = initiator_socket("memory outside", many=True)
    spy = target_socket("the memory inside")

    def build(self) -> None:
        self.cores = [Core(f"core[{n}]", self) for n in range(2)]
        self.memory = Memory("memory", self)
        for number, core in enumerate(self.cores):
            core.address = number
            core.mem.bind(self.mem)
        self.spy.bind(self.memory.bus)


@pytest.fixture
def sim() -> Simulator:
    return Simulator()


def test_transport_waits_for_the_delay_that_the_target_annotated(sim):
    core, memory = Core("core", sim), Memory("memory", sim)
    core.mem.bind(memory.bus)
    sim.run()
    assert core.done_ps == 3_000
    assert core.value == 0x0504


def test_transport_waits_with_a_target_that_waits(sim):
    core, slow = Core("core", sim), Slow("slow", sim)
    core.mem.bind(slow.bus)
    sim.run()
    assert core.done_ps == 5_000


def test_b_transport_is_the_function_of_the_target_itself(sim):
    core, memory = Core("core", sim), Memory("memory", sim)
    core.mem.bind(memory.bus)
    sim.elaborate()
    assert core.mem.b_transport == memory.serve


def test_b_transport_leaves_the_delay_in_the_transaction(sim):
    core, memory = Core("core", sim), Memory("memory", sim)
    core.mem.bind(memory.bus)
    sim.elaborate()
    transaction = Transaction(0)
    transaction.delay_ps = 100
    assert core.mem.b_transport(transaction) is None
    assert transaction.delay_ps == 100 + 3_000
    assert sim.now_ps == 0


def test_ports_are_numbered_in_binding_order(sim):
    shared = Shared("shared", sim)
    cores = [Core(f"core[{n}]", sim) for n in range(3)]
    for number in (2, 0, 1):
        cores[number].address = number
        cores[number].mem.bind(shared.bus)
    sim.run()
    assert [one.owner for one in shared.bus.bound] == [cores[2], cores[0], cores[1]]
    assert sorted(shared.seen) == [(0, 2), (1, 0), (2, 1)]


def test_an_initiator_of_many_reaches_its_targets_in_binding_order(sim):
    fanout, first, second = Fanout("fan", sim), Memory("a", sim), Memory("b", sim)
    fanout.out.bind(second.bus)
    fanout.out.bind(first.bus)
    sim.elaborate()
    assert [one.owner for one in fanout.out.bound] == [second, first]
    second.bytes[0] = 99
    transaction = Transaction(0, size_bytes=1)
    assert list(fanout.out.transport(transaction, 0)) == [3_000]
    assert transaction.value == 99


def test_a_port_beyond_the_bound_ones_is_refused(sim):
    fanout, memory = Fanout("fan", sim), Memory("memory", sim)
    fanout.out.bind(memory.bus)
    sim.elaborate()
    with pytest.raises(BindingError):
        fanout.out.transport_debug(Transaction(0), 1)


def test_binding_goes_through_the_hierarchy_in_both_directions(sim):
    cluster, shared, probe = Cluster("cluster", sim), Shared("shared", sim), Core("probe", sim)
    cluster.mem.bind(shared.bus)
    probe.mem.bind(cluster.spy)
    sim.run()
    assert sorted(shared.seen) == [(0, 0), (1, 1)]
    assert probe.value == 0x0504


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (
            "initiator twice",
            "core.mem must be bound once; it is bound to a.bus and was now bound to b.bus; "
            "remove one, or declare it many=True",
        ),
        ("same pair twice", "core.mem is bound to a.bus already; remove the second bind"),
        (
            "target twice",
            "a.bus must be bound by one socket; it is bound by core.mem and was now bound by "
            "other.mem; remove one, or declare it many=True",
        ),
        ("wrong kind", "core.mem must be bound to a socket, not to Memory"),
        (
            "sideways",
            "core.mem must be bound to a target socket, or to an initiator socket of a module "
            "around it; other.mem is neither",
        ),
        (
            "backwards",
            "a.bus must be bound to a target socket of a module inside a; core.mem is not one; "
            "an initiator binds to a target, as in core.mem.bind(memory.bus)",
        ),
    ],
)
def test_a_wrong_binding_is_refused_at_once(sim, case, message):
    core, other = Core("core", sim), Core("other", sim)
    a, b = Memory("a", sim), Memory("b", sim)
    with pytest.raises(BindingError) as refused:  # noqa: PT012 - one binding of the cases
        if case == "wrong kind":
            core.mem.bind(a)  # type: ignore[arg-type]  # wrong on purpose
        elif case == "sideways":
            core.mem.bind(other.mem)
        elif case == "backwards":
            a.bus.bind(core.mem)  # type: ignore[arg-type]  # wrong on purpose
        core.mem.bind(a.bus)
        if case == "target twice":
            other.mem.bind(a.bus)
        core.mem.bind(a.bus if case == "same pair twice" else b.bus)
    assert str(refused.value) == message


def test_an_unbound_initiator_is_refused_by_path(sim):
    Core("core", sim)
    with pytest.raises(BindingError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "core.mem (initiator socket) must be bound to a target; it was left unbound; "
        "call core.mem.bind(target), or declare it optional=True"
    )


def test_an_unbound_target_is_refused_by_path(sim):
    Memory("memory", sim)
    with pytest.raises(BindingError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "memory.bus (target socket) must be bound by an initiator; it was left unbound; "
        "call initiator.bind(memory.bus), or declare it optional=True"
    )


def test_an_optional_socket_may_stay_unbound_but_not_be_used(sim):
    class Lonely(Module):
        out = initiator_socket("nobody, perhaps", optional=True)

    lonely = Lonely("lonely", sim)
    sim.elaborate()
    with pytest.raises(BindingError) as refused:
        list(lonely.out.transport(Transaction(0)))
    assert str(refused.value) == (
        "lonely.out (initiator socket) must be bound and elaborated before it is used; "
        "bind it, then call Simulator.elaborate() or run()"
    )


def test_a_target_without_a_server_is_refused(sim):
    class Deaf(Module):
        bus = target_socket("nobody listens")

    core, deaf = Core("core", sim), Deaf("deaf", sim)
    core.mem.bind(deaf.bus)
    with pytest.raises(BindingError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "deaf.bus (target socket) must have a server; decorate a method with @bus.on_transport, "
        "@bus.on_forward or @bus.on_phase, or declare registers"
    )


def test_two_servers_of_one_socket_are_refused(sim):
    class Torn(Module):
        bus = target_socket("two servers")

        @bus.on_transport
        def one(self, transaction: Transaction) -> None:
            """Serve."""

        @bus.on_transport
        def other(self, transaction: Transaction) -> None:
            """Serve as well."""

    core, torn = Core("core", sim), Torn("torn", sim)
    core.mem.bind(torn.bus)
    with pytest.raises(ElaborationError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "Torn.bus must have one method on transport; it has one and other; remove one"
    )


def test_a_subclass_serves_with_its_own_method(sim):
    class Fast(Memory):
        def serve(self, transaction: Transaction) -> None:
            transaction.response = Response.OK

    core, fast = Core("core", sim), Fast("fast", sim)
    core.mem.bind(fast.bus)
    sim.run()
    assert core.done_ps == 0


def test_debug_and_direct_memory_are_refused_politely_where_nobody_offers_them(sim):
    core, memory = Core("core", sim), Memory("memory", sim)
    core.mem.bind(memory.bus)
    sim.elaborate()
    assert core.mem.transport_debug(Transaction(0)) == 0
    assert not core.mem.direct_memory(Transaction(0)).is_granted
    memory.bus.invalidate_direct_memory(0, 15)


def test_a_grant_covers_its_range_and_moves_with_an_interconnect():
    grant = DirectMemory(0, 15, memoryview(bytearray(16)), can_read=True).shifted(0x100)
    assert (grant.start, grant.end) == (0x100, 0x10F)
    assert [grant.covers(address) for address in (0xFF, 0x100, 0x10F, 0x110)] == [
        False,
        True,
        True,
        False,
    ]
