"""A cache, or a translation look-aside buffer, as a module around behaviour.py.

Models:     see behaviour.py; energy as counts of reads, writes and fills times an energy each.
Leaves out: energy of tags told apart from data; clock gating.
Source:     numbers: config.py
Checked by: tests/components/test_cache.py, tests/modes/
"""

from collections.abc import Sequence

from components.cache.behaviour import step
from components.cache.config import CacheConfig, TlbConfig
from components.cache.hierarchy import inner_ports
from components.cache.records import TYPES
from components.cache.tables import connect, new_tables
from cosim import (
    Phase,
    Steps,
    Sync,
    Transaction,
    gauge,
    held,
    initiator_socket,
    process,
    target_socket,
)
from cosim.activity import Term, counters
from cosim.consumer import Consumer
from cosim.display import Display, numbers
from cosim.stepping import Stepping
from cosim.units import PS_PER_NS


class Cache(Consumer):
    """One level of cache, or of translation look-aside buffers, between others."""

    config: CacheConfig | TlbConfig

    above = target_socket("who asks: core, caches or page walks, in this order", many=True)
    below = initiator_socket("where misses and write-backs go")
    translator = initiator_socket("what translates the addresses from above", optional=True)

    accesses = held("loads, stores and fetches", record="state", field="accesses")
    fetches = held("instruction fetches among them", record="state", field="fetches")
    writes = held("stores among them", record="state", field="writes")
    hits = held("accesses that found their line", record="state", field="hits")
    misses = held("accesses that asked below", record="state", field="misses")
    merges = held("accesses that joined a miss", record="state", field="merges")
    joined = held("requests that shared a look-up", record="state", field="joined")
    stalls = held("look-ups that found no room", record="state", field="stalls")
    fills = held("lines brought from below", record="state", field="fills")
    evictions = held("lines that made room", record="state", field="evictions")
    writebacks = held("dirty lines sent below", record="state", field="sent_back")
    written_back = held("lines that came back from above", record="state", field="written_back")
    invalidations = held(
        "lines that left and were taken away above", record="state", field="invalidations"
    )
    invalidated = held("lines taken away by the level below", record="state", field="invalidated")
    changed_above = held(
        "clean lines that left with changes from above", record="state", field="changed_above"
    )
    prefetches = held("lines fetched ahead", record="state", field="prefetches")
    prefetch_hits = held("first uses of these", record="state", field="prefetch_hits")
    prefetches_asked = held(
        "lines that the prefetcher asked for", record="state", field="prefetches_asked"
    )
    prefetches_useless = held(
        "lines fetched ahead and never used", record="state", field="prefetches_useless"
    )
    prefetch_requests = held(
        "prefetches asked for by those above", record="state", field="prefetch_requests"
    )
    open_misses = gauge("misses under way", width_bits=7)
    miss = gauge("1 for the cycle that found a miss")
    miss_address = gauge("address of the last miss", width_bits=48)

    def build(self) -> None:
        """Make the records."""
        self.tables = new_tables(self.config, self.clock)
        self.state = self.tables.state
        self._misses_seen = 0
        self.stepping = Stepping(
            self,
            step,
            self.state,
            self.tables[1:],
            (self.above, self.below, self.translator),
            display=Display(
                (self.open_misses, self.miss, self.miss_address),
                numbers(self.state, ("open_misses", "misses", "miss_address")),
                self.show,
                catch_up=self.catch_up,
            ),
        )

    def end_of_elaboration(self) -> None:
        """Join the behaviour to the sockets that are bound."""
        self.stepping.connect()
        translates = bool(self.translator.links)
        connect(self.state, len(self.above.links), translates, inner_ports(self))

    @above.on_forward
    def request(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a request."""
        return self.stepping.forward(self.above, transaction, phase, delay_ps)

    @below.on_backward
    def reply(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a reply."""
        return self.stepping.backward(transaction, phase, delay_ps)

    @translator.on_backward
    def translated(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a translation."""
        return self.stepping.backward(transaction, phase, delay_ps)

    @process
    def run(self) -> Steps:
        """Step when something is due."""
        yield from self.stepping.run()

    def show(self, when_ps: int, seen: Sequence[int]) -> None:
        """Show what a step changed."""
        open_misses, misses, miss_address = seen
        self.open_misses.show(when_ps, open_misses)
        self.miss_address.show(when_ps, miss_address)
        if misses != self._misses_seen:
            self._misses_seen = misses
            self.miss.show(when_ps, 1)
            self.miss.show_later(self.clock.edge_after(when_ps, 1), 0)

    def catch_up(self) -> None:
        """Take misses that nobody saw as shown."""
        self._misses_seen = int(self.state[0].misses)

    @property
    def by_type(self) -> dict[str, dict[str, int]]:
        """Look-ups by type and outcome, as ChampSim prints them; misses include merged ones."""
        names = self.tables.counts.dtype.names or ()
        return {
            type_: {name: int(row[name]) for name in names}
            for type_, row in zip(TYPES, self.tables.counts, strict=True)
        }

    @property
    def mean_miss_cycles(self) -> float:
        """Cycles from miss to fill, prefetches left out; 0 without misses."""
        return float(self.state[0].miss_cycles) / max(1, int(self.state[0].missed))

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        counted = counters(self.state)
        writes = counted("writes")
        reads = counted("accesses") - writes + counted("prefetch_requests")
        return [
            Term("reads", reads, "accesses", {"read_pj": 1}),
            Term("writes", writes, "accesses", {"write_pj": 1}),
            Term("fills", counted("fills"), "lines", {"write_pj": 1}),
            Term("write_backs_sent", counted("sent_back"), "lines", {"read_pj": 1}),
            Term("write_backs_taken", counted("written_back"), "lines", {"write_pj": 1}),
            Term("leakage", self.now_ps / PS_PER_NS, "ns", {"leakage_mw": 1}, over_time=True),
        ]
