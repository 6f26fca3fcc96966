"""Breaks the rules of saved state one by one, and prints which of them somebody notices.

Run it with NUMBA_DISABLE_JIT=1: it changes functions that are else compiled.
"""

from collections.abc import Callable
from typing import Any

from components.power import behaviour, slots
from components.power.records import SLOTS, Unit
from tests.components import small_machine
from tests.components.power_rig import LIMIT_PS, joined, mains, unit
from tests.components.small_machine import SmallMachine

PERIOD = "periodic_nv:operations=7"
EVENTS = 110
"""Intervals of one inference and a half, in each of which one run is cut off."""


FIRST_SAVE = 1 + 25 + 3 * 2 + 7
"""Number of the first save of the second layer: a wake-up, a layer with three saves, 7 operations.
It is written over a slot of the first layer that counts."""

SEEDS = 30

ENOUGH_PS = 100_000_000
"""ps; three wake-ups of 10 us and two inferences take 36 us, and lost state may go on for ever."""

NEXT_INFERENCE = 1 + 25 + 3 * 2 + 1 + 3
"""Number of the fourth operation of the second inference of a machine of one layer."""


def is_noticed() -> bool:
    """Return whether a result is wrong, nothing comes of a run, or a torn slot is trusted."""
    schedules: list[tuple[tuple[int, ...], int]] = [
        ((event, event + 4 + event % 3), event) for event in range(EVENTS)
    ]
    schedules += [((FIRST_SAVE,), seed) for seed in range(SEEDS)]
    is_wrong = any(_goes_wrong(forced, seed) for forced, seed in schedules)
    if is_wrong or _goes_wrong((NEXT_INFERENCE,), 0, layers=1):
        return True
    return not (_waits_for_the_contents() and _keeps_the_older_slot())


def _goes_wrong(forced: tuple[int, ...], seed: int, layers: int = 3) -> bool:
    machine = SmallMachine(layers=layers)
    try:
        run = joined(mains(PERIOD), machine=machine, forced=forced, inferences=2, seed=seed)
        found = run.until(ENOUGH_PS)
    except (IndexError, OverflowError):
        return True
    useful = 2 * machine.operations
    return machine.outputs() != machine.expected() or found.useful_operations != useful


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
    def checksum(of: Unit, slot: int) -> int:
        return int(of.slots[slot * slots.slot_words(of) + slots.CHECKSUM])

    vars(slots)["checksum"] = checksum


def _flag_first() -> None:
    write = slots.write

    def flagged(of: Unit, tears: bool) -> bool:
        is_new = write(of, tears)
        slots.confirm(of, False)
        return is_new

    vars(behaviour)["write"] = flagged


def _one_slot() -> None:
    vars(slots)["SLOTS"] = 1


def _any_layer() -> None:
    _accept(slots.LAYER_OF, lambda of: int(of.progress.layer))


def _any_inference() -> None:
    _accept(slots.JOB, lambda of: int(of.supply.job))


def _accept(place: int, present: Callable[[Unit], int]) -> None:
    """Let slots be of use whatever a tag says: it is taken for the present one."""
    newest = slots.newest

    def untagged(of: Unit) -> int:
        kept = of.slots.copy()
        for slot in range(SLOTS):
            first = slot * slots.slot_words(of)
            if slots.counts(of, slot):
                of.slots[first + place] = present(of)
                of.slots[first + slots.CHECKSUM] = slots.checksum(of, slot)
        found = newest(of)
        of.slots[:] = kept
        return int(found)

    vars(slots)["newest"] = untagged


def _stale_rows() -> None:
    SmallMachine.resume_saved = staticmethod(lambda address: None)


def _no_restore() -> None:
    vars(behaviour)["restore"] = lambda of, slot: None


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
