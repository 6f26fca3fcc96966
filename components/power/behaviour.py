"""The step of an intermittent supply: an operation, a save, a wait, and what failing does to it.

A machine and its supply take turns: `begin` starts an interval and settles what it costs, so that
it is known when it ends and whether the power lasts; at its end it either has happened
(`complete`) or has not (`fail`).

Models:     an operation is cut off where the charge reaches V_off. Each cell that it wrote is then
            old or new, volatile state is poison, and what was done since the last point is lost.
            Saved state is written in two steps, the flag last. Failures may also be forced, by
            number of the interval. No progress for many outages, or no charge, ends the run.
Leaves out: a regulator between capacitor and machine; operations that overlap each other.
Source:     policies and thresholds: Hibernus, IEEE ESL 7 (1), 2015; Mementos, ASPLOS 2011.
Checked by: tests/components/test_power_outages.py, tests/components/test_power_energy.py
"""

from components.power.capacitor import flow, segment_end_ps, time_to
from components.power.policies import GO_ON, SAVE_AND_SLEEP, ask_policy
from components.power.records import (
    CONFIRMING,
    DARK,
    ENDED,
    FINISHED,
    FROM_SAVED,
    FROM_START,
    LAYER,
    LIVELOCK,
    OFF,
    RESTORING,
    RUNNING,
    SAVING,
    SLEEPING,
    START,
    UNKNOWN_FJ,
    WAKING,
    Unit,
    unit_at,
)
from components.power.slots import NONE, confirm, look, restore, torn, write
from cosim.compiled import call_plugged, compiled, inlined, outlined
from cosim.messages import FOREVER
from cosim.retention import lose_power


@compiled
def step(address: int, now_ps: int) -> int:
    """Do what is due; return when the next interval ends, FOREVER when all is over."""
    unit = unit_at(address)
    supply = unit.supply
    if supply.phase == ENDED:
        return FOREVER
    if now_ps < supply.due_ps:
        return supply.due_ps
    if supply.is_failing:
        fail(unit)
    else:
        complete(unit)
    if supply.phase == ENDED:
        return FOREVER
    begin(unit, now_ps)
    return supply.due_ps


@compiled
def advance(address: int, now_ps: int, until_ps: int, most: int) -> int:
    """Step until a time, the end, or `most` steps; return when the next step is due."""
    for _ in range(most):
        if now_ps > until_ps or now_ps == FOREVER:
            break
        now_ps = step(address, now_ps)
    return now_ps


@outlined
def begin(unit: Unit, now_ps: int) -> None:
    """Start the interval of the phase."""
    supply, charge = unit.supply, unit.charge
    supply.begun_ps, supply.is_failing, supply.is_crossing = now_ps, 0, 0
    if supply.phase in (OFF, SLEEPING):
        wait(unit)
        return
    supply.is_forced = 0
    if supply.cursor < unit.forced.shape[0] and unit.forced[supply.cursor] == supply.event:
        supply.cursor += 1
        supply.is_forced = 1
    supply.event += 1
    if supply.phase == RUNNING:
        operate(unit)
    elif supply.phase == WAKING:
        span_ps = min(supply.wake_left_ps, supply.tick_ps)
        spend(unit, span_ps, charge.wake_cost_fj * span_ps / supply.wake_ps)
        charge.wake_fj += charge.step_fj
    elif supply.phase == RESTORING:
        spend(unit, supply.restore_ps, charge.restore_cost_fj)
        charge.restore_fj += charge.step_fj
    elif supply.phase == SAVING:
        changed_fj = charge.changed_cost_fj * unit.progress.changed_bits
        spend(unit, supply.save_ps, charge.save_cost_fj + changed_fj)
        charge.checkpoint_fj += charge.step_fj
    else:
        spend(unit, supply.confirm_ps, charge.confirm_cost_fj)
        charge.checkpoint_fj += charge.step_fj


@inlined
def operate(unit: Unit) -> None:
    """Let the machine do one operation, and count it."""
    supply, charge, progress = unit.supply, unit.charge, unit.progress
    now_ps = supply.begun_ps
    before_fj, before = progress.energy_fj, progress.operations
    next_ps = call_plugged(supply.step, now_ps, (supply.machine, now_ps))
    supply.is_last = int(next_ps == FOREVER)
    span_ps = 1 if supply.is_last else next_ps - now_ps
    spend(unit, span_ps, float(progress.energy_fj - before_fj))
    done = progress.operations - before
    supply.operations += done
    if progress.repairs:
        charge.restore_fj += charge.step_fj
        return
    supply.position += done
    supply.since += done
    charge.position_fj += charge.step_fj


