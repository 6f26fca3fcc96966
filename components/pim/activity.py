"""What the accelerator has done, as counts that constants make energy of.

Checked by: tests/components/test_pim.py
"""

from components.pim.config import PimConfig
from components.pim.margin import cells_siemens
from components.pim.popcount import POPCOUNTS
from cosim.activity import Term, counters
from cosim.compiled import Records

PS_PER_NS = 1_000

CELLS = {"sub_array.read_v": 2.0, "sub_array.sense_ps": 1.0}
"""What makes pJ of the conductance of cells: their voltage squared, and how long they have it."""


def terms(counts: Records, config: PimConfig, on_ps: int) -> list[Term]:
    """Return what a machine whose counts are (1,) of COUNTS has done, and for how long it was on.

    mW times ns are pJ.
    """
    counted, columns = counters(counts), config.sub_array.columns
    constant = f"popcount.{POPCOUNTS[config.popcount.unit].constant}"
    sensed = {
        "sensing": counted("sensed_rows") * columns, "bank_reads": counted("bank_reads") * columns,
    }  # fmt: skip
    done = (
        *((cause, bits, "bits", "sub_array.amplifier_pj") for cause, bits in sensed.items()),
        ("writing", counted("written_bits"), "bits", "sub_array.write_pj"),
        ("moving", counted("moved_bits"), "bits", "tree.move_pj"),
        ("counting", counted("counted_rows") * columns, "bits", constant),
        ("accumulating", counted("accumulations"), "operations", "digital.accumulate_pj"),
        ("correcting", counted("corrections"), "operations", "digital.add_pj"),
        ("comparing", counted("comparisons"), "operations", "digital.compare_pj"),
    )
    found = [Term(cause, count, unit, {constant: 1}) for cause, count, unit, constant in done]
    siemens = cells_siemens(config.sub_array)
    found += [Term(cause, bits * siemens, "bits S", CELLS) for cause, bits in sensed.items()]
    standby = Term("standby", on_ps / PS_PER_NS, "ns", {"standby_mw": 1}, over_time=True)
    return [*found, standby]
