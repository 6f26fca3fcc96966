import pytest

from cosim import (
    Access,
    AddressError,
    Command,
    ElaborationError,
    Module,
    ProtocolError,
    Response,
    SignalError,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
    register,
    target_socket,
)


class Bell(Module):
    """Registers of every access kind."""

    bus = target_socket("the window")

    RING = register(0x0, "write 1 to start", access=Access.WRITE_ONE_TO_SET)
    READY = register(0x4, "1 when done", access=Access.READ_ONLY)
    MODE = register(0x8, "how", reset=0x5, width_bits=16)
    FAST = MODE.field("skip the check", low=0)
    LANE = MODE.field("which lane", low=1, width_bits=3)
    COUNT = register(0xA, "falls back to 0 when read", access=Access.READ_TO_CLEAR, width_bits=8)
    LEVEL = register(0xB, "signed", width_bits=8, signed=True)
    FLAGS = register(0xC, "write 1 to clear", access=Access.WRITE_ONE_TO_CLEAR, width_bits=8)
    KEY = register(0xD, "cannot be read", access=Access.WRITE_ONLY, width_bits=8)
    TIME = register(0x10, "nanoseconds now", access=Access.READ_ONLY, sync=True)

    @RING.on_write
    def ring(self, value: int) -> None:
        self.READY.value = self.READY.value + value

    @TIME.on_read
    def tell_time(self) -> int:
        return self.now_ps // 1_000


class Core(Module):
    """Software."""

    mem = initiator_socket("the window")


@pytest.fixture
def bell() -> Bell:
    sim = Simulator()
    core, bell = Core("core", sim), Bell("soc_bell", sim)
    core.mem.bind(bell.bus)
    sim.elaborate()
    return bell


def carry_out(bell: Bell, transaction: Transaction) -> Transaction:
    steps = bell.bus.bound[0].b_transport(transaction)
    assert steps is None
    return transaction


def read(bell: Bell, offset: int) -> int:
    return carry_out(bell, Transaction(offset)).value


def write(bell: Bell, offset: int, value: int) -> Transaction:
    return carry_out(bell, Transaction(offset, command=Command.WRITE, value=value))


def test_a_register_begins_with_its_reset_value(bell):
    assert read(bell, 0x8) == 0x5


def test_what_is_written_is_read_back_and_answered_ok(bell):
    assert write(bell, 0x8, 0x1234).response is Response.OK
    assert read(bell, 0x8) == 0x1234
    assert bell.MODE.value == 0x1234


def test_reset_brings_the_first_value_back(bell):
    write(bell, 0x8, 0x1234)
    bell.MODE.reset()
    assert bell.MODE.value == 0x5


def test_a_write_calls_the_method_marked_for_it(bell):
    write(bell, 0x0, 1)
    assert read(bell, 0x4) == 1


def test_a_read_only_register_refuses_the_bus_but_not_its_module(bell):
    bell.READY.value = 1
    bell.env.run(2_500)
    with pytest.raises(ProtocolError) as refused:
        write(bell, 0x4, 1)
    assert str(refused.value) == (
        "soc_bell.READY (offset 0x4) is read-only; the write of 0x1 at 2500 ps was refused"
    )


def test_a_write_only_register_refuses_to_be_read(bell):
    write(bell, 0xD, 7)
    with pytest.raises(ProtocolError) as refused:
        read(bell, 0xD)
    assert str(refused.value) == (
        "soc_bell.KEY (offset 0xd) is write-only; the read at 0 ps was refused"
    )


def test_write_one_to_set_keeps_the_bits_that_were_set(bell):
    write(bell, 0x0, 0b01)
    write(bell, 0x0, 0b10)
    assert bell.RING.value == 0b11


def test_write_one_to_clear_clears_the_bits_written(bell):
    bell.FLAGS.value = 0b111
    write(bell, 0xC, 0b010)
    assert bell.FLAGS.value == 0b101


def test_read_to_clear_gives_the_value_once(bell):
    bell.COUNT.value = 9
    assert read(bell, 0xA) == 9
    assert read(bell, 0xA) == 0


def test_fields_are_bits_of_their_register(bell):
    assert (bell.FAST.value, bell.LANE.value) == (1, 2)  # 0x5 is 0b0101
    bell.LANE.value = 7
    bell.FAST.value = 0
    assert bell.MODE.value == 0b1110


def test_a_field_refuses_what_does_not_fit(bell):
    with pytest.raises(SignalError) as refused:
        bell.LANE.value = 8
    assert str(refused.value) == "soc_bell.MODE.LANE must be 0 to 7, not 8"


def test_a_value_that_does_not_fit_is_refused(bell):
    with pytest.raises(SignalError) as refused:
        write(bell, 0x8, 0x1_0000)
    assert str(refused.value) == ("soc_bell.MODE must be a whole number from 0 to 65535, not 65536")


