"""The convolver: convolutions on the arrays, strip by strip, behind two banks.

Models:     an address space of its own: in each bank READY at 0x000 and element i (then code i) at
            0x001 + i, bit 11 of an address being the bank; the number of the layer to come at
            0x7C0 of bank 0. A store brings one sign or several, a load one code or several, a byte
            each. Strips are computed in the order in which they were started: the bank's inputs
            move into the columns' latches, then a shot a window, whose codes go into the bank. The
            first choice of a layer waits until the weights are written.
Leaves out: a loss of power.
Source:     estimate: arXiv:2105.13904 section VII names convolutions on the arrays as future work;
            the hand-off is that of its section V, in two banks.
Checked by: tests/components/test_convolver.py, tests/components/test_convolver_conformance.py,
            tests/components/test_convolver_latency.py
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from components.coprocessor import FLOAT_BYTES, unpack
from components.imac.addresses import (
    PAYLOAD_ADDRESS,
    READY_ADDRESS,
    TIMER_ADDRESS,
    is_payload,
)
from components.imac.convolver.activity import activity
from components.imac.convolver.bank import StripBank
from components.imac.convolver.config import CODES_MOST, ConvolverConfig
from components.imac.convolver.contract import StripHandOff
from components.imac.convolver.engine import Engine, Shots, Signs
from components.imac.convolver.window import ConvolvedLayer
from components.imac.ready_register import COMPLETE, LOADING
from components.imac.sign_unit import CODE_BITS, Encoding, SignUnit
from cosim import (
    Clock,
    Command,
    ConfigError,
    Event,
    Module,
    ProtocolError,
    Response,
    Steps,
    Transaction,
    counter,
    energy,
    gauge,
    process,
    span,
    target_socket,
)
from cosim.activity import Term
from cosim.arbiter import Arbiter
from cosim.messages import LOAD_IMAC, STORE_IMAC, WAIT_IMAC
from cosim.module import Scope
from cosim.protocol import ContractEvent, Role, follows

BANK_SHIFT = 11
"""Bits of an address below its bank, as of the protocol double_buffer."""

LAYER_ADDRESS = TIMER_ADDRESS
"""The number of the layer that the strips to come are of, where a co-processor has its timer."""

ENCODING: Encoding = "binary01"
"""Code of an input: pixels, and codes behind a threshold, are 0 and +1."""

STORED = {LOADING: StripHandOff.store_ready_0, COMPLETE: StripHandOff.store_ready_1}
LOADED = {0: StripHandOff.load_ready_0, 1: StripHandOff.load_ready_1,
          -1: StripHandOff.load_ready_minus_1}  # fmt: skip
"""What a store to READY, and a load of it, is by its value."""


class Convolver(Module):
    """Computes convolutions in SOT-MRAM subarrays, one strip of windows a job."""

    config: ConvolverConfig

    bus = target_socket("co-processor bus: READY and payload of each bank, layer", many=True)

    stores = counter("store_imac served")
    loads = counter("load_imac served")
    strips = counter("strips computed")
    shots = counter("windows computed")
    rewrites = counter("times a layer's weights were written over others")
    layer = gauge("number of the layer", width_bits=8)
    state = gauge("what the subarrays do", states=("CONFIGURING", "IDLE", "LATCHING", "SETTLING"))
    strip = span("a strip in the subarrays")
    array = energy("junctions conducting")
    neurons = energy("neurons")
    amplifiers = energy("bias of the amplifiers")
    conversions = energy("conversions")
    writing = energy("junctions being written")
    active = energy("control logic")

    hand_off = follows(
        StripHandOff,
        inputs=lambda convolver: convolver.stores_least,
        access_ps=lambda convolver: convolver.cycles(convolver.config.buffer.access_cycles),
        windows=lambda convolver: convolver.windows,
        compute_ps=lambda convolver: convolver.windows * convolver.shot_ps,
        timer_ps=lambda convolver: convolver.longest_ps,
    )

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        layers: Sequence[ConvolvedLayer],
        config: ConvolverConfig | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.layers = tuple(layers)
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Make the parts, and the contract that all accesses are held against."""
        config = self.config
        if not self.layers:
            raise ConfigError(f"{self.path} must be given one convolution at least")
        self.engine = Engine(
            self.layers, config.analog, lambda path: self.sim.rng(f"{self.path}.{path}"),
            self.path, rewritten=config.rewritten,
        )  # fmt: skip
        self.arbiter = Arbiter(self.env, f"{self.path}.bus")
        self.sign_unit = SignUnit("sign_unit", self, encoding=ENCODING)
        self.banks = [
            StripBank(f"bank[{number}]", self, config=config.buffer)
            for number in range(config.banks)
        ]
        self.begun = Event(self.env, f"{self.path}.begun")
        self.configured = Event(self.env, f"{self.path}.configured")
        self.seen: list[str] = []
        self._waiting: list[int] = []
        self._round = 0
        self.windows = 1
        self.hand_off.raises = config.misuse == "trap"

    @property
    def shot_ps(self) -> int:
        """Time from columns to codes, of the layer that was chosen."""
        return self.engine.shot_ps(self.layer.value)

    @property
    def stores_least(self) -> int:
        """Stores that a strip of one window takes."""
        return -(-self._chosen.matrix.inputs // self.config.lanes)

    @property
    def longest_ps(self) -> int:
        """How long the codes may take: a strip in every bank, each layer written before."""
        config, write = self.config, self.config.analog.write
        longest = self._chosen.windows_most(config.buffer.size_bytes, self.code_bits)
        shots, packing = max(longest, self.windows), self.engine.packing
        cycles = config.buffer.drain_cycles + shots * (config.buffer.access_cycles + 1) + 2
        written_ps = max(packing.write_ps(write, one) for one in range(packing.rounds))
        return len(self.banks) * (shots * self.shot_ps + self.cycles(cycles) + written_ps)

    @property
    def code_bits(self) -> int:
        """Bits of a code in a bank."""
        return self.config.analog.adc.bits

    @property
    def violations(self) -> list[str]:
        """Every misuse seen."""
        return [*(str(one) for one in self.hand_off.violations), *self.seen]

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        moved_pj = sum(bank.buffer.access.value for bank in self.banks)
        return activity(self.config, self.energy_pj(), moved_pj)

    def energy_pj(self) -> dict[str, float]:
        """Return the energy spent so far by part."""
        return {
            "array": self.array.value, "neurons": self.neurons.value,
            "amplifiers": self.amplifiers.value, "adc": self.conversions.value,
            "buffer": sum(bank.buffer.access.value for bank in self.banks),
            "control": self.active.value, "configuration": self.writing.value,
        }  # fmt: skip

    def rests(self) -> bool:
        """Return whether no strip is under way and nothing is written."""
        return self.state.value == "IDLE" and not self._waiting

    def keep(self) -> dict[str, Any]:
        """Return which weights are there."""
        return {"round": self._round, "hand_off": self._states()}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self._round = kept["round"]
        for bank, state in enumerate(kept["hand_off"]):
            self.hand_off.resume(state, bank)

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Serve one access of the core, in its turn."""
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        if delay_ps:
            yield delay_ps
        yield from self.arbiter.acquire(transaction.port)
        yield self.cycles(self.config.buffer.access_cycles)
        transaction.response = Response.OK
        number, address = divmod(transaction.address, 1 << BANK_SHIFT)
        if number >= len(self.banks) or transaction.kind == WAIT_IMAC:
            transaction.response = Response.ADDRESS_ERROR
        elif transaction.kind == STORE_IMAC or (
            transaction.kind != LOAD_IMAC and transaction.command is Command.WRITE
        ):
            if address == LAYER_ADDRESS and self._states()[0] == StripHandOff.CONFIGURING.name:
                yield self.configured
            self._store(transaction, number, address)
        else:
            self._load(transaction, number, address)
        self.arbiter.release()

    @process
    def run(self) -> Steps:
        """Write the weights unless they are there, then compute strip after strip."""
        if self._states()[0] == StripHandOff.CONFIGURING.name:
            if self.config.configuration == "at_start":
                yield from self._write(0)
            for number in range(len(self.banks)):
                self.hand_off.configure(of=number)
            self.configured.notify()
        while True:
            self.state.set("IDLE")
            while not self._waiting:
                yield self.begun
            yield from self._compute(self._waiting.pop(0))

    def _store(self, transaction: Transaction, number: int, address: int) -> None:
        """Carry a store out; the value is a float32 pattern, or the signs of several."""
        self.stores.add()
        lanes = transaction.size_bytes // FLOAT_BYTES
        value, owner = transaction.value, transaction.initiator
        if address == READY_ADDRESS:
            self._store_ready(number, self.sign_unit.signed(value), owner)
        elif address == LAYER_ADDRESS:
            self._choose(value, owner)
        elif is_payload(address) and lanes <= self.config.lanes:
            self._tell(StripHandOff.store_element, number, owner)
            patterns = unpack(value, lanes) if lanes > 1 else [value]
            for element, pattern in enumerate(patterns, address - PAYLOAD_ADDRESS):
                self._put(self.banks[number], element, pattern)
        else:
            transaction.response = Response.ADDRESS_ERROR

    def _store_ready(self, number: int, value: int, owner: int) -> None:
        bank = self.banks[number]
        if value == COMPLETE:
            elements = bank.buffer.elements
            self.windows = max(self._chosen.windows(elements), 1)
        self._tell(STORED.get(value, StripHandOff.store_ready_minus_1), number, owner)
        if value == LOADING and not bank.is_busy.value:
            bank.open()
        elif value == COMPLETE and bank.is_open.value:
            self._check_count(bank)
            bank.start()
            self._waiting.append(number)
            self.begun.notify()

    def _choose(self, value: int, owner: int) -> None:
        """Take the number of the layer to come; no bank may be under way."""
        if not 0 <= value < len(self.layers):
            raise ProtocolError(
                f"{self.path}: the layer must be 0 to {len(self.layers) - 1}, not {value} at"
                f" {self.now_ps} ps"
            )
        for number in range(len(self.banks)):
            self._tell(StripHandOff.choose_layer, number, owner)
        self.layer.set(value)

    def _put(self, bank: StripBank, element: int, pattern: int) -> None:
        bits = CODE_BITS[ENCODING]
        if bank.buffer.has_room(element, bits):
            sign = self.sign_unit.signed(pattern)
            bank.buffer.put(element, self.sign_unit.code(sign), bits)
            return
        self._refuse(
            f"{bank.path}: an element must be 0 to {bank.buffer.capacity(bits) - 1}, not {element};"
            " cut the strip into shorter ones"
        )

    def _check_count(self, bank: StripBank) -> None:
        """Refuse inputs that do not come out even as windows, or codes that would not fit."""
        layer, elements = self._chosen, bank.buffer.elements
        windows, most = layer.windows(elements), bank.buffer.capacity(self.code_bits)
        if not windows or not bank.buffer.holds_exactly(elements):
            self._refuse(
                f"{bank.path}: a strip of {layer.name} must have {layer.matrix.inputs} elements"
                f" from 0 on, and {layer.step} more for every further window, not {elements}"
            )
        elif windows * layer.matrix.outputs > most:
            self._refuse(
                f"{bank.path}: a strip must give at most {most} codes of {self.code_bits} bits, not"
                f" {windows * layer.matrix.outputs}; cut it into shorter ones"
            )

    def _load(self, transaction: Transaction, number: int, address: int) -> None:
        """Carry a load out: READY, or codes, a byte each."""
        self.loads.add()
        bank, owner = self.banks[number], transaction.initiator
        if address == READY_ADDRESS:
            transaction.value = bank.ready.READY.value
            self._tell(LOADED[transaction.value], number, owner)
        elif is_payload(address) and transaction.size_bytes <= CODES_MOST:
            self._tell(StripHandOff.load_code, number, owner)
            first = address - PAYLOAD_ADDRESS
            codes = [
                bank.buffer.code(first + lane, self.code_bits)
                for lane in range(transaction.size_bytes)
            ]
            transaction.value = int.from_bytes(bytes(codes), "little")
        else:
            transaction.response = Response.ADDRESS_ERROR

    def _compute(self, number: int) -> Steps:
        """Do the shots of a strip; its bank holds all codes at the end."""
        bank, layer = self.banks[number], self.layer.value
        self.active.power(self.config.controller.active_mw)
        if self.engine.round_of(layer) != self._round:
            self.rewrites.add()
            yield from self._write(self.engine.round_of(layer))
        self.state.set("LATCHING")
        yield self.cycles(self.config.buffer.drain_cycles)
        shots = self.engine.shots(layer, self._latched(bank))
        self.state.set("SETTLING")
        with self.strip(self._chosen.name):
            for place in range(len(shots.codes)):
                yield from self._shoot(bank, number, shots, place)
        self.active.power(0.0)
        self.windows = len(shots.codes)
        self.strips.add()
        bank.finish()
        self.hand_off.write_codes(of=number)

    def _shoot(self, bank: StripBank, number: int, shots: Shots, place: int) -> Steps:
        """Drive the columns with one window, wait for the codes, and write them to the bank."""
        codes, adc = shots.codes[place], self.config.analog.adc
        drawn = zip((self.array, self.neurons, self.amplifiers), shots[1:], strict=True)
        for probe, power_mw in drawn:
            probe.power(float(power_mw[place]))
        yield self.shot_ps
        self.conversions.spend(len(codes) * adc.conversion_pj, over_ps=adc.conversion_ps)
        yield self.cycles(self.config.buffer.access_cycles)
        for probe in (self.array, self.neurons, self.amplifiers):
            probe.power(0.0)
        for at, code in enumerate(codes, place * len(codes)):
            bank.buffer.put_code(at, int(code), self.code_bits)
        self.shots.add()
        self.hand_off.convert(of=number)

    def _latched(self, bank: StripBank) -> Signs:
        """Return the windows of a bank's inputs as signs, (windows, K)."""
        layer = self._chosen
        elements = layer.elements(max(layer.windows(bank.buffer.elements), 1))
        codes = bank.buffer.codes(elements, CODE_BITS[ENCODING])
        signs = self.sign_unit.decoded(codes)
        windows = np.lib.stride_tricks.sliding_window_view(signs, layer.matrix.inputs)
        return np.asarray(windows[:: layer.step], np.int8)

    def _write(self, number: int) -> Steps:
        """Write the weights of a round over what is there."""
        self.state.set("CONFIGURING")
        packing, write = self.engine.packing, self.config.analog.write
        took_ps = packing.write_ps(write, number)
        self.writing.spend(packing.write_pj(write, number), over_ps=took_ps)
        yield took_ps
        self._round = number

    def _tell(self, event: ContractEvent, number: int, owner: int) -> None:
        """Hold an access against the contract; who opens a bank has it until it is opened anew."""
        bank, is_open = self.banks[number], event is StripHandOff.store_ready_0
        state = self.hand_off.state_of(number)
        if is_open and state in StripHandOff.legal_in(event):
            bank.owner = owner
        role: Role = StripHandOff.core if bank.owner in (None, owner) else StripHandOff.other
        self.hand_off.tell(event, by=role, of=number)

    def _refuse(self, sentence: str) -> None:
        """Note what the contract does not know; raises ProtocolError if misuse is a trap."""
        self.seen.append(f"{sentence} at {self.now_ps} ps")
        if self.config.misuse == "trap":
            raise ProtocolError(self.seen[-1])

    @property
    def _chosen(self) -> ConvolvedLayer:
        return self.layers[int(self.layer.value)]

    def _states(self) -> list[str]:
        return [self.hand_off.state_of(number) for number in range(len(self.banks))]
