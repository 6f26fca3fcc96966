"""The core as a module: sockets, programs, probes and energy around behaviour.py.

Models:     see behaviour.py. A program is handed over in chunks, as fast as the core takes them.
            A WAIT_IMAC never leaves the core: it sleeps until `completion` is 1 (a level, so one
            that came before is not lost) and goes on at its next clock edge. One that polls is a
            loop of load, compare and branch: every load is an access, all three count, and it ends
            with a wrong prediction. A rising edge of `interrupt` is a request, kept until it is
            taken, at the next clock edge at the soonest.
            Energy is a price for every instruction, one more for what it executes, and the clock.
Leaves out: see behaviour.py; widths of vectors; what a polling loop costs the front end.
Source:     waiting for the timer: arXiv:2105.13904, section V; numbers: config.py
Checked by: tests/components/test_core_imac.py, tests/modes/
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from components.cpu.behaviour import step
from components.cpu.config import CoreConfig
from components.cpu.program import Poll
from components.cpu.records import COPROCESSOR_PORT, CORE
from components.cpu.showing import REASONS, Showing
from components.cpu.supply import Supply
from components.cpu.tables import Tables
from cosim import (
    Clock,
    Event,
    Phase,
    ProtocolError,
    Steps,
    Sync,
    Transaction,
    counter,
    gauge,
    held,
    in_port,
    initiator_socket,
    process,
    span,
)
from cosim.activity import Term, counters
from cosim.compiled import Records
from cosim.consumer import Consumer
from cosim.messages import KIND_NAMES, LOAD_IMAC, REPLY, WAIT_IMAC, head, pop, send
from cosim.stepping import Stepping
from cosim.units import PS_PER_NS, PS_PER_S
from cosim.waiting import Sought

MARK_DELAY_PS = 1
"""ps from a mark to `marked`, so that everything of the mark's instant has happened."""


INSTRUCTIONS_OF_A_POLL = 3
"""Load, compare, branch."""

RETIRE_CYCLES = 1
"""A branch completes in one cycle and retires in the next; only then a load may be the oldest."""

HUNGRY, IMAC_BUSY, IMAC_KIND, MARKS_MADE, FINISHED = map(
    (CORE.names or ()).index, ("hungry", "imac_busy", "imac_kind", "marks_made", "finished")
)
"""Places in the state of what is looked at after every step."""

OPERATIONS = (
    ("instructions", "instructions", "instructions", "instruction_pj"),
    ("integer", "integers", "operations", "integer_pj"),
    ("multiplication", "multiplies", "operations", "multiply_pj"),
    ("floating_point", "fp_operations", "operations", "fp_pj"),
    ("loads", "loads", "loads", "load_pj"),
    ("stores", "stores", "stores", "store_pj"),
    ("branches", "branches", "branches", "branch_pj"),
)
"""Causes of energy, where they are counted, in what, and the constant of each."""


