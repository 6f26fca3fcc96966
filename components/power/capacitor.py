"""The capacitor between two moments: what flows in from the harvester, what leaks.

Models:     energy E = C/2 V^2. A power source delivers a power whatever the voltage; a Thevenin
            source charges through its series resistance and a diode that lets nothing back. Both
            are constant from one sample to the next, so the course in between is exact: an
            exponential of E or of V. At the limit the rest is not taken. A resistor leaks.
            Moments are whole ps; `span`, `left` and the like are parts of such an interval, in ps.
Leaves out: dielectric absorption; a converter's efficiency over voltage; what the load does to the
            course within an operation, for it is taken at the operation's end.
Source:     t = -R C ln((V_on - V_sup) / (V_init - V_sup)), recharge of an RC circuit, as in
            iNAS's capacitor model; E = C/2 (V_on^2 - V_off^2).
Checked by: tests/components/test_power_capacitor.py
"""

from math import expm1, inf, log, sqrt
from typing import Any

from components.power.records import FJ_PER_J, FJ_PER_PS_W, Unit
from cosim.compiled import inlined, outlined


@inlined
def volts(charge: Any) -> float:
    """Return the voltage now."""
    return sqrt(2.0 * charge.stored_fj / FJ_PER_J / charge.farad)


@inlined
def rate(farad: float, ohm: float) -> float:
    """Return 1 / (R C) per ps; 0 for no resistor."""
    return 0.0 if ohm == inf else 1e-12 / (ohm * farad)


@inlined
def segment_end_ps(unit: Unit) -> int:
    """Return when the source changes next."""
    supply = unit.supply
    return supply.lap_ps + unit.segments[supply.segment].until_ps


@outlined
def flow(unit: Unit, begin_ps: int, span_ps: int) -> None:
    """Let the source charge and the resistor leak for a while; it begins anew after its lap."""
    supply, end_ps = unit.supply, begin_ps + span_ps
    while True:
        change_ps = segment_end_ps(unit)
        piece(unit, min(end_ps, change_ps) - begin_ps)
        if end_ps < change_ps:
            return
        begin_ps = change_ps
        supply.segment += 1
        if supply.segment == unit.segments.shape[0]:
            supply.segment = 0
            supply.lap_ps = change_ps


@outlined
def piece(unit: Unit, span_ps: int) -> None:
    """Charge and leak while the source stays as it is."""
    charge = unit.charge
    left = float(span_ps)
    if charge.stored_fj < charge.full_fj:
        filled = time_to(unit, charge.full_fj)
        if filled >= left:
            course(unit, left)
            return
        course(unit, filled)
        left -= filled
        charge.stored_fj = charge.full_fj
    hold(unit, left)


@inlined
def hold(unit: Unit, span: float) -> None:
    """Stay at the limit as long as the source makes up for what leaks; else let it fall."""
    charge, level = unit.charge, unit.segments[unit.supply.segment].level
    leaks = 2.0 * rate(charge.farad, charge.leak_ohm) * charge.stored_fj
    given = level
    if unit.supply.is_thevenin:
        now_v = volts(charge)
        given = FJ_PER_PS_W * now_v * (level - now_v) / charge.series_ohm
    if given >= leaks:
        charge.harvested_fj += leaks * span
        charge.leaked_fj += leaks * span
    else:
        course(unit, span)


@inlined
def course(unit: Unit, span: float) -> None:
    """Follow the exponential for a while, all below the limit."""
    if not unit.supply.is_thevenin:
        by_power(unit.charge, unit.segments[unit.supply.segment].level, span)
        return
    level, now_v = unit.segments[unit.supply.segment].level, volts(unit.charge)
    if now_v > level:
        leak_rate = rate(unit.charge.farad, unit.charge.leak_ohm)
        blocked = span
        if level > 0.0 and leak_rate > 0.0:
            blocked = min(span, log(now_v / level) / leak_rate)
        by_power(unit.charge, 0.0, blocked)
        span -= blocked
        now_v = level
    if span > 0.0:
        by_voltage(unit.charge, level, now_v, span)


@inlined
def by_power(charge: Any, level: float, span: float) -> None:
    """Deliver a constant power: E' = P - 2 E / (R C)."""
    leak_rate = 2.0 * rate(charge.farad, charge.leak_ohm)
    came_fj, leaked_fj = level * span, 0.0
    if leak_rate > 0.0:
        share = -expm1(-leak_rate * span)
        leaked_fj = came_fj - (level / leak_rate - charge.stored_fj) * share
    charge.stored_fj += came_fj - leaked_fj
    charge.harvested_fj += came_fj
    charge.leaked_fj += leaked_fj


@inlined
def by_voltage(charge: Any, level: float, now_v: float, span: float) -> None:
    """Charge through a resistance: V' = (V_oc - V) / (R C) - V / (R_leak C), V below V_oc."""
    charge_rate = rate(charge.farad, charge.series_ohm)
    both = charge_rate + rate(charge.farad, charge.leak_ohm)
    final_v = level * charge_rate / both
    below_v, share = now_v - final_v, -expm1(-both * span)
    integral = final_v * span + below_v * share / both
    squares = final_v * final_v * span + 2.0 * final_v * below_v * share / both
    squares += below_v * below_v * share * (2.0 - share) / (2.0 * both)
    came_fj = FJ_PER_PS_W * (level * integral - squares) / charge.series_ohm
    leaked_fj = FJ_PER_PS_W * squares / charge.leak_ohm
    charge.stored_fj += came_fj - leaked_fj
    charge.harvested_fj += came_fj
    charge.leaked_fj += leaked_fj


@outlined
def time_to(unit: Unit, wanted_fj: float) -> float:
    """Return after how many ps this much is stored if the source stays; infinity for never."""
    charge, level = unit.charge, unit.segments[unit.supply.segment].level
    leak_rate = rate(charge.farad, charge.leak_ohm)
    if not unit.supply.is_thevenin:
        speed = 2.0 * leak_rate
        if speed > 0.0:
            return approach(charge.stored_fj, level / speed, wanted_fj, speed)
        return (wanted_fj - charge.stored_fj) / level if level > 0.0 else inf
    now_v, wanted_v = volts(charge), sqrt(2.0 * wanted_fj / FJ_PER_J / charge.farad)
    blocked = 0.0
    if now_v > level:
        if wanted_v >= level or leak_rate == 0.0 or level == 0.0:
            return approach(now_v, 0.0, wanted_v, leak_rate)
        blocked = log(now_v / level) / leak_rate
        now_v = level
    charge_rate = rate(charge.farad, charge.series_ohm)
    both = charge_rate + leak_rate
    return blocked + approach(now_v, level * charge_rate / both, wanted_v, both)


@inlined
def approach(now: float, final: float, wanted: float, speed: float) -> float:
    """Return when an exponential on its way to `final` passes `wanted`; infinity for never."""
    if speed == 0.0 or not min(now, final) < wanted < max(now, final):
        return inf
    return log((final - now) / (final - wanted)) / speed
