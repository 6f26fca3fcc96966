"""A run whose beginning is another one's: the same program, with another co-processor beside it.

Models:     until the core's first access, core and co-processor have nothing to do with each
            other. Core, caches, bus and memory go on from the checkpoint that another run left
            before it; what the co-processor does until then (it writes its weights, draws static
            power) is simulated in a machine whose core has no program. Both together are the
            checkpoint that a run of its own would have left, so results are the same, metric by
            metric.
Leaves out: faults, which strike from time 0 on.
Checked by: tests/modes/test_equal_prefix.py
"""

from collections.abc import Callable
from typing import Any

from components.imac.hand_off_check import HandOffCheck
from cosim import ConfigError, Simulator
from cosim.snapshot import Kept, resting, take
from scenarios.measures.energy_log import SETTLED_PS, Spent, spent_pj
from scenarios.running.checkpoint import Checkpoint, Story
from scenarios.scenario import RunOptions
from scenarios.soc import Soc

MARK = "transfer"
"""Stretch of the program that begins with the first access."""

ASIDE = ("soc.imac", "soc.coprocessor_bus")
"""Modules, and their configuration, that the core does not see before its first access."""

BOUND = ("soc.imac.enabled", "soc.imac.protocol")
"""Settings below these that decide the program, or what is bound to the core."""


class NotShared(ConfigError):
    """This run cannot begin where the other one came to its first access."""


def is_aside(path: str) -> bool:
    """Return whether a module or setting acts from the first access on."""
    below = any(path == one or path.startswith(f"{one}.") for one in ASIDE)
    return below and path not in BOUND


def shared(story: Story) -> Story:
    """Return what a run must have in common with another one whose beginning it takes."""
    return {name: told for name, told in story.items() if not is_aside(name)}


def continued(
    before: Checkpoint,
    story: Story,
    options: RunOptions[Any],
    machine: Callable[[Simulator], Soc],
) -> Checkpoint:
    """Return the checkpoint that this run would have left where `before` was taken.

    `machine` makes its machine, which here runs without a program.

    Raises NotShared, saying why, if it would have come there differently or cannot be kept there.
    """
    _check(before, story, options)
    spent: dict[int, dict[str, float]] = {}
    with Simulator(seed=options.seed) as simulator:
        soc = machine(simulator)
        assert soc.imac is not None
        check = HandOffCheck(soc.imac, raises=False)
        simulator.observe(check)
        for boundary_ps in sorted(before.run["spent_pj"]):
            simulator.run(until_ps=boundary_ps + SETTLED_PS)
            spent[boundary_ps] = spent_pj(soc)
        simulator.run(until_ps=before.now_ps)
        if not resting(simulator):
            raise NotShared(
                f"{soc.path}.imac must be idle at {before.now_ps} ps, where the other run was "
                "kept; it is busy there"
            )
        alone = take(simulator)
    merged = _merged(before.run["spent_pj"], spent)
    run = before.run | {"spent_pj": merged, "hand_off": check.keep()}
    return Checkpoint(story, _joined(before.machine, alone), run)


def _check(before: Checkpoint, story: Story, options: RunOptions[Any]) -> None:
    if before.run["accesses"]:
        raise NotShared("the other run must be kept before the first access; it was kept later")
    if not options.config.soc.imac.enabled:
        raise NotShared("soc.imac.enabled must be true for a first access, not false")
    if options.config.soc.faults.is_active:
        raise NotShared("soc.faults must be none, for they strike from time 0 on")
    apart = Checkpoint(shared(before.story), {}, {}).differences(shared(story))
    if apart:
        raise NotShared(f"the other run must be the same until the first access; {apart[0]}")


def _joined(core: Kept, alone: Kept) -> Kept:
    """Return a machine of the one's core side and the other's co-processor."""
    modules = {path: kept for path, kept in core["modules"].items() if not is_aside(path)}
    modules |= {path: kept for path, kept in alone["modules"].items() if is_aside(path)}
    pulses = [pulse for pulse in core["pulses"] if not is_aside(pulse[0])]
    pulses += [pulse for pulse in alone["pulses"] if is_aside(pulse[0])]
    return {"now_ps": core["now_ps"], "modules": modules, "pulses": pulses}


def _merged(core: Spent, alone: Spent) -> Spent:
    """Return energies by part, those of the co-processor from the machine in which it was alone."""
    return {
        when_ps: {
            part: (alone[when_ps] if is_aside(f"soc.{part}") else parts)[part] for part in parts
        }
        for when_ps, parts in core.items()
    }
