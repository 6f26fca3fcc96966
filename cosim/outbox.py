"""Taking what a part has sent out of its queues, for sockets to carry it.

Checked by: tests/kernel/test_stepping.py
"""

from cosim.compiled import Records, compiled
from cosim.display import differ
from cosim.messages import FOREVER, Wires, arrival_ps, head, pop

CHANGED = 1 << 16
"""Added to the number of rows if a number that is shown has changed."""


@compiled
def collect(wires: Wires, ports: Records, now_ps: int, sent: Records, sights: Records) -> int:
    """Take what the outboxes hold, as far as `sent` has rows; return how many rows.

    CHANGED is added if one of the `sights` is not what it was the last time.
    A row is port number, time of arrival, kind, address, size, tag, value. The time after the last
    row is that of the next message that is still on its way to an inbox.
    """
    rows = 0
    soonest_ps = FOREVER
    for number in range(ports.shape[0]):
        port = ports[number]
        when_ps = arrival_ps(wires, port.inbox)
        if now_ps < when_ps < soonest_ps:
            soonest_ps = when_ps
        while rows < sent.shape[0] - 1 and wires.links[port.outbox].count > 0:
            message = head(wires, port.outbox)
            row = sent[rows]
            row[0] = number
            row[1] = message.when_ps
            row[2] = message.kind
            row[3] = message.address
            row[4] = message.size_bytes
            row[5] = message.tag
            row[6] = message.value
            pop(wires, port.outbox)
            rows += 1
    sent[rows, 1] = soonest_ps
    return rows + CHANGED * differ(sights)