class Core(Consumer):
    """Runs programs of INSTRUCTION records."""

    config: CoreConfig

    instruction = initiator_socket("instruction cache")
    data = initiator_socket("data cache")
    coprocessor = initiator_socket("store_imac and load_imac", optional=True)
    completion = in_port("1 when the co-processor's codes may be read", optional=True)

    interrupt = in_port("a rising edge asks for an interrupt", optional=True)

    instructions = held("instructions retired", record="state", field="instructions")
    cycle_count = held("cycles from start to end of programs", record="state", field="cycles")
    fetches = held("groups fetched from the instruction cache", record="state", field="fetches")
    decoded_hits = held("groups from the micro-op cache", record="state", field="decoded_hits")
    loads = held("loads, fused ones included", record="state", field="loads")
    stores = held("stores", record="state", field="stores")
    splits = held("accesses that cross a line", record="state", field="splits")
    forwards = held("loads served by the store queue", record="state", field="forwards")
    branches = held("branches", record="state", field="branches")
    mispredicted = held("branches predicted wrongly", record="state", field="mispredicted")
    fp_operations = held("floating-point operations", record="state", field="fp_operations")
    integers = held("integer operations but multiplies", record="state", field="integers")
    multiplies = held("integer multiplies", record="state", field="multiplies")
    imac_stores = held("store_imac", record="state", field="imac_stores")
    imac_loads = held("load_imac", record="state", field="imac_loads")
    imac_waits = held("waits for the timer", record="state", field="imac_waits")
    interrupts = held("interrupts taken", record="state", field="interrupts")
    squashed = held("instructions thrown away by interrupts", record="state", field="squashed")
    busy_cycles = held("cycles that retired something", record="attribution", field="busy")
    fetch_cycles = held("cycles that waited for instructions", record="attribution", field="fetch")
    load_cycles = held("cycles that waited for loads", record="attribution", field="load")
    store_cycles = held("cycles that waited for stores", record="attribution", field="store")
    execution_cycles = held(
        "cycles that waited for results", record="attribution", field="execution"
    )
    branch_cycles = held("cycles after wrong predictions", record="attribution", field="branch")
    imac_cycles = held(
        "cycles that waited for the co-processor", record="attribution", field="imac"
    )
    interrupt_cycles = held(
        "cycles from interrupts to the fetch after them", record="attribution", field="interrupt"
    )
    bus_errors = counter("errors of the co-processor bus that were ignored")
    ip = gauge("address of the next instruction to be renamed", width_bits=48)
    mark = gauge("number of the mark passed last", width_bits=32)
    waits_for = gauge("what the core is doing, or is waiting for", states=REASONS, level="full")
    program = span("a program")
    layer = span("from mark to mark")
    polls = counter("loads of polling loops")
    polled_cycles = counter("cycles awake in polling loops")
    asleep = span("waiting for the co-processor")
    polling = span("reading until the co-processor is done")

    def build(self) -> None:
        """Make the records and join the behaviour to the sockets."""
        self.inherited_clock = Clock(self.config.clock_hz)
        self.tables = Tables(self.config, self.clock)
        self.sinks: list[Callable[[], None]] = []
        self.state = self.tables.state
        self.attribution = self.tables.attribution
        self.finished = Event(self.env, f"{self.path}.finished")
        self.marked = Event(self.env, f"{self.path}.marked")
        self.supply = Supply(self.path, self.state, self.tables.program, self.tables.operations)
        self._names: Sequence[str] = ()
        self._marks_seen = 0
        self.stepping = Stepping(
            self,
            step,
            self.state,
            self.tables.arrays,
            (self.instruction, self.data, self.coprocessor),
            after=self.watch,
            display=Showing(self.tables, self.clock, self.ip, self.waits_for).display,
        )
        self._item = self.state.view(np.int64).item

    def end_of_elaboration(self) -> None:
        """Join the behaviour to the sockets that are bound."""
        self.stepping.connect()

    @instruction.on_backward
    def fetched(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a block of instructions."""
        return self.stepping.backward(transaction, phase, delay_ps)

    @data.on_backward
    def accessed(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take the reply to a load or store."""
        return self.stepping.backward(transaction, phase, delay_ps)

    @coprocessor.on_backward
    def answered(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take the co-processor's reply; an error is a machine check unless it is ignored."""
        if phase is Phase.BEGIN_RESP and transaction.response < 0:
            self._check(transaction)
        return self.stepping.backward(transaction, phase, delay_ps)

    def _check(self, transaction: Transaction) -> None:
        if self.config.coprocessor_errors == "trap":
            raise ProtocolError(
                f"{self.path}: {KIND_NAMES[transaction.kind]} of {transaction.address:#x} was"
                f" answered with {transaction.response.name} at {self.now_ps} ps; check that a"
                " co-processor has this address"
            )
        self.bus_errors.add()

    @process
    def run(self) -> Steps:
        """Step when something is due."""
        yield from self.stepping.run()

    @process
    def listen(self) -> Steps:
        """Note a request for an interrupt; it is due from the next clock edge on."""
        while self.interrupt.is_bound:
            yield self.interrupt.posedge
            state = self.state[0]
            soonest = self.clock.cycles_until(self.now_ps + 1)
            due = min(int(state.interrupt_cycle), max(soonest, int(state.interrupt_end)))
            state.interrupt_cycle = due
            if not state.finished and due >= soonest:
                state.next_cycle = min(int(state.next_cycle), due)
                self.stepping.wake.notify_at(self.clock.edge(due))

    def load(
        self, program: Iterable[Records], layers: Sequence[str] = (), *, warms_up: bool = False
    ) -> None:
        """Start a program, given as chunks of INSTRUCTION records; the last one ends with END.

        `layers` names the marks, by their numbers. If it `warms_up`, nothing that is fetched
        before the first mark is passed waits for registers or for wrongly predicted branches.
        Raises ProtocolError while another program runs.
        """
        state = self.state[0]
        if not state.finished:
            raise ProtocolError(
                f"{self.path}: a program is running at {self.now_ps} ps; wait for `finished`"
            )
        self._names, self._marks_seen = layers, int(state.marks_made)
        self.supply.begin(program)
        self.tables.start(self.clock.cycles_until(self.now_ps), self.clock)
        state.warming = int(warms_up)
        self.program.begin("program")
        self.stepping.wake.notify_at(int(state.start_ps))

    @property
    def finish_ps(self) -> int:
        """When the last program ended; 0 before."""
        return int(self.state[0].finish_ps)

    @property
    def passed(self) -> Records:
        """The marks passed so far, as (marks,) of MARK."""
        return self.tables.marks[: int(self.state[0].marks_made)]

    @property
    def results(self) -> Records:
        """What co-processor loads brought so far, as (loads,) of RESULT."""
        return self.tables.results[: int(self.state[0].results_made)]

    def watch(self) -> bool:
        """Feed the core, start a sleep, pass marks; return whether to step again."""
        for sink in self.sinks:
            sink()
        item = self._item  # far faster than attributes of a record
        if item(HUNGRY):
            self.supply.refill()
            return True
        if item(IMAC_BUSY) and item(IMAC_KIND) == WAIT_IMAC:
            self._start_wait()
        if item(MARKS_MADE) != self._marks_seen:
            self._pass_marks()
        if item(FINISHED) and self.program.value is not None:
            self._end_program()
        return False

    def rests(self) -> bool:
        """Return whether no access of the co-processor is under way and no mark is being told."""
        marks = self.passed
        told_ps = int(marks[-1].start_ps) + MARK_DELAY_PS if len(marks) else -1
        return not self.state[0].imac_busy and told_ps < self.now_ps

    def keep(self) -> dict[str, Any]:
        """Return how many marks were shown and how much of the program was taken."""
        return {"marks_seen": self._marks_seen, "taken": self.supply.taken}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept; the program goes on behind what was taken."""
        self._marks_seen, self.supply.taken = kept["marks_seen"], kept["taken"]

    def _start_wait(self) -> None:
        """Take a WAIT_IMAC out of the co-processor's outbox and wait here instead."""
        wires = self.stepping.wires
        outbox = int(self.stepping.ports[COPROCESSOR_PORT].outbox)
        if not wires.links[outbox].count:
            return
        request = head(wires, outbox)
        delay_ps, address = int(request.when_ps) - self.now_ps, int(request.address)
        value = int(request.value)
        pop(wires, outbox)
        self._tell(WAIT_IMAC, self.now_ps + delay_ps)
        if value:
            self.spawn(self._poll(delay_ps, address, Poll.unpacked(value)))
        elif self.completion.is_bound:
            self.spawn(self._sleep(delay_ps))
        else:
            raise ProtocolError(f"{self.path}.completion must be bound for a program that waits")

    def _sleep(self, delay_ps: int) -> Steps:
        """Wait until the codes may be read, then let the core go on at its next edge."""
        yield delay_ps
        with self.asleep("asleep"):
            while not self.completion.value:
                yield self.completion.changed
        self._go_on(1)

    def _poll(self, delay_ps: int, address: int, poll: Poll) -> Steps:
        """Load, compare and branch until the value is there; count what the loop executes."""
        yield delay_ps
        config, clock, polls = self.config, self.clock, 0
        decided_cycles = config.latency.alu_cycles + config.latency.branch_cycles
        round_cycles = decided_cycles + RETIRE_CYCLES + config.imac_cycles
        sought = Sought(self.coprocessor, address, poll.until, self.now_ps)
        with self.polling(f"until {poll.until}"):
            while True:
                begun_cycle = clock.cycle_of(self.now_ps)
                access = Transaction(address, kind=LOAD_IMAC)
                yield from self.coprocessor.transport(access)
                if access.response < 0:
                    self._check(access)
                polls += 1
                if access.value == sought.value:
                    break
                again = clock.cycles_until(self.now_ps) + round_cycles
                yield clock.edge(max(again, begun_cycle + poll.period_cycles)) - self.now_ps
        self._count(polls, clock.cycle_of(self.now_ps) - clock.cycle_of(sought.since_ps))
        self._go_on(decided_cycles + config.redirect_cycles)

    def _count(self, polls: int, cycles: int) -> None:
        """Count a polling loop as the instructions it stands for, but for the wait itself."""
        state = self.state[0]
        state.instructions += INSTRUCTIONS_OF_A_POLL * polls - 1
        state.imac_loads += polls
        state.integers += polls
        state.branches += polls
        state.mispredicted += 1
        self.polls.add(polls)
        self.polled_cycles.add(cycles)

    def _go_on(self, cycles: int) -> None:
        """Let the core go on some edges from now."""
        when_ps = self.now_ps + self.cycles(cycles)
        inbox = int(self.stepping.ports[COPROCESSOR_PORT].inbox)
        send(self.stepping.wires, inbox, when_ps, REPLY, 0, 0, 0, 0)
        self._tell(REPLY, when_ps)
        self.stepping.wake.notify_at(when_ps)

    def _tell(self, kind: int, when_ps: int) -> None:
        """Tell of a wait, which never leaves the core, as of a transaction."""
        exchange = self.stepping.exchanges[COPROCESSOR_PORT]
        if exchange is not None and exchange.audience.size:
            exchange.hear(when_ps, kind, 0, 0)

    def _pass_marks(self) -> None:
        """Show the marks passed in this step."""
        made = int(self.state[0].marks_made)
        if self.layer.value is not None:
            self.layer.end()
        number = int(self.tables.marks[made - 1].number)
        self.mark.set(number)
        names = self._names
        self.layer.begin(names[number] if number < len(names) else f"mark {number}")
        self._marks_seen = made
        self.marked.notify_after(MARK_DELAY_PS)

    def _end_program(self) -> None:
        if self.layer.value is not None:
            self.layer.end()
        self.program.end()
        self.finished.notify()

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        counted = counters(self.state)
        asleep = counters(self.attribution)("imac")
        awake = counted("cycles") - asleep + self.polled_cycles.value
        turned = counted("mispredicted")
        redirected = turned * self.config.redirect_cycles
        return [
            *(
                Term(cause, counted(field), unit, {constant: 1})
                for cause, field, unit, constant in OPERATIONS
            ),
            Term("clock", awake - redirected, "cycles", {"active_cycle_pj": 1}),
            Term(
                "clock", turned, "wrong predictions", {"active_cycle_pj": 1, "redirect_cycles": 1}
            ),
            Term("leakage", self.now_ps / PS_PER_NS, "ns", {"leakage_mw": 1}, over_time=True),
        ]

    def delays(self) -> list[Term]:
        """Return by how much constants have delayed the program until now, in ps."""
        state, cycle_ps = self.state[0], PS_PER_S / self.clock.hz
        accesses = int(state.imac_stores + state.imac_loads)
        return [
            Term("prediction", int(state.mispredicted) * cycle_ps, "ps", {"redirect_cycles": 1}),
            Term("hand-off", accesses * cycle_ps, "ps", {"imac_cycles": 1}),
        ]
