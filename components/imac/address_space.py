"""The co-processor's address space, and the port through which it is reached.

Models:     an address space of its own, past the caches: READY at 0x000, payload element i (and
            output code i) at 0x001 + i, the timer's reload value and count at 0x7C0, then the
            registers of the protocol. One port: accesses take turns, by port number within one
            instant.
Leaves out: ownership by anything finer than the port, unless the protocol has it.
Source:     arXiv:2105.13904 section V and Table V. Addresses: estimate; the paper has READY at 0x0
            as an example.
Checked by: tests/components/test_imac_protocol.py, tests/components/test_imac_misuse.py
"""

from abc import abstractmethod

from components.coprocessor import FLOAT_BYTES, HandOffProtocol, unpack
from components.imac.addresses import (
    PAYLOAD_ADDRESS,
    PROTOCOL_ADDRESS,
    READY_ADDRESS,
    TIMER_ADDRESS,
    is_payload,
)
from components.imac.bank import Bank
from components.imac.config import ImacConfig
from components.imac.sign_unit import CODE_BITS
from components.imac.timer import Timer
from cosim import (
    Command,
    ConfigError,
    Module,
    Register,
    Response,
    Steps,
    Transaction,
    counter,
    distribution,
    target_socket,
)
from cosim.arbiter import Arbiter
from cosim.messages import LOAD_IMAC, STORE_IMAC, WAIT_IMAC


class AddressSpace(Module):
    """Takes accesses to the banks, the timer and the registers of the protocol."""

    config: ImacConfig

    bus = target_socket("co-processor bus: READY, payload, timer", many=True)

    stores = counter("store_imac served")
    loads = counter("load_imac served")
    stalls = distribution("time a load waited for codes", unit="ps")

    arbiter: Arbiter
    protocol: HandOffProtocol
    banks: list[Bank]
    timer: Timer

    @abstractmethod
    def load_timer(self, cycles: int | None) -> None:
        """Load the timer, without a count for as long as a job takes."""

    def check_registers(self) -> None:
        """Raise ConfigError if a register of the protocol lies where something else does."""
        taken: dict[int, str] = {}
        for one in self.protocol.parts_of(Register):
            if one.offset in taken:
                raise ConfigError(
                    f"{one.path} must be at an address of its own, not at {one.offset:#x}, where "
                    f"{taken[one.offset]} is"
                )
            taken[one.offset] = one.name
            if one.offset < PROTOCOL_ADDRESS:
                raise ConfigError(
                    f"{one.path} must be at {PROTOCOL_ADDRESS:#x} or above, behind READY, the "
                    f"payload and the timer, not at {one.offset:#x}"
                )

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Serve one access of the core, in its turn."""
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        if delay_ps:
            yield delay_ps
        if transaction.kind == WAIT_IMAC:
            yield from self._wait(transaction)
            return
        yield from self._take_turn(transaction.port)
        is_store = transaction.kind == STORE_IMAC or (
            transaction.kind != LOAD_IMAC and transaction.command is Command.WRITE
        )
        if is_store:
            yield from self._drain(transaction)
            self._store(transaction)
        else:
            if is_payload(self.protocol.address_of(transaction)):
                yield from self._await_codes(transaction)
            self._load(transaction)
        self.arbiter.release()

    def _wait(self, transaction: Transaction) -> Steps:
        """Answer when the timer is zero."""
        if not self.timer.zero.value:
            yield self.timer.zero.posedge
        transaction.response = Response.OK

    def _take_turn(self, port: int) -> Steps:
        yield from self.arbiter.acquire(port)
        yield self.cycles(self.config.buffer.access_cycles)

    def _drain(self, transaction: Transaction) -> Steps:
        """Let a full buffer move into the columns' latches before it takes more."""
        address, width = self.protocol.address_of(transaction), CODE_BITS[self.config.encoding]
        element, buffer = address - PAYLOAD_ADDRESS, self._bank_of(transaction).buffer
        if is_payload(address) and buffer.must_drain(element, width):
            yield self.cycles(self.config.buffer.drain_cycles)
            buffer.drain(width)

    def _await_codes(self, transaction: Transaction) -> Steps:
        """Let others use the port until the codes are there, if the load has to wait for them."""
        since_ps, bank = self.now_ps, self._bank_of(transaction)
        if not bank.gate.must_wait():
            return
        while not bank.ready.has_result.value:
            self.arbiter.release()
            yield bank.controller.finished
            yield from self._take_turn(transaction.port)
        self.stalls.add(self.now_ps - since_ps)

    def _store(self, transaction: Transaction) -> None:
        """Carry a store out; the value is a float32 pattern, for the timer a count."""
        self.stores.add()
        address, owner = self.protocol.address_of(transaction), self.protocol.owner_of(transaction)
        gate, value = self._bank_of(transaction).gate, transaction.value
        if transaction.data is not None:
            value = int.from_bytes(transaction.data, "little")
        transaction.response = Response.OK
        if address == READY_ADDRESS:
            gate.store_ready(value, owner)
        elif is_payload(address):
            lanes = transaction.size_bytes // FLOAT_BYTES
            several = 1 < lanes <= self.protocol.lanes
            for lane, pattern in enumerate(unpack(value, lanes) if several else [value]):
                element = address - PAYLOAD_ADDRESS + lane
                gate.store_element(element, pattern, owner)
        elif address == TIMER_ADDRESS and transaction.kind != STORE_IMAC:
            self.load_timer(value)
        elif (register := self.protocol.register_at(address)) is not None:
            self.protocol.accessed_by = owner
            register.write(value)
        else:
            transaction.response = Response.ADDRESS_ERROR

    def _load(self, transaction: Transaction) -> None:
        """Carry a load out: READY, a code, the timer's count, or a register of the protocol."""
        self.loads.add()
        address, owner = self.protocol.address_of(transaction), self.protocol.owner_of(transaction)
        gate, index = self._bank_of(transaction).gate, address - PAYLOAD_ADDRESS
        transaction.response = Response.OK
        if address == READY_ADDRESS:
            transaction.value = gate.load_ready()
        elif 0 <= index < self.config.buffer.size_bytes:
            transaction.value = gate.load_code(index, owner)
        elif address == TIMER_ADDRESS:
            transaction.value = self.timer.count.value
        elif (register := self.protocol.register_at(address)) is not None:
            self.protocol.accessed_by = owner
            transaction.value = register.read()
        else:
            transaction.response = Response.ADDRESS_ERROR
        if transaction.data is not None:
            size = len(transaction.data)
            pattern = transaction.value & (1 << 8 * size) - 1
            transaction.data[:] = pattern.to_bytes(size, "little")

    def _bank_of(self, transaction: Transaction) -> Bank:
        return self.banks[self.protocol.bank_of(transaction)]
