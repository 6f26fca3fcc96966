"""A bell that starts an array job: a contract and a module that follows it."""

from cosim import Module, Steps
from cosim.protocol import Contract, event, follows, role, state, timing


class Ring(Contract):
    """One job per ring of the bell."""

    core = role("rings, and reads the result")
    array = role("does the job")

    IDLE = state("nothing to do")
    BUSY = state("a job runs")
    DONE = state("the result may be read")

    ring = event("the bell is rung", IDLE >> BUSY, DONE >> BUSY, by=core)
    finish = event("the result is there", BUSY >> DONE, by=array)
    read = event("the result is read", DONE.stays, by=core)

    job = timing("from bell to result", ring, finish, at_least_cycles=4, at_most_ps=100_000)


class Bell(Module):
    """Rings every given number of ps and then does a job."""

    hand_off = follows(Ring)

    def one_job(self, work_ps: int) -> Steps:
        """Ring, work, finish."""
        self.hand_off.ring()
        yield work_ps
        self.hand_off.finish()
