"""The comparison's tables and pictures: machines, ratios, what moves them, where energy goes.

Checked by: tests/scenarios/test_pim_ratios.py
"""

from collections.abc import Iterator, Sequence

from matplotlib.figure import Figure as Canvas

from cosim.units import show_time
from scenarios.measures.error_bars import drawn
from scenarios.measures.intervals import Bar, Interval, energy_pj, interval
from scenarios.pim.contenders import CMOS, RERAM, Contender
from scenarios.pim.ratios import HEADLINES, PUBLISHED, Round
from scenarios.pim.subject import UNTRAINED
from scenarios.showing.picturing import svg
from scenarios.showing.tables import show_energy, show_share
from waveforms.report import Figure, Table

MOST = 8
"""Bars of a picture, and constants of a table: those that move a ratio most."""

COLOURS = {"energy": "#2f7fd1", "speed": "#3c9d6b", "energy by area": "#8fbbe6",
           "speed by area": "#9dd0b6"}  # fmt: skip

NOTE = (
    "Published: arXiv:1904.07864, abstract; of which networks, and whether by area, is not public."
    " Ours are outputs of the constants that are declared; none was set to meet them. Sizes of MRAM"
    " and ReRAM are chosen for the most speed by area, unless pim.mats or reram.tiles is set."
    " Areas are those of 32 nm; time and energy of the CMOS core are of 65 nm. Bounds have all"
    " constants at once at the 5th or 95th percentile that is worse, or better."
)


def machines(rounds: Sequence[Round]) -> Table:
    """Return time, energy and area of every machine at every width."""
    rows = []
    for one in rounds:
        for each in one.contenders:
            spent = interval(energy_pj, each.done)
            exact = "full precision" if each.exact is None else f"{each.exact} of {each.images}"
            rows.append((
                one.width, each.name, each.size, show_time(each.done.time_ps),
                show_energy(spent.nominal),
                f"{show_energy(spent.low)} to {show_energy(spent.high)}", f"{each.area_mm2:.3g}",
                f"{each.right} of {each.images}", exact,
            ))  # fmt: skip
    heads = (
        "I:W",
        "machine",
        "size",
        "time",
        "energy",
        "90 %",
        "area (mm2)",
        "right",
        "as the reference",
    )
    note = UNTRAINED if any(one.is_untrained for one in rounds) else ""
    return Table(f"{rounds[0].network}, an image", heads, rows, note, is_folded=True)


def ratios(rounds: Sequence[Round]) -> Table:
    """Return every ratio with its interval and bounds, and the published one beside it."""
    rows = []
    for one in rounds:
        for duel in one.duels:
            published = PUBLISHED.get(duel.theirs.name, {})
            for name in HEADLINES:
                low, high = duel.bounds(name)
                wanted = published.get(name.removesuffix(" by area"))
                rows.append((
                    one.width, duel.theirs.name, name, _range(duel.ratio(name)),
                    f"{low:.2g} to {high:.2g}", f"{wanted:g}" if wanted else "-",
                ))  # fmt: skip
    heads = ("I:W", "against", "ratio", "ours (90 %)", "bounds", "published")
    return Table("Times better than the others", heads, rows, NOTE, is_folded=True)


def _range(found: Interval) -> str:
    return f"{found.nominal:.3g} ({found.low:.2g} to {found.high:.2g})"


def edges(rounds: Sequence[Round]) -> Table:
    """Return the ratios by the bits of first and last layers."""
    rows = [
        (
            str(one.edge_bits),
            against,
            *(_range(one.duel(against).ratio(name)) for name in HEADLINES),
        )
        for one in sorted(rounds, key=lambda one: -one.edge_bits)
        for against in PUBLISHED
    ]
    heads = ("bits", "against", *HEADLINES)
    note = "Networks of other than 8 bits there are not trained: time and energy follow no weight."
    title = f"First and last layers of fewer bits, {rounds[0].width}"
    return Table(title, heads, rows, note, is_folded=True)


def sensitivity(shown: Round) -> Table:
    """Return which constants move each published ratio most."""
    rows = [
        (against, name, bar.cause, f"{bar.low:.3g}", f"{bar.high:.3g}")
        for against, name, bars in _moved(shown)
        for bar in bars
    ]
    heads = ("against", "ratio", "constant", "at its 5th percentile", "at its 95th")
    return Table(f"What moves the ratios most, {shown.width}", heads, rows, is_folded=True)


def _moved(shown: Round) -> Iterator[tuple[str, str, list[Bar]]]:
    for against in PUBLISHED:
        for name in HEADLINES:
            yield against, name, shown.duel(against).moved(name)[:MOST]


def causes(rounds: Sequence[Round]) -> Table:
    """Return where each machine's energy goes."""
    rows = []
    for one in rounds:
        for each in one.contenders:
            whole = each.done.energy_pj
            parts = sorted(_parts(each).items(), key=lambda pair: -pair[1])
            told = ", ".join(f"{cause} {show_share(part, whole)}" for cause, part in parts[:5])
            rows.append((one.width, each.name, told))
    return Table("Where the energy goes", ("I:W", "machine", "parts"), rows, last_is_text=True)


def _parts(each: Contender) -> dict[str, float]:
    """Return energy by component and cause; the component only where there are several."""
    found: dict[str, float] = {}
    for component, terms in each.done.energy.items():
        for term in terms:
            name = term.cause if len(each.done.energy) == 1 else component
            found[name] = found.get(name, 0.0) + each.done.amount(term)
    return found


def picture(rounds: Sequence[Round]) -> str:
    """Return the ratios as bars, published ones as lines, as SVG."""
    canvas = Canvas(figsize=(9.5, 3.6), layout="constrained")
    for place, against in enumerate((RERAM, CMOS)):
        axes = canvas.add_subplot(1, 2, place + 1)
        for at, name in enumerate(HEADLINES):
            found = [one.duel(against).ratio(name) for one in rounds]
            where = [row + (at - 1.5) / 5 for row in range(len(rounds))]
            middle = [one.nominal for one in found]
            around = [
                [one.nominal - one.low for one in found], [one.high - one.nominal for one in found]
            ]  # fmt: skip
            axes.bar(where, middle, 0.18, yerr=around, color=COLOURS[name], label=name)
        for name, value in PUBLISHED[against].items():
            axes.axhline(value, color=COLOURS[name], linestyle="--", linewidth=1)
        axes.set_yscale("log")
        axes.axhline(1, color="gray", linewidth=0.8)
        axes.set_xticks(range(len(rounds)), [one.width for one in rounds])
        axes.set_title(f"against {against}; dashed: published", fontsize=9)
        axes.set_ylabel("times better")
        axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    return svg(canvas)


def tornados(shown: Round) -> Iterator[Figure]:
    """Yield for each published ratio what moves it most."""
    note = "one cause at its 5th and at its 95th percentile, the others as they are"
    for against, name, bars in _moved(shown):
        middle = shown.duel(against).ratio(name).nominal
        yield Figure(
            f"{name} against {against}, {shown.width}", drawn(bars, middle, "times better"), note
        )
