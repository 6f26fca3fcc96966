"""What `cosim why` prints: the chain of one transaction, or which are worth asking about.

Checked by: tests/scenarios/test_why.py
"""

from collections.abc import Sequence

import numpy as np
from rich.table import Table

from cosim.messages import KIND_NAMES
from cosim.units import show_time
from scenarios.measures.metrics import Metrics
from scenarios.scenario import Advance, untold
from scenarios.showing.tables import listed, show_share
from scenarios.showing.why import Share, Why

BAR = 16
"""Characters of a bar as long as the whole transaction."""

LISTED = 10
"""Transactions in the list of the slowest."""


def title(causes: Why, number: int, metrics: Metrics) -> str:
    """Return which transaction it is: what, whose, in which layer, when and how long."""
    row = causes.kept.rows[number]
    line = causes.kept.lines[row["line"]]
    begin_ps, end_ps = int(row["begin_ps"]), int(row["end_ps"])
    return (
        f"#{number} {KIND_NAMES[row['kind']]} {row['address']:#x}, {line.initiator} asks "
        f"{line.answers}{_layer(metrics, begin_ps)}: {show_time(begin_ps)} to {show_time(end_ps)},"
        f" {show_time(end_ps - begin_ps)}"
    )


def table_of(causes: Why, number: int) -> Table:
    """Return the shares of a transaction, and their sum."""
    shares = causes.shares(number)
    whole_ps = sum(share.time_ps for share in shares)
    start_ps = shares[0].from_ps
    rows = [
        (
            share.where, share.what, show_time(share.time_ps),
            show_share(share.time_ps, whole_ps),
            _bar(share, start_ps, whole_ps),
        )
        for share in shares
    ]  # fmt: skip
    heads = ("|where", "what", ">time", ">share", "|")
    return listed(heads, [*rows, ("all", "", show_time(whole_ps), "100.0 %", "")])


def _bar(share: Share, start_ps: int, whole_ps: int) -> str:
    """Return when a share was, as a bar behind blanks."""
    if not whole_ps:
        return ""
    begin = min(BAR * (share.from_ps - start_ps) // whole_ps, BAR - 1)
    end = max(BAR * (share.until_ps - start_ps) // whole_ps, begin + 1)
    return " " * begin + "█" * (end - begin)


def _layer(metrics: Metrics, when_ps: int) -> str:
    for layer in metrics.layers:
        if layer.start_ps <= when_ps < layer.end_ps:
            return f", image {layer.image}, {layer.name}"
    return ""


def reached(causes: Why, advance: Advance = untold) -> Table:
    """Return how far down the transactions of cores went, and how long those took."""
    found = _hits(causes)
    rows, passed_on = causes.kept.rows, causes.passed_on.tolist()
    for done, number in enumerate(passed_on):
        advance(done, len(passed_on), "causes of transactions")
        line = causes.kept.lines[rows["line"][number]]
        deepest = max(causes.shares(number), key=lambda share: share.depth).where
        latency_ps = int(rows["end_ps"][number] - rows["begin_ps"][number])
        found.setdefault((line.initiator, deepest), []).append(latency_ps)
    told = [
        (socket, where, f"{len(times):,}", show_time(round(float(np.mean(times)))),
         show_time(max(times)))
        for (socket, where), times in sorted(found.items(), key=lambda pair: -len(pair[1]))
    ]  # fmt: skip
    return listed(("who asks", "answered by", ">transactions", ">mean", ">longest"), told)


def _hits(causes: Why) -> dict[tuple[str, str], list[int]]:
    """Return how long those took that the asked part answered by itself: nearly all."""
    direct = np.setdiff1d(causes.roots, causes.passed_on, assume_unique=True)
    rows = causes.kept.rows[direct]
    latency_ps = rows["end_ps"] - rows["begin_ps"]
    lines = [(number, causes.kept.lines[number]) for number in np.unique(rows["line"]).tolist()]
    return {
        (line.initiator, line.answers): latency_ps[rows["line"] == number].tolist()
        for number, line in lines
    }


def slowest(causes: Why, metrics: Metrics) -> Table:
    """Return the slowest transactions of cores; their numbers are for `cosim why RUN NUMBER`."""
    rows, roots = causes.kept.rows, causes.roots
    latency_ps = rows["end_ps"][roots] - rows["begin_ps"][roots]
    order = roots[np.argsort(-latency_ps, kind="stable")][:LISTED]
    return listed((">slowest", "|what", ">address", "layer", ">time", "mostly"),
                  [_told(causes, metrics, number) for number in order.tolist()])  # fmt: skip


def _told(causes: Why, metrics: Metrics, number: int) -> Sequence[str]:
    row = causes.kept.rows[number]
    longest = max(causes.shares(number), key=lambda share: share.time_ps)
    return (
        f"#{number}", KIND_NAMES[row["kind"]], f"{row['address']:#x}",
        _layer(metrics, int(row["begin_ps"])).removeprefix(", "),
        show_time(int(row["end_ps"] - row["begin_ps"])),
        f"{longest.where}: {longest.what}, {show_time(longest.time_ps)}",
    )  # fmt: skip
