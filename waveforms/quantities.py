"""Numbers as people read them: three to five digits and a unit that fits."""

TIMES = (("s", 1e12), ("ms", 1e9), ("µs", 1e6), ("ns", 1e3), ("ps", 1.0))
ENERGIES = (("J", 1e12), ("mJ", 1e9), ("µJ", 1e6), ("nJ", 1e3), ("pJ", 1.0), ("fJ", 1e-3))
RATES = (("GB/s", 1e9), ("MB/s", 1e6), ("kB/s", 1e3), ("B/s", 1.0))


def _scaled(value: float, units: tuple[tuple[str, float], ...]) -> str:
    if value == 0:
        return "0"
    fitting = (one for one in units if abs(value) >= one[1])
    unit, size = next(fitting, units[-1])
    return f"{value / size:.4g} {unit}"


def time_text(picoseconds: float) -> str:
    """Return a time or a mean of times: 1234567 ps is 1.235 µs."""
    return _scaled(picoseconds, TIMES)


def energy_text(energy_pj: float) -> str:
    """Return an energy: 1500 pJ is 1.5 nJ."""
    return _scaled(energy_pj, ENERGIES)


def rate_text(bytes_per_s: float) -> str:
    """Return a bandwidth: 1.6e9 bytes/s is 1.6 GB/s."""
    return _scaled(bytes_per_s, RATES)


def count_text(count: float) -> str:
    """Return a count with thin groups of digits: 1234567 is 1 234 567; fractions keep 4 digits."""
    if isinstance(count, bool):
        return "yes" if count else "no"
    if isinstance(count, float) and not count.is_integer():
        return f"{count:.4g}"
    return f"{int(count):,}".replace(",", "\u202f")


def share_text(part: float, whole: float) -> str:
    """Return a share: 1 of 8 is 12.5 %; a dash if there is no whole."""
    return f"{100 * part / whole:.3g} %" if whole else "–"
