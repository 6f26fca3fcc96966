"""The state machine of the hand-off.

Models:     the states of `contract.HandOff`, one job after another. What happens on an access is
            the business of `gate`; this is the order in which things happen once it was legal.
Leaves out: nothing known.
Source:     arXiv:2105.13904 section V; who sets READY to 1 is passive there: estimate, the core.
Checked by: tests/components/test_imac_protocol.py
"""

from dataclasses import dataclass
from typing import Any, Self

from components.analog import AnalogNetwork, Reals, drive_v
from components.imac.adc_array import AdcArray
from components.imac.buffer import Buffer
from components.imac.contract import HandOff
from components.imac.jobs import Job, JobLog
from components.imac.link import AnalogLink
from components.imac.misuse import KINDS, Kind, Violation
from components.imac.ready_register import ReadyRegister
from components.imac.sign_unit import CODE_BITS, SignUnit
from cosim import (
    Clock,
    Config,
    Environment,
    Event,
    Module,
    ProtocolError,
    Steps,
    counter,
    energy,
    gauge,
    in_port,
    param,
    process,
    signal,
    span,
)
from cosim.module import Scope
from cosim.spread import spread


class ControllerConfig(Config):
    """Cost of the control logic."""

    active_mw: float = param(
        0.4, doc="power from the begin of a transfer to its codes", low=0,
        source="estimate: 1,000 gates at 4 GHz, a tenth of them switching, 1 fJ each",
        spread=spread(0.1, 10.0, "estimate: gates and switching are known to a factor of three"),
    )  # fmt: skip


class Arrays:
    """The subarrays, which one controller has at a time."""

    def __init__(self, env: Environment, name: str) -> None:
        self.holder: Controller | None = None
        self.freed = Event(env, f"{name}.freed")

    def free(self) -> None:
        """Give them back."""
        self.holder = None
        self.freed.notify()


@dataclass(frozen=True)
class DataPath:
    """What the controller controls."""

    network: AnalogNetwork
    sign_unit: SignUnit
    buffer: Buffer
    ready: ReadyRegister
    columns: AnalogLink
    adc: AdcArray
    log: JobLog
    arrays: Arrays


class Controller(Module):
    """Walks one job after another from transfer to codes.

    Of several, which share the subarrays, the `first` shows when these compute, and keeps the
    misuses of all.
    """

    config: ControllerConfig

    programmed = in_port("1 when a subarray holds its weights", many=True)
    converting = in_port("1 while the converters work")
    codes_valid = in_port("1 while the codes stand")
    loading = signal("1 while inputs are being stored")
    computing = signal("1 from complete inputs to codes in the buffer", many_writers=True)

    done = signal("1 from the codes to the next transfer", many_writers=True)

    state = gauge("state of the hand-off", states=HandOff.state_names)
    violation = gauge("last misuse", states=KINDS)
    jobs = counter("jobs finished")
    violations = counter("misuses seen")
    transfer = span("inputs being stored")
    job = span("a job from complete inputs to codes in the buffer")
    active = energy("control logic")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        path: DataPath,
        config: ControllerConfig,
        clock: Clock | None = None,
        first: Self | None = None,
    ) -> None:
        self.data_path = path
        self.first = first or self
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Make the events by which accesses move the state machine."""
        self.begun = Event(self.env, f"{self.path}.begun")
        self.started = Event(self.env, f"{self.path}.started")
        self.stopped = Event(self.env, f"{self.path}.stopped")
        self.finished = Event(self.env, f"{self.path}.finished")
        self.seen: list[Violation] = [] if self.first is self else self.first.seen

    def rests(self) -> bool:
        """Return whether no job is under way, nor the configuration."""
        return self.state.value in ("IDLE", "DONE")

    def keep(self) -> dict[str, Any]:
        """Return the misuses seen."""
        return {"seen": [list(violation) for violation in self.seen]}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self.seen[:] = [Violation(*fields) for fields in kept["seen"]]

    @process
    def run(self) -> Steps:
        """Wait for the weights, then do job after job."""
        for programmed in self.programmed:
            if not programmed.value:
                yield programmed.posedge
        if self.state.value == "CONFIGURING":
            self.state.set("IDLE")
        while True:
            yield self.begun
            yield from self.hand_off()

    def hand_off(self) -> Steps:
        """Do one job: inputs, compute, codes; READY says -1 at its end."""
        log = self.data_path.log
        job = Job(len(log.done) + (log.current is not None), self.now_ps)
        self.active.power(self.config.active_mw)
        self.state.set("LOADING")
        self.done.write(0)
        self.loading.write(1)
        with self.transfer(f"job {job.number}"):
            stopped = (yield self.started | self.stopped) is self.stopped
        self.loading.write(0)
        if not stopped and not (stopped := (yield from self.take_arrays())):
            log.current = job
            self.first.computing.write(1)
            with self.job(f"job {job.number}"):
                stopped = yield from self.compute(job)
            self.first.computing.write(0)
            log.current = None
            self.data_path.arrays.free()
        self.active.power(0.0)
        if stopped:
            self.data_path.ready.reset()
            self.state.set("IDLE")
        else:
            log.done.append(job)
            self.finish()

    def take_arrays(self) -> Steps:
        """Wait until the subarrays are free; return whether the job was stopped before."""
        arrays = self.data_path.arrays
        while arrays.holder is not None:
            self.state.set("COMPUTING")
            if (yield arrays.freed | self.stopped) is self.stopped:
                return True
            if (yield self.stopped.within(self.cycles(1))) is not None:
                return True
        arrays.holder = self
        return False

    def compute(self, job: Job) -> Steps:
        """Drive the columns, await the codes, write them back; return whether it was stopped."""
        path = self.data_path
        self.state.set("COMPUTING")
        job.start_ps = self.now_ps
        path.columns.drive(slice(None), self.column_drive())
        if (yield self.converting.posedge | self.stopped) is self.stopped:
            return True
        self.state.set("CONVERTING")
        job.convert_ps = self.now_ps
        if (yield self.codes_valid.posedge | self.stopped) is self.stopped:
            return True
        if (yield self.stopped.within(self.cycles(path.buffer.config.access_cycles))) is not None:
            return True
        job.codes, job.outputs_v = path.adc.codes, path.adc.inputs.volts.copy()
        path.buffer.put_bytes([int(code) for code in job.codes])
        job.done_ps = self.now_ps
        return False

    def column_drive(self) -> Reals:
        """Return what the column drivers make of the buffer."""
        path = self.data_path
        width = CODE_BITS[path.sign_unit.encoding]
        codes = path.buffer.codes(path.network.layers[0].inputs, width)
        return drive_v(path.sign_unit.decoded(codes), path.network.config.vdd_v)

    def finish(self) -> None:
        """Hand the buffer back to the core."""
        self.data_path.ready.finish()
        self.jobs.add()
        self.state.set("DONE")
        self.done.write(1)
        self.finished.notify()

    def note(self, kind: Kind, detail: str, trap: bool) -> None:
        """Record a misuse; raises ProtocolError if it is a trap."""
        seen = Violation(kind, self.path, self.now_ps, detail)
        self.seen.append(seen)
        self.violation.set(kind)
        self.violations.add()
        if trap:
            raise ProtocolError(str(seen))

    def reset(self) -> None:
        """Stop whatever is under way; the weights stay."""
        self.stopped.notify()
        if self.state.value == "DONE":
            self.state.set("IDLE")
            self.done.write(0)
