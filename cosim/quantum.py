"""Temporal decoupling: an initiator runs ahead of simulated time, up to a quantum.

    keeper = QuantumKeeper(self.env, quantum_ps=1_000_000)
    ...
    keeper.inc(work_ps)
    yield from keeper.transport(self.mem, transaction)
    if keeper.need_sync:
        yield from keeper.sync()

Sync points are whole multiples of the quantum in absolute time, so keepers with one quantum meet.
There is no global quantum: whoever builds the system gives the same number to each keeper.
Source:     IEEE 1666-2011, 16.2 and 16.3 (tlm_global_quantum, tlm_quantumkeeper).
Checked by: tests/kernel/test_quantum.py, tests/kernel/test_systemc_quantum.py
"""

from cosim.environment import Environment
from cosim.process import Steps
from cosim.sockets import InitiatorSocket
from cosim.transaction import Transaction
from cosim.units import check_ps


class QuantumKeeper:
    """The local time of one initiator.

    `local_ps` is how far it is ahead of simulated time. With `quantum_ps` 0 it synchronises at
    every step. Raises TimeError for a negative quantum or local time.
    """

    def __init__(self, env: Environment, quantum_ps: int) -> None:
        check_ps("QuantumKeeper.quantum_ps", quantum_ps)
        self.env = env
        self.quantum_ps = quantum_ps
        self.local_ps = 0
        self._next_sync_ps = 0
        self.reset()

    @property
    def current_ps(self) -> int:
        """The initiator's own time: simulated time plus local time."""
        return self.env.now + self.local_ps

    @property
    def need_sync(self) -> bool:
        """Whether its own time has reached the next sync point."""
        reached: bool = self.env._now + self.local_ps >= self._next_sync_ps
        return reached

    def inc(self, duration_ps: int) -> None:
        """Run ahead by a duration."""
        self.set(self.local_ps + duration_ps)

    def set(self, local_ps: int) -> None:
        """Set how far it is ahead."""
        if local_ps < 0:
            check_ps("QuantumKeeper.local_ps", local_ps)
        self.local_ps = local_ps

    def reset(self) -> None:
        """Be at simulated time again and find the next sync point."""
        self.local_ps = 0
        self._next_sync_ps = self.env.now + self.compute_local_quantum()

    def compute_local_quantum(self) -> int:
        """Return how many ps are left from simulated time to the next multiple of the quantum."""
        if self.quantum_ps == 0:
            return 0
        return self.quantum_ps - self.env.now % self.quantum_ps

    def sync(self) -> Steps:
        """Wait until simulated time has caught up."""
        yield self.local_ps
        self.reset()

    def set_and_sync(self, local_ps: int) -> Steps:
        """Set how far it is ahead, and wait if a sync point is reached."""
        self.set(local_ps)
        if self.need_sync:
            yield from self.sync()

    def transport(self, socket: InitiatorSocket, transaction: Transaction) -> Steps:
        """Carry a transaction out at the initiator's own time; what it takes is added to it."""
        transaction.delay_ps = self.local_ps
        steps = socket.b_transport(transaction)
        if steps is not None:
            yield from steps
        self.local_ps, transaction.delay_ps = transaction.delay_ps, 0
