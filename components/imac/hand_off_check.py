"""Follows a co-processor's hand-off from outside: accesses on its bus, and what it shows.

    check = HandOffCheck(soc.imac)
    simulator.observe(check)

Models:     every access that was carried out is an event of the contract, at the time it was. An
            access that the co-processor refused with an error has not happened.
Leaves out: an access that did not come over the bus as a blocking transaction.
Checked by: tests/components/test_imac_contract.py, tests/components/test_imac_contract_mutants.py
"""

from functools import partial

from components.coprocessor import FLOAT_BYTES
from components.imac.addresses import PAYLOAD_ADDRESS, READY_ADDRESS, TIMER_ADDRESS
from components.imac.contract import HandOff
from components.imac.imac import Imac
from components.imac.ready_register import COMPLETE, LOADING, NO_INPUTS
from components.imac.sign_unit import MAGNITUDE, SIGN_BIT
from cosim import Command, Transaction
from cosim.messages import LOAD_IMAC, STORE_IMAC, WAIT_IMAC
from cosim.probes import View
from cosim.protocol import ContractEvent, Role
from cosim.tapping import tap

STORED = {LOADING: "store_ready_0", COMPLETE: "store_ready_1", NO_INPUTS: "store_ready_minus_1"}
LOADED = {LOADING: "load_ready_0", COMPLETE: "load_ready_1", NO_INPUTS: "load_ready_minus_1"}
"""Name of the event that a store to READY, or a load of it, is."""


class HandOffCheck:
    """Observer; `hand_off` has the state, the violations and the coverage.

    `contract` is what it must follow: that of the protocol, or another one.
    """

    def __init__(
        self, imac: Imac, contract: type[HandOff] | None = None, *, raises: bool = True
    ) -> None:
        config = imac.config
        self.imac = imac
        self.hand_off = (contract or imac.contract)(
            imac,
            "hand_off",
            raises=raises,
            inputs=imac.layers[0].inputs,
            access_ps=lambda: imac.cycles(config.buffer.access_cycles),
            compute_ps=lambda: imac.compute_ps,
            timer_ps=lambda: imac.timer.cycles(imac.timer.count.value),
        )
        imac.parts["hand_off"] = self.hand_off  # so that the waves show its state
        self._owner: int | None = None

    def start(self, view: View) -> None:
        """Listen from now on."""
        imac = self.imac
        self.hand_off.resume(imac.controller.state.value)
        tap(imac.bus, called=self._called, served=self._served)
        imac.controller.state.listen(self._hear_state)
        imac.adc.conversion.listen(self._hear_conversion)
        imac.ready.READY.gauge.listen(self._hear_ready)
        imac.ready.has_result.listen(self._hear_ready)
        imac.timer.zero.listen(partial(self._hear_line, "expire"))
        imac.controller.done.listen(partial(self._hear_line, "interrupt"))

    def finish(self, now_ps: int) -> None:
        """Report codes that should have come by now."""
        self.hand_off.end(now_ps)

    def _called(self, transaction: Transaction, port: int) -> None:
        """Hear of a wait, which is an event when it begins."""
        if transaction.kind == WAIT_IMAC:
            at_ps = self.imac.now_ps + transaction.delay_ps
            self.hand_off.wait(by=self._role(self.imac.protocol.owner_of(transaction)), at_ps=at_ps)

    def _served(self, transaction: Transaction, port: int) -> None:
        """Hear of a store or a load, which is an event when it is over."""
        if transaction.kind == WAIT_IMAC or not transaction.is_ok:
            return
        is_store = transaction.kind == STORE_IMAC or (
            transaction.kind != LOAD_IMAC and transaction.command is Command.WRITE
        )
        name = self._store(transaction) if is_store else self._load(transaction)
        owner = self.imac.protocol.owner_of(transaction)
        if name == self.imac.protocol.claims and self._may_claim(name):
            self._owner = owner
        role = self._role(owner)
        lanes = transaction.size_bytes // FLOAT_BYTES if name == "store_element" else 1
        if 1 < lanes <= self.imac.protocol.lanes:
            self._tell("store_vector", by=role)
            for _ in range(lanes - 1):
                self._tell(name, by=role)
        self._tell(name, by=role)

    def _tell(self, name: str, *, by: Role | None = None, at_ps: int | None = None) -> None:
        """Tell the contract of an event that it has; others are none of its business."""
        event = getattr(type(self.hand_off), name, None)
        if isinstance(event, ContractEvent):
            self.hand_off.tell(event, by=by, at_ps=at_ps)

    def _may_claim(self, name: str) -> bool:
        contract = type(self.hand_off)
        return self.hand_off.state_of() in contract.legal_in(getattr(contract, name))

    def _role(self, owner: int) -> Role:
        return HandOff.core if self._owner in {None, owner} else HandOff.other

    def _hear_state(self, _: int, state: str) -> None:
        if state == HandOff.IDLE.name:
            is_first = self.hand_off.state_of() == HandOff.CONFIGURING.name
            self.hand_off.tell(HandOff.configure if is_first else HandOff.reset)

    def _hear_conversion(self, _: int, label: str | None) -> None:
        if label is not None:
            self.hand_off.convert()

    def _hear_ready(self, _when_ps: int, _value: int) -> None:
        """Codes are there when READY is -1 and the buffer holds a result."""
        ready = self.imac.ready
        if ready.READY.value == NO_INPUTS and ready.has_result.value:
            self.hand_off.write_codes()

    def _hear_line(self, name: str, when_ps: int, value: int) -> None:
        """Hear of a line that rises."""
        if value:
            self._tell(name, at_ps=when_ps)

    def _store(self, transaction: Transaction) -> str:
        """Return the name of the event that a store is; "" for a load of the timer."""
        pattern = transaction.value
        if transaction.data is not None:
            pattern = int.from_bytes(transaction.data, "little")
        address = self.imac.protocol.address_of(transaction)
        if address == READY_ADDRESS:
            return STORED[_sign(pattern)]
        if _is_payload(address):
            return "store_element"
        return self._register("store", address, pattern)

    def _load(self, transaction: Transaction) -> str:
        """Return the name of the event that a load is; "" for the timer's count."""
        address = self.imac.protocol.address_of(transaction)
        if address == READY_ADDRESS:
            return LOADED[transaction.value]
        if _is_payload(address):
            return "load_code"
        return self._register("load", address, transaction.value)

    def _register(self, what: str, address: int, value: int) -> str:
        """Return the name of the event that an access to a register of the protocol is.

        One for this value comes before one for any.
        """
        register = self.imac.protocol.register_at(address)
        name = "" if register is None else f"{what}_{register.name.lower()}"
        exact = f"{name}_{value}".replace("-", "minus_")
        return exact if hasattr(type(self.hand_off), exact) else name


def _is_payload(address: int) -> bool:
    return PAYLOAD_ADDRESS <= address < TIMER_ADDRESS


def _sign(pattern: int) -> int:
    """Return the sign of a float32 pattern."""
    if not pattern & MAGNITUDE:
        return 0
    return -1 if pattern & SIGN_BIT else 1
