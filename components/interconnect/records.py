"""Records of the memory bus: everything it knows between two steps."""

from cosim.compiled import record

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
    "unmapped",  # 1 once a request went nowhere
    "unmapped_address",
    "requests",
    "replies",
    "request_busy_cycles",
    "reply_busy_cycles",
    "last_port",
    "last_address",
)
"""The bus itself."""

SLOT = record("port", "tag", "used")
"""A request under way: who asked, and under which tag."""

ROUND_ROBIN, FIXED_PRIORITY = 1, 0
