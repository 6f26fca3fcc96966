"""Breaks the rules of saved state one by one, and prints which of them somebody notices.

Run it with NUMBA_DISABLE_JIT=1: it changes functions that are else compiled.
"""

from collections.abc import Callable
from typing import Any

from components.power import behaviour, slots
from components.power.records import SLOTS, Unit
from tests.components import small_machine
from tests.components.power_rig import LIMIT_PS, joined, mains, outcome, unit
from tests.components.small_machine import SmallMachine

PERIOD = "periodic_nv:operations=7"
EVENTS = 110
"""Intervals of one inference and a half, in each of which one run is cut off."""


FIRST_SAVE = 1 + 25 + 3 * 2 + 7
"""Number of the first save of the second layer: a wake-up, a layer with three saves, 7 operations.
It is written over a slot of the first layer that counts."""

SEEDS = 30


def is_noticed() -> bool:
    """Return whether a result is wrong, nothing comes of a run, or a torn slot is trusted."""
    schedules = [((event, event + 4 + event % 3), event) for event in range(EVENTS)]
    schedules += [((FIRST_SAVE,), seed) for seed in range(SEEDS)]
    if any(_goes_wrong(forced, seed) for forced, seed in schedules):
        return True
    return not (_waits_for_the_contents() and _keeps_the_older_slot())


def _goes_wrong(forced: tuple[int, ...], seed: int) -> bool:
    machine = SmallMachine()
    try:
        found = outcome(mains(PERIOD), machine=machine, forced=forced, inferences=2, seed=seed)
    except (IndexError, OverflowError):
        return True
    return machine.outputs() != machine.expected() or found.useful_operations != 150


def _waits_for_the_contents() -> bool:
    """Return whether the flag of a slot says nothing until all else is written."""
    run = joined(mains(PERIOD))
    while not run.supply[0].saves:
        before = unit(run)
        run.now_ps = run.step(run.bundle.address, run.now_ps)
        has_flag = before.slots[slots.slot_words(before) - slots.TAIL] != 0
        if has_flag and not run.supply[0].saves:
            return False
    return True


def _keeps_the_older_slot() -> bool:
    """Return whether something is left to go on from while the second save is cut off."""
    run = joined(mains(PERIOD), forced=(1 + 7 + 2 + 7,))
    found = run.until(LIMIT_PS)
    return found.restores == 1


def _no_checksum() -> None:
    slots.checksum = lambda of, slot: of.slots[slot * slots.slot_words(of) + slots.CHECKSUM]


def _flag_first() -> None:
    write = slots.write

    def flagged(of: Unit, tears: bool) -> bool:
        is_new = write(of, tears)
        slots.confirm(of, False)
        return is_new

    behaviour.write = flagged  # type: ignore[attr-defined]


def _one_slot() -> None:
    slots.SLOTS = 1  # type: ignore[misc]


def _any_layer() -> None:
    _accept("layer")


def _any_inference() -> None:
    _accept("job")


def _accept(tag: str) -> None:
    """Let slots be of use whatever their tag says."""
    newest = slots.newest
    place = slots.LAYER_OF if tag == "layer" else slots.JOB

    def untagged(of: Unit) -> int:
        kept = of.slots.copy()
        for slot in range(SLOTS):
            first = slot * slots.slot_words(of)
            if slots.counts(of, slot):
                of.slots[first + place] = of.progress.layer if tag == "layer" else of.supply.job
                of.slots[first + slots.CHECKSUM] = slots.checksum(of, slot)
        found = newest(of)
        of.slots[:] = kept
        return int(found)

    slots.newest = untagged


def _stale_rows() -> None:
    SmallMachine.resume_saved = staticmethod(lambda address: None)


def _no_restore() -> None:
    behaviour.restore = lambda of, slot: None  # type: ignore[attr-defined]


MUTANTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "no_checksum": _no_checksum,
    "flag_first": _flag_first,
    "one_slot": _one_slot,
    "any_layer": _any_layer,
    "any_inference": _any_inference,
    "stale_rows": _stale_rows,
    "no_restore": _no_restore,
}


def main() -> None:
    """Try every mutant, with everything else as it is."""
    for name, mutate in MUTANTS.items():
        kept: list[tuple[Any, dict[str, Any]]] = [
            (where, dict(vars(where))) for where in (slots, behaviour, small_machine)
        ]
        resumes = SmallMachine.resume_saved
        mutate()
        print(name, "noticed" if is_noticed() else "unnoticed", flush=True)
        for where, names in kept:
            vars(where).update(names)
        SmallMachine.resume_saved = staticmethod(resumes)


if __name__ == "__main__":
    main()
