"""What may go wrong in a hand-off, and what then happens.

Models:     one policy per misuse; every misuse is recorded with time and place, whatever follows.
            `trap` raises ProtocolError; the other policies go on as the hardware would.
Leaves out: contexts that share one core port: ownership is checked by port.
Source:     estimate: arXiv:2105.13904 says nothing about misuse.
Checked by: tests/components/test_imac_misuse.py
"""

from typing import Literal, NamedTuple, get_args

from cosim import Config, param

Kind = Literal[
    "none",
    "early_load",
    "store_while_computing",
    "store_without_transfer",
    "wrong_count",
    "overflow",
    "started_twice",
    "ready_while_computing",
    "ready_out_of_order",
    "used_while_configuring",
    "foreign_owner",
    "short_timer",
]

KINDS: tuple[Kind, ...] = get_args(Kind)

SILENT = "estimate: arXiv:2105.13904 is silent; refusing shows the mistake where it is made"


class Violation(NamedTuple):
    """One misuse as it was seen."""

    kind: Kind
    path: str
    at_ps: int
    detail: str

    def __str__(self) -> str:
        return f"{self.path}: {self.detail} at {self.at_ps} ps"


class MisuseConfig(Config):
    """What happens after each misuse."""

    early_load: Literal["trap", "stall", "silent_stale"] = param(
        "trap", doc="codes are read before they are there: refuse, wait for them,"
        " or give the stale bits that look like a class", source=SILENT,
    )  # fmt: skip
    store_while_computing: Literal["trap", "ignore", "accept"] = param(
        "trap", doc="an input is stored while the buffer drives the columns; `accept` changes"
        " the columns of the first layer while it settles", source=SILENT,
    )  # fmt: skip
    store_without_transfer: Literal["trap", "ignore", "accept"] = param(
        "trap", doc="an input is stored without READY = 0 before; `accept` overwrites codes",
        source=SILENT,
    )  # fmt: skip
    wrong_count: Literal["trap", "zero_fill", "accept"] = param(
        "trap", doc="READY = 1 after too few or too many inputs; `accept` computes with the"
        " bits of an earlier job", source=SILENT,
    )  # fmt: skip
    overflow: Literal["trap", "ignore"] = param(
        "trap", doc="an input is stored behind the end of the buffer", source=SILENT,
    )  # fmt: skip
    started_twice: Literal["trap", "ignore"] = param(
        "trap", doc="READY = 1 while a job runs", source=SILENT,
    )  # fmt: skip
    ready_while_computing: Literal["trap", "ignore", "abort"] = param(
        "ignore", doc="READY = 0 or -1 while a job runs; `abort` ends the job without codes",
        source="estimate: arXiv:2105.13904 is silent; hardware without an abort path ignores it",
    )  # fmt: skip
    ready_out_of_order: Literal["trap", "ignore"] = param(
        "trap", doc="READY = 1 without a transfer, READY = 0 within one, READY = -1", source=SILENT,
    )  # fmt: skip
    foreign_owner: Literal["trap", "ignore", "accept"] = param(
        "trap", doc="another port than the one that began the transfer stores or loads; `ignore`"
        " drops the store and loads 0", source=SILENT,
    )  # fmt: skip
    short_timer: Literal["trap", "record"] = param(
        "record", doc="the timer is loaded with less than the subarrays need",
        source="estimate: a warning, since a later load may still be in time",
    )  # fmt: skip
