"""Follows a co-processor's hand-off from outside: accesses on its bus, and what it shows.

    check = HandOffCheck(soc.imac)
    simulator.observe(check)

Models:     every access that was carried out is an event of the contract, at the time it was. An
            access that the co-processor refused with an error has not happened.
Leaves out: an access that did not come over the bus as a blocking transaction.
Checked by: tests/components/test_imac_contract.py, tests/components/test_imac_contract_mutants.py
"""

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

from components.coprocessor import FLOAT_BYTES
from components.imac.addresses import READY_ADDRESS, is_payload
from components.imac.contract import HandOff
from components.imac.imac import Imac
from components.imac.ready_register import COMPLETE, LOADING, NO_INPUTS, ReadyRegister
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

    `contract` is what it must follow: that of the protocol, or another one; `kept` what the check
    of an interrupted run kept.
    """

    def __init__(
        self,
        imac: Imac,
        contract: type[HandOff] | None = None,
        *,
        raises: bool = True,
        kept: Mapping[str, Any] | None = None,
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
            timer_ps=lambda: imac.longest_ps,
        )
        imac.parts["hand_off"] = self.hand_off  # so that the waves show its state
        self._owners: dict[Hashable, int] = {}
        self._kept = kept

    def keep(self) -> dict[str, Any]:
        """Return how far the hand-off has come, for the check of a run that goes on from here."""
        return {"contract": self.hand_off.keep(), "owners": list(self._owners.items())}

    def start(self, view: View) -> None:
        """Listen from now on."""
        imac = self.imac
        if self._kept is not None:
            self.hand_off.go_on(self._kept["contract"])
            self._owners = dict(self._kept["owners"])
        imac.protocol.tell = self._tell
        tap(imac.bus, called=self._called, served=self._served)
        imac.adc.conversion.listen(self._hear_conversion)
        for number, bank in enumerate(imac.banks):
            of = number if self.hand_off.each else None
            if self._kept is None:
                self.hand_off.resume(bank.controller.state.value, of)
            hear_ready = partial(self._hear_ready, bank.ready, of)
            bank.controller.state.listen(partial(self._hear_state, of))
            bank.ready.READY.gauge.listen(hear_ready)
            bank.ready.has_result.listen(hear_ready)
        imac.timer.zero.listen(partial(self._hear_line, "expire"))
        imac.controller.done.listen(partial(self._hear_line, "interrupt"))

    def finish(self, now_ps: int) -> None:
        """Report codes that should have come by now."""
        self.hand_off.end(now_ps)

    def _called(self, transaction: Transaction, port: int) -> None:
        """Hear of a wait, which is an event when it begins."""
        if transaction.kind == WAIT_IMAC:
            at_ps, of = self.imac.now_ps + transaction.delay_ps, self._of(transaction)
            role = self._role(self.imac.protocol.owner_of(transaction), of)
            self.hand_off.wait(by=role, of=of, at_ps=at_ps)

    def _served(self, transaction: Transaction, port: int) -> None:
        """Hear of a store or a load, which is an event when it is over."""
        if transaction.kind == WAIT_IMAC or not transaction.is_ok:
            return
        is_store = transaction.kind == STORE_IMAC or (
            transaction.kind != LOAD_IMAC and transaction.command is Command.WRITE
        )
        name = self._store(transaction) if is_store else self._load(transaction)
        owner, of = self.imac.protocol.owner_of(transaction), self._of(transaction)
        if name == self.imac.protocol.claims and self._may_claim(name, of):
            self._owners[of] = owner
        role = self._role(owner, of)
        lanes = transaction.size_bytes // FLOAT_BYTES if name == "store_element" else 1
        if 1 < lanes <= self.imac.protocol.lanes:
            self._tell("store_vector", by=role, of=of)
            for _ in range(lanes - 1):
                self._tell(name, by=role, of=of)
        self._tell(name, by=role, of=of)

    def _tell(
        self, name: str, *, by: Role | None = None, of: Hashable = None, at_ps: int | None = None
    ) -> None:
        """Tell the contract of an event that it has; others are none of its business."""
        event = getattr(type(self.hand_off), name, None)
        if isinstance(event, ContractEvent):
            self.hand_off.tell(event, by=by, of=of, at_ps=at_ps)

    def _of(self, transaction: Transaction) -> Hashable:
        """Return the bank that an access is about, if the contract is for each."""
        return self.imac.protocol.bank_of(transaction) if self.hand_off.each else None

    def _may_claim(self, name: str, of: Hashable) -> bool:
        contract = type(self.hand_off)
        return self.hand_off.state_of(of) in contract.legal_in(getattr(contract, name))

    def _role(self, owner: int, of: Hashable) -> Role:
        return HandOff.core if self._owners.get(of, owner) == owner else HandOff.other

    def _hear_state(self, of: Hashable, _: int, state: str) -> None:
        if state == HandOff.IDLE.name:
            is_first = self.hand_off.state_of(of) == HandOff.CONFIGURING.name
            self.hand_off.tell(HandOff.configure if is_first else HandOff.reset, of=of)

    def _hear_conversion(self, _: int, label: str | None) -> None:
        """Hear that the converters begin, for the bank that has the subarrays."""
        if label is not None:
            has = [bank.controller is self.imac.arrays.holder for bank in self.imac.banks]
            of = has.index(True) if self.hand_off.each and True in has else None
            self.hand_off.convert(of=of)

    def _hear_ready(self, ready: ReadyRegister, of: Hashable, _when_ps: int, _value: int) -> None:
        """Codes are there when READY is -1 and the buffer holds a result."""
        if ready.READY.value == NO_INPUTS and ready.has_result.value:
            self.hand_off.write_codes(of=of)

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
        if is_payload(address):
            return "store_element"
        return self._register("store", address, pattern)

    def _load(self, transaction: Transaction) -> str:
        """Return the name of the event that a load is; "" for one that the contract has not.

        Those are the timer's count, and a READY that a fault has made -2.
        """
        address = self.imac.protocol.address_of(transaction)
        if address == READY_ADDRESS:
            return LOADED.get(transaction.value, "")
        if is_payload(address):
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


def _sign(pattern: int) -> int:
    """Return the sign of a float32 pattern."""
    if not pattern & MAGNITUDE:
        return 0
    return -1 if pattern & SIGN_BIT else 1
