"""Records of the memory bus: everything it knows between two steps."""

import numpy as np

from cosim.compiled import Records, record

BUS = record(
    "p",  # clock period, p/q ps
    "q",
    "initiators",  # ports above; the targets' ports follow
    "width_bytes",
    "latency_cycles",
    "round_robin",  # 1 round robin, 0 fixed priority
    "granted",  # port served last
    "request_free",  # first cycle at which the request channel is free
    "reply_free",  # first cycle at which the reply channel is free
    "open",  # requests that wait for their reply
    "free",  # first slot not in use, -1 if there is none
    "unmapped",  # 1 once a request went nowhere
    "unmapped_address",
    "requests",
    "replies",
    "request_busy_cycles",
    "reply_busy_cycles",
    "data_beats",  # cycles in which data were moved, on both channels
    "wait_ps",  # arrival of requests to their grant, all together
    "last_port",
    "last_address",
)
"""The bus itself."""

SLOT = record("next", "port", "tag", "is_write")
"""A request under way: who asked, under which tag, whether it wrote; or the next free slot."""

NOWHERE = -1
"""Port or slot that is not there."""

ROUND_ROBIN, FIXED_PRIORITY = 1, 0


def new_slots(count: int) -> Records:
    """Make `count` free slots; the first is slot 0."""
    slots = np.zeros(count, SLOT)
    slots["next"] = [*range(1, count), NOWHERE]
    return slots
