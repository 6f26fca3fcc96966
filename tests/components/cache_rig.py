"""A cache on a clock of 1 ns, with a memory behind it that always takes 50 ns."""

from typing import Any

from components.cache import CacheConfig
from components.cache.behaviour import step
from components.cache.tables import connect, new_tables
from cosim import Clock
from cosim.messages import PREFETCH, READ, REPLY, RFO, WRITE, WRITE_BACK
from tests.components.rig import Rig, Sent

NS = 1000
"""ps"""

MEMORY_NS = 50
LINE = 64
SMALL: dict[str, Any] = {
    "size_bytes": 2 * 4 * LINE, "ways": 2, "hit_cycles": 3, "fill_cycles": 1, "tags_per_cycle": 2,
    "mshrs": 4, "targets": 4, "write_backs": 2,
}  # fmt: skip
"""Four sets of two ways."""

SET = 4 * LINE
"""bytes; lines this far apart share a set."""


class CacheRig(Rig):
    """A small cache, asked at times in ns; every line below answers after `memory_ns`."""

    def __init__(
        self, *, above: int = 1, inner: int = 0, memory_ns: int = MEMORY_NS, **changes: Any
    ) -> None:
        config = CacheConfig(**{**SMALL, **changes})
        self.above = above
        super().__init__(
            step,
            new_tables(config, Clock(1_000_000_000)),
            above + 1,
            lambda sent: (memory_ns * NS, 0),
        )
        connect(self.state, above, translates=False, inner=inner)

    def ask(
        self,
        at_ns: float,
        address: int,
        tag: int = 0,
        *,
        kind: int = READ,
        port: int = 0,
        value: int = 0,
    ) -> None:
        """Let a request arrive from above."""
        size = LINE if kind == WRITE_BACK else 8
        self.deliver(port, round(at_ns * NS), kind, address, tag, size=size, value=value)

    def answered_ns(self, port: int = 0) -> dict[int, float]:
        """Return when each tag was answered, in ns."""
        replies = [sent for sent in self.sent if sent.kind == REPLY and sent.port == port]
        times = {sent.tag: sent.when_ps / NS for sent in replies}
        assert len(times) == len(replies), "every request is answered once"
        return times

    def below(self, *kinds: int) -> list[tuple[float, int]]:
        """Return when (in ns) and for what address the cache asked below."""
        wanted = kinds or (READ, RFO, WRITE, PREFETCH, WRITE_BACK)
        return [
            (sent.when_ps / NS, sent.address)
            for sent in self.sent
            if sent.port == self.above and sent.kind in wanted
        ]

    def count(self, name: str) -> int:
        """Return a counter."""
        return int(self.state[0][name])


def requests(sent: list[Sent]) -> list[Sent]:
    """Return what is no reply."""
    return [one for one in sent if one.kind != REPLY]