@outlined
def spend(unit: Unit, span_ps: int, cost_fj: float) -> None:
    """Settle an interval with power on: it ends early, failing, where the charge runs out."""
    supply, charge = unit.supply, unit.charge
    stored_fj, harvested_fj, leaked_fj = charge.stored_fj, charge.harvested_fj, charge.leaked_fj
    segment, lap_ps = supply.segment, supply.lap_ps
    wanted_fj = cost_fj + charge.static_fj_per_ps * span_ps
    flow(unit, supply.begun_ps, span_ps)
    supply.is_failing = supply.is_forced
    spare_fj = charge.stored_fj - charge.off_fj
    if spare_fj < wanted_fj:
        flown_fj = charge.stored_fj - stored_fj
        share = max(stored_fj - charge.off_fj, 0.0) / (wanted_fj - flown_fj)
        charge.stored_fj, charge.harvested_fj = stored_fj, harvested_fj
        charge.leaked_fj = leaked_fj
        supply.segment, supply.lap_ps = segment, lap_ps
        span_ps = max(int(share * span_ps), 1)
        flow(unit, supply.begun_ps, span_ps)
        wanted_fj = max(charge.stored_fj - charge.off_fj, 0.0)
        supply.is_failing = 1
    charge.stored_fj -= wanted_fj
    charge.step_fj = wanted_fj
    supply.due_ps = supply.begun_ps + span_ps


@outlined
def wait(unit: Unit) -> None:
    """Let the capacitor charge until a threshold, a change of the source, or the next look."""
    supply, charge = unit.supply, unit.charge
    now_ps, leak_ohm, leaked_fj = supply.begun_ps, charge.leak_ohm, charge.leaked_fj
    if supply.phase == SLEEPING:
        charge.leak_ohm = charge.asleep_ohm
    span_ps = min(supply.tick_ps, segment_end_ps(unit) - now_ps)
    if supply.phase == OFF and now_ps < supply.off_until_ps:
        span_ps = min(span_ps, supply.off_until_ps - now_ps)
    elif charge.stored_fj >= charge.on_fj:
        span_ps = 1
        supply.is_crossing = 1
    else:
        reach_ps = time_to(unit, charge.on_fj)
        if reach_ps < span_ps:
            span_ps = int(reach_ps) + 1
            supply.is_crossing = 1
    if supply.phase == SLEEPING:
        is_up = charge.stored_fj > charge.off_fj
        fall_ps = time_to(unit, charge.off_fj) if is_up else 0.0
        if fall_ps < span_ps:
            span_ps = int(fall_ps) + 1
            supply.is_crossing = 0
            supply.is_failing = 1
    lap_ps = supply.lap_ps
    flow(unit, now_ps, span_ps)
    charge.leak_ohm = leak_ohm
    if supply.phase == SLEEPING:
        kept_fj = charge.sleep_share * (charge.leaked_fj - leaked_fj)
        charge.sleep_fj += kept_fj
        charge.leaked_fj -= kept_fj
    supply.due_ps = now_ps + span_ps
    supply.off_ps += span_ps
    if supply.lap_ps != lap_ps:
        if not supply.is_crossing and charge.stored_fj <= charge.lap_fj:
            supply.phase, supply.end = ENDED, DARK
        charge.lap_fj = charge.stored_fj


@outlined
def complete(unit: Unit) -> None:
    """Take note of an interval that has happened, and choose the next phase."""
    supply, charge = unit.supply, unit.charge
    if supply.phase == OFF:
        if supply.is_crossing:
            supply.phase, supply.is_good = WAKING, 1
            supply.wakes += 1
            supply.wake_left_ps = supply.wake_ps
    elif supply.phase == SLEEPING:
        if supply.is_crossing:
            supply.phase = RUNNING
    elif supply.phase == WAKING:
        supply.wake_left_ps -= supply.due_ps - supply.begun_ps
        if supply.wake_left_ps <= 0:
            go_on(unit)
    elif supply.phase == RESTORING:
        restore(unit, supply.point)
        call_plugged(supply.resume_saved, None, (supply.machine,))
        supply.restores += 1
        supply.phase = RUNNING
    elif supply.phase == SAVING:
        save(unit, False)
        supply.phase = CONFIRMING
    elif supply.phase == CONFIRMING:
        confirm(unit, False)
        supply.saves += 1
        supply.since = 0
        charge.lap_fj = UNKNOWN_FJ
        supply.phase = SLEEPING if supply.sleeps_next else RUNNING
    elif supply.is_last:
        finish(unit)
    else:
        settle_row(unit, False)
        note_layer(unit)
        consult(unit)


