"""The in-memory analog computing co-processor as the core sees it.

Models:     the parts and their wires; its address space: address_space.py.
Leaves out: nothing known.
Source:     arXiv:2105.13904 sections IV, V.
Checked by: tests/components/test_imac_protocol.py, tests/components/test_imac_compute.py,
            tests/components/test_imac_misuse.py
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from components.analog import AnalogNetwork, DenseLayer, Placement
from components.imac import activity as imac_activity
from components.imac.adc_array import AdcArray
from components.imac.address_space import AddressSpace
from components.imac.bank import Bank
from components.imac.buffer import Buffer, BufferOverflow
from components.imac.contract import HandOff
from components.imac.controller import Arrays, Controller, DataPath
from components.imac.gate import Gate
from components.imac.jobs import Job, JobLog
from components.imac.link import AnalogLink
from components.imac.misuse import Violation
from components.imac.ready_register import ReadyRegister
from components.imac.sign_unit import CODE_BITS, SignUnit
from components.imac.subarray import Seat, Subarray
from components.imac.timer import Timer, timer_cycles
from cosim import (
    Clock,
    Config,
    ModuleSignal,
    ProtocolError,
    Steps,
)
from cosim.activity import Term
from cosim.arbiter import Arbiter
from cosim.module import Scope


class Imac(AddressSpace):
    """Computes fully connected layers in SOT-MRAM subarrays.

    `layers` are programmed into the subarrays. Raises MappingError if they do not fit and
    BufferOverflow if their inputs or outputs do not fit the buffer.
    """

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        layers: Sequence[DenseLayer],
        config: Config | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.layers = tuple(layers)
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Make the parts and wire them; load the timer for this topology."""
        config = self.config
        self.network = AnalogNetwork(self.layers, config.analog, self._generator, self.path)
        self.log = JobLog()
        self.arrays = Arrays(self.env, f"{self.path}.arrays")
        self.arbiter = Arbiter(self.env, f"{self.path}.bus")
        self.sign_unit = SignUnit("sign_unit", self, encoding=config.encoding)
        self.buffer = Buffer("buffer", self, config=config.buffer)
        self._check_buffer()
        self.ready = ReadyRegister("ready", self)
        self.timer = Timer("timer", self, config=config.timer)
        sizes = [self.layers[0].inputs] + [layer.outputs for layer in self.layers]
        self.links = [
            AnalogLink(self.env, f"{self.path}.link[{index}]", lanes)
            for index, lanes in enumerate(sizes)
        ]
        self.subarrays = [
            Subarray(f"subarray[{index}]", self, seat=self._seat(index))
            for index in range(config.analog.geometry.subarrays)
        ]
        self.adc = AdcArray("adc", self, network=self.network, inputs=self.links[-1])
        self.controller = Controller(
            "controller",
            self,
            path=self._data_path(self.buffer, self.ready),
            config=config.controller,
        )
        hand_off = config.hand_off
        self.protocol = hand_off.kind("protocol", self, config=hand_off.config)
        self.gate = Gate(self.controller, config.misuse, self.protocol)
        self.protocol.coprocessor = self
        self.check_registers()
        first = Bank(self.buffer, self.ready, self.controller, self.gate)
        self.banks = [first, *map(self._bank, range(1, self.protocol.banks))]
        self._wire()
        self.computed = len(self.layers)
        self.load_timer(config.timer.cycles)

    @property
    def timer_zero(self) -> ModuleSignal:
        """1 when the timer has run out."""
        return self.timer.zero

    @property
    def completion(self) -> ModuleSignal:
        """1 when the codes may be read; what a wait of the core waits for."""
        return self.controller.done if self.protocol.interrupts else self.timer.zero

    @property
    def contract(self) -> type[HandOff]:
        """What its protocol makes of the hand-off."""
        contract = self.protocol.contract
        assert issubclass(contract, HandOff)  # ImacConfig refuses others
        return contract

    @property
    def needed_ps(self) -> int:
        """Longest time from READY = 1 to codes in the buffer."""
        write_back_ps = self.clock.edge(self.config.buffer.access_cycles) + 1
        return self.compute_ps + write_back_ps

    @property
    def longest_ps(self) -> int:
        """Longest time that a core waits for codes: as the timer says, or a job in every bank."""
        if len(self.banks) > 1:
            return len(self.banks) * (self.needed_ps + self.cycles(1))
        return self.timer.cycles(self.timer.reload.value)

    @property
    def compute_ps(self) -> int:
        """Time of the layers that are computed, and of the conversion."""
        return self.network.latency_ps - sum(self.network.layers_ps[self.computed :])

    @property
    def jobs(self) -> list[Job]:
        """Every finished job."""
        return self.log.done

    @property
    def last_job(self) -> Job:
        """The job finished last: codes, voltages and times; raises ProtocolError without one."""
        if not self.log.done:
            raise ProtocolError(f"{self.path} has finished no job by {self.now_ps} ps")
        return self.log.done[-1]

    @property
    def violations(self) -> list[Violation]:
        """Every misuse seen."""
        return self.controller.seen

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        return imac_activity.activity(self.subarrays, [bank.controller for bank in self.banks])

    def delays(self) -> list[Term]:
        """Return by how much constants have delayed the core until now, in ps."""
        accesses, jobs = self.stores.value + self.loads.value, len(self.jobs)
        return imac_activity.delays(self.network, accesses, jobs, self.clock.hz)

    def energy_pj(self) -> dict[str, float]:
        """Return the energy spent so far by part."""
        subarrays = self.subarrays
        return {
            "array": sum(subarray.array.value for subarray in subarrays),
            "buffers": sum(subarray.buffers.value for subarray in subarrays),
            "neurons": sum(subarray.neurons.value for subarray in subarrays),
            "amplifiers": sum(subarray.amplifiers.value for subarray in subarrays),
            "adc": self.adc.spent.value,
            "buffer": self.buffer.access.value,
            "control": self.controller.active.value,
            "configuration": sum(subarray.writing.value for subarray in subarrays),
        }

    def power_cycle(self) -> None:
        """Lose buffer, READY, timer and the job under way; weights are non-volatile and stay."""
        for bank in self.banks:
            bank.reset()
        self.timer.reset()
        self.protocol.reset()

    def start(self) -> None:
        """Begin the job whose inputs have been stored."""
        self.gate.start()

    def take_inputs(self, first: int, patterns: Sequence[int]) -> Steps:
        """Take several inputs for whoever began the transfer, in one turn behind all accesses."""
        yield from self._take_turn(len(self.bus.links))
        for element, pattern in enumerate(patterns, first):
            self.gate.store_element(element, pattern, self.gate.owner or 0)
        self.arbiter.release()

    def exit_after(self, layers: int) -> None:
        """Let the jobs to come end after some layers; 0: all. Raises ProtocolError if too many."""
        if layers > len(self.layers):
            raise ProtocolError(
                f"{self.path} must end a job after at most {len(self.layers)} layers, not {layers}"
                f" at {self.now_ps} ps"
            )
        self.computed = layers or len(self.layers)
        self.adc.take_over(self.links[self.computed])
        self.load_timer(self.config.timer.cycles)

    def keep(self) -> dict[str, Any]:
        """Return the jobs done, the links' voltages and whose the buffer is."""
        return {
            "jobs": [vars(job) for job in self.jobs],
            "links": [link.volts for link in self.links],
            "banks": [bank.keep() for bank in self.banks],
            "computed": self.computed,
        }

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self.log.done[:] = [Job.again(**fields) for fields in kept["jobs"]]
        for link, volts in zip(self.links, kept["links"], strict=True):
            link.drift(volts)
        for bank, own in zip(self.banks, kept["banks"], strict=True):
            bank.resume(own)
        self.computed = kept["computed"]
        self.adc.take_over(self.links[self.computed])

    def load_timer(self, cycles: int | None) -> None:
        """Load the timer, without a count for the layers that are computed.

        One that may end before the codes are there is a misuse.
        """
        needed = timer_cycles(self.config.timer, self.needed_ps)
        self.timer.load(needed if cycles is None else cycles)
        if not self.timer.lasts(self.needed_ps):
            trap = self.config.misuse.short_timer == "trap"
            loaded = f"timer loaded with {self.timer.reload.value} cycles"
            detail = f"{loaded}, but the codes take {self.needed_ps} ps"
            self.controller.note("short_timer", detail, trap)

    def _check_buffer(self) -> None:
        width, inputs = CODE_BITS[self.config.encoding], self.layers[0].inputs
        outputs = self.layers[-1].outputs
        if inputs > self.config.inputs_most or outputs > self.buffer.capacity(8):
            raise BufferOverflow(
                f"{self.buffer.path} must hold {inputs} inputs of {width} bits and {outputs}"
                f" codes of a byte; it has {self.config.buffer.size_bytes} bytes; use a larger"
                " buffer, a shorter code or buffer.chunked"
            )

    def _generator(self, path: str) -> np.random.Generator:
        """Return the generator of something below this co-processor."""
        return self.sim.rng(f"{self.path}.{path}")

    def _seat(self, index: int) -> Seat | None:
        if index >= len(self.network.placements):
            return None
        placement: Placement = self.network.placements[index]
        preloaded = self.config.configuration == "preloaded"
        inputs, outputs = self.links[placement.layer], self.links[placement.layer + 1]
        return Seat(self.network, index, inputs, outputs, self.log, preloaded)

    def _data_path(self, buffer: Buffer, ready: ReadyRegister) -> DataPath:
        return DataPath(
            self.network, self.sign_unit, buffer, ready, self.links[0], self.adc, self.log,
            self.arrays,
        )  # fmt: skip

    def _bank(self, number: int) -> Bank:
        """Make a bank that shares the subarrays with the first."""
        config = self.config
        buffer = Buffer(f"buffer[{number}]", self, config=config.buffer)
        ready = ReadyRegister(f"ready[{number}]", self)
        controller = Controller(
            f"controller[{number}]", self, path=self._data_path(buffer, ready),
            config=config.controller, first=self.controller,
        )  # fmt: skip
        return Bank(buffer, ready, controller, Gate(controller, config.misuse, self.protocol))

    def _wire(self) -> None:
        controller = self.controller
        self.adc.computing.bind(controller.computing)
        self.timer.loading.bind(controller.loading)
        self.timer.computing.bind(controller.computing)
        self.protocol.loading.bind(controller.loading)
        self.protocol.computing.bind(controller.computing)
        for subarray in self.subarrays:
            subarray.computing.bind(controller.computing)
        for bank in self.banks:
            self._wire_controller(bank.controller)

    def _wire_controller(self, controller: Controller) -> None:
        controller.converting.bind(self.adc.converting)
        controller.codes_valid.bind(self.adc.valid)
        for subarray in self.subarrays:
            controller.programmed.bind(subarray.programmed)
