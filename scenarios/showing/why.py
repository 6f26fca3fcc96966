"""Why a transaction took as long as it did: where its time went, part by part.

Models:     from the part that was asked down to the one that had the answer: what a part asked for
            the same line meanwhile is its cause. A cause may be older than the transaction, which
            then joined it; only the time that they share counts. The shares follow each other
            without a gap, so their sum is the latency, to the picosecond.
Leaves out: energy; what the core did with the answer.
Checked by: tests/scenarios/test_why.py
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np

from cosim.errors import ConfigError
from cosim.messages import KIND_NAMES, WAIT_IMAC
from scenarios.measures.transactions import NEVER_PS, Line, Transactions
from waveforms.chains import Slice

PAGE_BYTES = 4096
"""What translation leaves of an address as it is: the smallest page there is."""

SLOWEST = "slowest"
"""Name of the transaction of a core that took longest."""


class Share(NamedTuple):
    """A stretch of a transaction's time: which part had it, what for, how far down that is."""

    where: str
    what: str
    from_ps: int
    until_ps: int
    depth: int

    @property
    def time_ps(self) -> int:
        """How long it was."""
        return self.until_ps - self.from_ps


class Why:
    """Causes of the transactions of a run."""

    def __init__(self, kept: Transactions) -> None:
        self.kept = kept
        self._answered: list[Any] = []
        self._ends_ps: list[Any] = []
        for number in range(len(kept.lines)):
            mine = (kept.rows["line"] == number) & (kept.rows["end_ps"] != NEVER_PS)
            at = np.flatnonzero(mine)
            self._answered.append(at[np.argsort(kept.rows["end_ps"][at], kind="stable")])
            self._ends_ps.append(kept.rows["end_ps"][self._answered[-1]])
        self._below: dict[str, list[int]] = {}
        for number, line in enumerate(kept.lines):
            self._below.setdefault(line.asks, []).append(number)

    def find(self, text: str) -> int:
        """Return the transaction meant: a number, the first of an address, or the slowest.

        Raises ConfigError if there is none, or if nobody waited for its answer.
        """
        rows = self.kept.rows
        if text == SLOWEST:
            roots = self.roots
            if not len(roots):
                raise ConfigError("a transaction of a core must be there; the run kept none")
            return int(roots[np.argmax(rows["end_ps"][roots] - rows["begin_ps"][roots])])
        try:
            number = int(text, 0)
        except ValueError:
            raise ConfigError(
                f"a transaction must be a number, an address as 0x1f40, or {SLOWEST}, not {text!r}"
            ) from None
        if text.lower().startswith("0x"):
            at = self.roots[rows["address"][self.roots] == number]
            if not len(at):
                raise ConfigError(f"no core asked for {text}; `cosim why RUN` lists who asked")
            return int(at[0])
        if not 0 <= number < len(rows):
            raise ConfigError(f"a transaction must be 0 to {len(rows) - 1}, not {number}")
        if rows["end_ps"][number] == NEVER_PS:
            raise ConfigError(
                f"transaction {number} ({KIND_NAMES[rows['kind'][number]]}) has no latency: nobody"
                " waits for it, or the run ended before its answer; choose another"
            )
        return number

    @property
    def roots(self) -> Any:
        """Numbers of the answered transactions of those who only ask: cores."""
        asked = {line.answers for line in self.kept.lines}
        tops = [n for n, line in enumerate(self.kept.lines) if line.asks not in asked]
        rows = self.kept.rows
        return np.flatnonzero(np.isin(rows["line"], tops) & (rows["end_ps"] != NEVER_PS))

    def shares(self, number: int) -> list[Share]:
        """Return where the time of an answered transaction went, in order and without a gap."""
        row = self.kept.rows[number]
        return list(self._shares(number, int(row["begin_ps"]), int(row["end_ps"]), 0))

    def _shares(self, number: int, from_ps: int, until_ps: int, depth: int) -> Iterator[Share]:
        """Yield where the time of a transaction went, of which only a stretch counts."""
        row, line = self.kept.rows[number], self._line(number)
        if line.answers == self.kept.memory:
            yield from self._memory(number, from_ps, until_ps, depth)
            return
        below = self._below.get(line.answers, [])
        if row["kind"] == WAIT_IMAC:  # it never leaves the core
            where = self.kept.lines[below[0]].answers if below else line.answers
            yield Share(where, "computes", from_ps, until_ps, depth + len(below[:1]))
            return
        causes = self._causes(number, from_ps, until_ps)
        now_ps, what = from_ps, "looks up, hit" if below else KIND_NAMES[row["kind"]]
        for cause in causes:
            begin_ps, end_ps = (int(self.kept.rows[cause][key]) for key in ("begin_ps", "end_ps"))
            if begin_ps > now_ps:
                yield Share(line.answers, "takes the request", now_ps, begin_ps, depth)
                now_ps = begin_ps
            yield from self._shares(cause, now_ps, end_ps, depth + 1)
            now_ps, what = end_ps, "gives the answer"
        if until_ps > now_ps or from_ps == until_ps:
            yield Share(line.answers, what, now_ps, until_ps, depth)

    def _line(self, number: int) -> Line:
        return self.kept.lines[int(self.kept.rows["line"][number])]

    def _causes(self, number: int, from_ps: int, until_ps: int) -> list[int]:
        """Return what the asked part asked for itself for the same line, one behind the other."""
        addresses, found = self.kept.rows["address"], []
        address = int(addresses[number])
        for line in self._below.get(self._line(number).answers, ()):
            ends_ps = self._ends_ps[line]
            first, last = np.searchsorted(ends_ps, (from_ps, until_ps), side="right")
            asked = self._answered[line][first:last]
            same = np.flatnonzero(self._keys(line, addresses[asked]) == self._keys(line, address))
            if len(same):
                found.append(int(asked[same[-1]]))
        found.sort(key=lambda cause: int(self.kept.rows["end_ps"][cause]))
        return found

    def _keys(self, line: int, addresses: Any) -> Any:
        """Return what addresses have in common if one on a line may be about the other."""
        if self.kept.lines[line].target.endswith(".imac.bus"):
            return 0 * addresses  # one at a time, and it has addresses of its own
        if self.kept.lines[line].initiator.endswith(".translator"):
            return addresses // PAGE_BYTES
        return addresses % PAGE_BYTES // self.kept.line_bytes

    def _memory(self, number: int, from_ps: int, until_ps: int, depth: int) -> Iterator[Share]:
        """Yield what the memory did: queue, refresh, bank, data."""
        row, services = self.kept.rows[number], self.kept.services
        where, place = self.kept.memory, f"bank {row['bank']}, row {row['row']}: "
        mine = (services["tag"] == row["tag"]) & (services["when_ps"] <= row["end_ps"])
        at = np.flatnonzero(mine & (services["when_ps"] > row["begin_ps"]))
        if not len(at):
            yield Share(where, "is answered by a queued write", from_ps, until_ps, depth)
            return
        served = services[at[-1]]
        column_ps = int(served["when_ps"])
        bank_ps = column_ps - int(served["bank_ps"])
        edges = [from_ps, bank_ps - int(served["refresh_ps"]), bank_ps, column_ps, until_ps]
        edges = [min(max(one, from_ps), until_ps) for one in edges]
        names = ("queue", "refresh", "close and open rows", "read and move data")
        for what, (begin_ps, end_ps) in zip(names, pairwise(edges), strict=True):
            if end_ps > begin_ps:
                yield Share(where, place + what, begin_ps, end_ps, depth)

    @property
    def passed_on(self) -> Any:
        """Numbers of the answered transactions of cores for which the asked part asked others."""
        roots = self.roots
        lines = self.kept.rows["line"][roots]
        asked = [roots[lines == line][self._asks(line, lines, roots)] for line in np.unique(lines)]
        return np.sort(np.concatenate([roots[:0], *asked]))

    def _asks(self, line: int, lines: Any, roots: Any) -> Any:
        """Return which transactions of a line have a cause below, as `_causes` finds them."""
        rows = self.kept.rows[roots[lines == line]]
        all_below = self._below.get(self.kept.lines[line].answers, [])
        asked = (rows["kind"] == WAIT_IMAC) & bool(all_below)
        for below in all_below:
            ends_ps = self._ends_ps[below]
            if not len(ends_ps):
                continue
            keys = self._keys(below, self.kept.rows["address"][self._answered[below]])
            known, key = np.unique(keys, return_inverse=True)
            wanted = self._keys(below, rows["address"])
            place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
            span_ps = int(max(ends_ps.max(), rows["end_ps"].max())) + 1
            sorted_ = np.sort(key * span_ps + ends_ps)
            first, last = (
                np.searchsorted(sorted_, place * span_ps + rows[name], side="right")
                for name in ("begin_ps", "end_ps")
            )
            asked |= (known[place] == wanted) & (last > first)
        return asked

    def chains(self) -> Iterator[Slice]:
        """Yield the transactions of cores that were passed on, parts inside parts."""
        rows = self.kept.rows
        for number in self.passed_on.tolist():
            shares = self.shares(number)
            name = f"#{number} {KIND_NAMES[rows['kind'][number]]} {rows['address'][number]:#x}"
            ends = shares[0].from_ps, shares[-1].until_ps
            yield Slice(name, *ends, (_part(shares, 0),))


def _part(shares: Sequence[Share], depth: int) -> Slice:
    """Return a part at some depth, and inside it those it asked or, of the last one, its steps."""
    name = next((share.where for share in shares if share.depth == depth), "")
    if all(share.depth == depth for share in shares):
        steps = tuple(Slice(one.what, one.from_ps, one.until_ps) for one in shares)
        return Slice(name, shares[0].from_ps, shares[-1].until_ps, steps)
    runs = groupby(shares, key=lambda share: share.depth > depth)
    inside = tuple(_part(list(deeper), depth + 1) for is_deeper, deeper in runs if is_deeper)
    return Slice(name, shares[0].from_ps, shares[-1].until_ps, inside)