@inlined
def note_layer(unit: Unit) -> None:
    """Take note of a layer that is committed: a point to go on from."""
    supply = unit.supply
    if unit.progress.layer != supply.layer:
        supply.layer = unit.progress.layer
        supply.since = 0
        mark(unit, LAYER)


@inlined
def consult(unit: Unit) -> None:
    """Ask the policy whether to save now."""
    supply, charge = unit.supply, unit.charge
    left_fj = int(charge.stored_fj - charge.off_fj)
    answer = ask_policy(supply.decide, supply.since, left_fj, unit.progress.trigger, unit.numbers)
    if answer != GO_ON:
        supply.sleeps_next = int(answer == SAVE_AND_SLEEP)
        supply.phase = SAVING


@inlined
def save(unit: Unit, tears: bool) -> None:
    """Write a slot, and remember how far the inference is in it."""
    if write(unit, tears):
        mark(unit, unit.supply.slot)


@inlined
def mark(unit: Unit, point: int) -> None:
    """Remember how far the inference is at a point."""
    unit.marks[point].operations = unit.supply.position
    unit.marks[point].energy_fj = unit.charge.position_fj


@inlined
def finish(unit: Unit) -> None:
    """End the inference; begin the next one, if there is one."""
    supply = unit.supply
    supply.job += 1
    supply.stuck, supply.furthest = 0, supply.position
    if supply.job == supply.jobs:
        supply.phase, supply.end = ENDED, FINISHED
        return
    mark(unit, START)
    begin_inference(unit)


@inlined
def begin_inference(unit: Unit) -> None:
    """Begin at the first layer."""
    supply = unit.supply
    call_plugged(supply.restart, None, (supply.machine,))
    settle_row(unit, False)
    supply.layer, supply.since = unit.progress.layer, 0
    mark(unit, LAYER)
    supply.phase = RUNNING


@inlined
def go_on(unit: Unit) -> None:
    """Go on from the point that was fallen back to."""
    supply = unit.supply
    if supply.point == START:
        begin_inference(unit)
    elif supply.point == LAYER:
        call_plugged(supply.resume_layer, None, (supply.machine,))
        supply.phase = RUNNING
    else:
        supply.phase = RESTORING
    supply.since = 0


@outlined
def fail(unit: Unit) -> None:
    """Lose power: what was under way is torn, volatile state is lost, work since a point too."""
    supply = unit.supply
    supply.outages += 1
    supply.forced_outages += supply.is_forced
    supply.is_forced = 0
    if supply.phase == RUNNING and not supply.is_last:
        settle_row(unit, True)
        call_plugged(supply.recall, None, (supply.machine,))
        note_layer(unit)
    elif supply.phase == SAVING:
        save(unit, True)
        supply.torn += 1
    elif supply.phase == CONFIRMING:
        confirm(unit, True)
        supply.torn += 1
    lose_power(unit.volatile, unit.places)
    fall_back(unit)
    supply.phase, supply.is_good = OFF, 0
    unit.charge.lap_fj = UNKNOWN_FJ
    supply.off_until_ps = supply.due_ps + supply.outage_ps
    if supply.position > supply.furthest:
        supply.furthest, supply.stuck = supply.position, 0
    supply.stuck += 1
    if supply.stuck > supply.patience:
        supply.phase, supply.end = ENDED, LIVELOCK


@inlined
def fall_back(unit: Unit) -> None:
    """Choose the point to go on from; what was done since is lost."""
    supply, charge = unit.supply, unit.charge
    supply.point = LAYER
    if supply.goes_on_from == FROM_START:
        supply.point = START
    elif supply.goes_on_from == FROM_SAVED:
        look(unit)
        if supply.kept != NONE:
            supply.point = supply.kept
    reached = unit.marks[supply.point]
    supply.lost_operations += supply.position - reached.operations
    charge.wasted_fj += charge.position_fj - reached.energy_fj
    supply.position, charge.position_fj = reached.operations, reached.energy_fj


@inlined
def settle_row(unit: Unit, tears: bool) -> None:
    """Take note of the row that the step wrote, or of what is there when it was cut off."""
    progress = unit.progress
    for place in range(progress.row_first, progress.row_first + progress.row_words):
        if tears:
            unit.memory[place] = torn(unit.supply, unit.shadow[place], unit.memory[place])
        unit.shadow[place] = unit.memory[place]
