"""What an access of the core does, legal or not.

Models:     what is legal in which state, as `contract.HandOff` says. All else is a misuse: it is
            recorded, then its policy decides.
Leaves out: nothing known.
Source:     arXiv:2105.13904 section V for the legal ones; policies: `misuse`.
Checked by: tests/components/test_imac_protocol.py, tests/components/test_imac_misuse.py
"""

from components.coprocessor import HandOffProtocol
from components.imac.contract import HandOff
from components.imac.controller import Controller
from components.imac.misuse import Kind, MisuseConfig
from components.imac.ready_register import COMPLETE, LOADING
from components.imac.sign_unit import CODE_BITS

FREE = HandOff.legal_in(HandOff.store_ready_0)
OPEN = HandOff.legal_in(HandOff.store_element)
BUSY = HandOff.legal_in(HandOff.load_ready_1)
"""States in which a transfer may begin, in which inputs may be stored, and in which a job runs."""


ONE = 0x3F80_0000
"""1.0 as a float32."""


class Gate:
    """Lets accesses through to buffer, ready register and controller."""

    def __init__(
        self, controller: Controller, policies: MisuseConfig, protocol: HandOffProtocol
    ) -> None:
        self.controller = controller
        self.path = controller.data_path
        self.policies = policies
        self.protocol = protocol
        self.code_bits = CODE_BITS[self.path.sign_unit.encoding]
        self.owner: int | None = None

    def store_ready(self, pattern: int, port: int) -> None:
        """Take a store to READY: its sign is the value."""
        value = self.path.sign_unit.signed(pattern)
        state = self.controller.state.value
        if state == "CONFIGURING":
            self._refuse_configuring(f"READY set to {value}")
        elif not self._admitted(port, f"READY set to {value}"):
            return
        elif state in BUSY:
            self._store_ready_while_busy(value)
        elif value == LOADING and state in FREE:
            self._open_transfer(port)
        elif value == COMPLETE and state in OPEN:
            if self._owned(port, "READY set to 1"):
                self._start()
        else:
            self._misuse("ready_out_of_order", f"READY set to {value} while {state}")

    def start(self) -> None:
        """Begin the job, as a store of READY = 1 by whoever began the transfer does."""
        self.store_ready(ONE, -1 if self.owner is None else self.owner)

    def store_element(self, element: int, pattern: int, port: int) -> None:
        """Take a store to the payload: its sign goes into the buffer, if the state allows."""
        state = self.controller.state.value
        what = f"element {element} stored"
        if state == "CONFIGURING":
            self._refuse_configuring(what)
        sign_unit, buffer = self.path.sign_unit, self.path.buffer
        sign = sign_unit.signed(pattern)
        if not (self._owned(port, what) and self._may_store(element, state)):
            return
        buffer.put(element, sign_unit.code(sign), self.code_bits)
        if state in BUSY:
            self.path.columns.drift(self.controller.column_drive())

    def load_ready(self) -> int:
        """Return READY, in any state."""
        return self.path.ready.READY.value

    def must_wait(self) -> bool:
        """Whether a load of codes has to wait for them.

        The protocol may want it while a job runs; as a policy it is a misuse, and recorded.
        """
        if self.path.ready.has_result.value:
            return False
        if self.protocol.blocks and self.controller.state.value in BUSY:
            return True
        if self.policies.early_load != "stall":
            return False
        self._note_early_load()
        return True

    def load_code(self, index: int, port: int) -> int:
        """Return a byte of the buffer: a code, or stale bits if the policy says so."""
        if not self._owned(port, f"code {index} loaded"):
            return 0
        if not self.path.ready.has_result.value:
            self._note_early_load()
        return self.path.buffer.byte(index)

    def _open_transfer(self, port: int) -> None:
        self.owner = port
        self.path.ready.open_transfer()
        self.path.buffer.open_transfer()
        self.controller.begun.notify()

    def _start(self) -> None:
        buffer, count = self.path.buffer, self.path.network.layers[0].inputs
        if not buffer.holds_exactly(count):
            detail = f"READY set to 1 with {buffer.elements} elements stored, not the first {count}"
            self._misuse("wrong_count", detail)
            if self.policies.wrong_count == "zero_fill":
                buffer.clear_missing(count, self.code_bits)
        self.path.ready.start()
        self.controller.started.notify()

    def _store_ready_while_busy(self, value: int) -> None:
        detail = f"READY set to {value} while {self.controller.state.value}"
        if value == COMPLETE:
            self._misuse("started_twice", detail)
        else:
            self._misuse("ready_while_computing", detail)
            if self.policies.ready_while_computing == "abort":
                self.controller.reset()

    def _may_store(self, element: int, state: str) -> bool:
        """Whether an element reaches the buffer; records why not. The buffer traps overflows."""
        if not self.path.buffer.has_room(element, self.code_bits):
            detail = f"element {element} stored outside the buffer"
            self.controller.note("overflow", detail, trap=False)
            return self.policies.overflow == "trap"
        if state in OPEN:
            return True
        kind: Kind = "store_while_computing" if state in BUSY else "store_without_transfer"
        self._misuse(kind, f"element {element} stored while {state}; store READY = 0 first")
        return bool(getattr(self.policies, kind) == "accept")

    def _admitted(self, owner: int, what: str) -> bool:
        """Whether the protocol lets an owner store to READY; records it if not."""
        if self.protocol.admits(owner):
            return True
        self._misuse("foreign_owner", f"{what} by {owner}, which does not hold the lock")
        return self.policies.foreign_owner == "accept"

    def _owned(self, port: int, what: str) -> bool:
        """Whether an access by a port goes through; records it if the port is foreign."""
        if self.owner in (None, port):
            return True
        self._misuse("foreign_owner", f"{what} by port {port}, but port {self.owner} has it")
        return self.policies.foreign_owner == "accept"

    def _note_early_load(self) -> None:
        state = self.controller.state.value
        trap = self.policies.early_load == "trap"
        detail = f"codes loaded while {state}; wait until they are there"
        self.controller.note("early_load", detail, trap)

    def _refuse_configuring(self, what: str) -> None:
        detail = f"{what} while CONFIGURING; wait until every row is written"
        self.controller.note("used_while_configuring", detail, trap=True)

    def _misuse(self, kind: Kind, detail: str) -> None:
        self.controller.note(kind, detail, trap=getattr(self.policies, kind) == "trap")