def test_data_covers_whole_registers_side_by_side(bell):
    # MODE 16 bits at 0x8, COUNT 8 bits at 0xA, LEVEL 8 bits at 0xB: 4 bytes in all
    bell.MODE.value, bell.COUNT.value, bell.LEVEL.value = 0x1234, 0x56, -2
    transaction = carry_out(bell, Transaction(0x8, data=bytearray(4)))
    assert transaction.data == bytearray.fromhex("341256fe")


def test_signed_registers_are_written_as_two_s_complement(bell):
    data = bytearray(b"\xfe")
    carry_out(bell, Transaction(0xB, command=Command.WRITE, data=data))
    assert bell.LEVEL.value == -2


@pytest.mark.parametrize(("offset", "size_bytes"), [(0x20, 4), (0x1, 4), (0x0, 2), (0xE, 4)])
def test_an_access_beside_the_registers_is_refused_with_their_names(bell, offset, size_bytes):
    with pytest.raises(ProtocolError) as refused:
        carry_out(bell, Transaction(offset, data=bytearray(size_bytes)))
    assert str(refused.value) == (
        f"soc_bell: Transaction(READ {size_bytes} bytes at {offset:#x}, INCOMPLETE) must cover "
        f"whole registers; there is none that fits at offset {offset:#x}; its registers are "
        "RING 0x0, READY 0x4, MODE 0x8, COUNT 0xa, LEVEL 0xb, FLAGS 0xc, KEY 0xd, TIME 0x10"
    )


def test_byte_enables_are_answered_with_an_error(bell):
    transaction = Transaction(0x8, data=bytearray(2))
    transaction.byte_enables = b"\xff"
    assert carry_out(bell, transaction).response is Response.BYTE_ENABLE_ERROR


def test_debug_access_has_no_side_effects(bell):
    bell.COUNT.value = 9
    socket = bell.bus.bound[0]
    peek = Transaction(0xA, data=bytearray(1))
    assert socket.transport_debug(peek) == 1
    assert peek.data == bytearray([9])
    assert bell.COUNT.value == 9
    poke = Transaction(0x4, command=Command.WRITE, data=bytearray(b"\x07\x00\x00\x00"))
    assert socket.transport_debug(poke) == 4
    assert bell.READY.value == 7


def test_a_synchronising_register_is_read_when_time_has_caught_up():
    class Ahead(Module):
        mem = initiator_socket("the window")
        value = -1

        @process
        def run(self) -> Steps:
            transaction = Transaction(0x10)
            transaction.delay_ps = 8_000
            yield from self.mem.transport(transaction)
            self.value = transaction.value

    sim = Simulator()
    ahead, bell = Ahead("ahead", sim), Bell("soc_bell", sim)
    ahead.mem.bind(bell.bus)
    sim.run()
    assert ahead.value == 8


def test_a_register_is_a_gauge_of_its_module(bell):
    heard: list[tuple[int, int]] = []
    gauges = {probe.name: probe for probe in bell.probes}
    assert list(gauges) == ["RING", "READY", "MODE", "COUNT", "LEVEL", "FLAGS", "KEY", "TIME"]
    gauges["READY"].listen(lambda when_ps, value: heard.append((when_ps, value)))
    bell.READY.value = 1
    assert heard == [(0, 1)]


def test_overlapping_registers_are_refused_at_elaboration():
    class Tight(Module):
        bus = target_socket("the window")
        FIRST = register(0x0, "four bytes")
        SECOND = register(0x2, "begins inside the first")

    sim = Simulator()
    core, tight = Core("core", sim), Tight("tight", sim)
    core.mem.bind(tight.bus)
    with pytest.raises(AddressError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "tight.SECOND must start at offset 0x4 or later, behind tight.FIRST; it starts at 0x2"
    )


@pytest.mark.parametrize(("offset", "width_bits"), [(-4, 32), (0, 0), (0, 65)])
def test_an_impossible_register_is_refused_where_it_is_declared(offset, width_bits):
    with pytest.raises(ElaborationError) as refused:
        register(offset, "impossible", width_bits=width_bits)
    assert str(refused.value) == (
        "a register must have an offset of 0 or more and a width of 1 to 64 bits, "
        f"not {offset} and {width_bits}"
    )


def test_fields_that_share_bits_are_refused():
    class Mixed(Module):
        MODE = register(0x0, "mode", width_bits=8)
        LOW = MODE.field("bits 0 to 3", low=0, width_bits=4)
        HIGH = MODE.field("bits 3 to 6", low=3, width_bits=4)

    with pytest.raises(ElaborationError) as refused:
        Mixed("mixed", Simulator())
    assert str(refused.value) == (
        "mixed.MODE.HIGH must not share bits with mixed.MODE.LOW; both have 0x8"
    )


def test_a_field_outside_its_register_is_refused():
    class Wide(Module):
        MODE = register(0x0, "mode", width_bits=8)
        TOP = MODE.field("bits 6 to 9", low=6, width_bits=4)

    with pytest.raises(ElaborationError) as refused:
        Wide("wide", Simulator())
    assert str(refused.value) == "wide.MODE.TOP must lie in bits 0 to 7, not 6 to 9"
