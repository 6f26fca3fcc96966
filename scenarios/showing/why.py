"""Why a transaction took as long as it did: where its time went, part by part.

Models:     from the part that was asked down to the one that had the answer: what a part asked for
            the same line meanwhile is its cause. A cause may be older than the transaction, which
            then joined it; only the time that they share counts. The shares follow each other
            without a gap, so their sum is the latency, to the picosecond.
Leaves out: energy; what the core did with the answer.
Checked by: tests/scenarios/test_why.py
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from cosim.errors import ConfigError
from cosim.messages import KIND_NAMES, WAIT_IMAC
from scenarios.measures.transactions import NEVER_PS, Line, Transactions
from waveforms.chains import Slice

PAGE_BYTES = 4096
"""What translation leaves of an address as it is: the smallest page there is."""

SERVED = ("when_ps", "tag", "bank_ps", "refresh_ps")
"""What is asked of a SERVICE, in this order."""

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


class Ends(NamedTuple):
    """When each of some transactions or services ended, in this order, and its number."""

    when_ps: list[int]
    numbers: list[int]

    def last(self, from_ps: int, until_ps: int) -> int | None:
        """Return the last that ended after a time and not after another."""
        place = bisect_right(self.when_ps, until_ps)
        return self.numbers[place - 1] if place > bisect_right(self.when_ps, from_ps) else None


class Why:
    """Causes of the transactions of a run."""

    def __init__(self, kept: Transactions) -> None:
        self.kept = kept
        # lists: a number of an array takes ten times as long to get
        self._line: list[int] = kept.rows["line"].tolist()
        self._kind: list[int] = kept.rows["kind"].tolist()
        self._address: list[int] = kept.rows["address"].tolist()
        self._begin_ps: list[int] = kept.rows["begin_ps"].tolist()
        self._end_ps: list[int] = kept.rows["end_ps"].tolist()
        self._tag: list[int] = kept.rows["tag"].tolist()
        self._bank: list[int] = kept.rows["bank"].tolist()
        self._row: list[int] = kept.rows["row"].tolist()
        self._services: list[tuple[int, ...]] = kept.services[list(SERVED)].tolist()
        self._keys = [self._key_of(line) for line in kept.lines]
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
        self._answers = [line.answers for line in kept.lines]
        self._alike = [self._by_key(number) for number in range(len(kept.lines))]
        order = np.argsort(kept.services["when_ps"], kind="stable")
        served = kept.services[order]
        self._served = _grouped(served["tag"], served["when_ps"], order)

    def _by_key(self, line: int) -> dict[int, Ends]:
        """Return the answered transactions of a line by their keys, in the order of their ends."""
        answered, ends_ps = self._answered[line], self._ends_ps[line]
        keys = self._keys[line](self.kept.rows["address"][answered])
        return _grouped(keys, ends_ps, answered)

    def check(self) -> None:
        """Raise ConfigError unless there is a transaction of a core to ask about."""
        if not len(self.roots):
            raise ConfigError(
                "an answered transaction of a core must be there; the run kept none in its window;"
                " run again with another --window"
            )

    def find(self, text: str) -> int:
        """Return the transaction meant: a number, the first of an address, or the slowest.

        Raises ConfigError if there is none, or if nobody waited for its answer.
        """
        self.check()
        rows = self.kept.rows
        if text == SLOWEST:
            roots = self.roots
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
        found: list[Share] = []
        self._share(number, self._begin_ps[number], self._end_ps[number], 0, found)
        return found

    def _share(
        self, number: int, from_ps: int, until_ps: int, depth: int, found: list[Share]
    ) -> None:
        """Tell where the time of a transaction went, of which only a stretch counts."""
        where, kind = self._answers[self._line[number]], self._kind[number]
        if where == self.kept.memory:
            found += self._memory(number, from_ps, until_ps, depth)
            return
        below = self._below.get(where, [])
        if kind == WAIT_IMAC:  # it never leaves the core
            where = self._answers[below[0]] if below else where
            found.append(Share(where, "computes", from_ps, until_ps, depth + len(below[:1])))
            return
        now_ps, what = from_ps, "looks up, hit" if below else KIND_NAMES[kind]
        for cause in self._causes(self._address[number], below, from_ps, until_ps):
            begin_ps, end_ps = self._begin_ps[cause], self._end_ps[cause]
            if begin_ps > now_ps:
                found.append(Share(where, "takes the request", now_ps, begin_ps, depth))
                now_ps = begin_ps
            self._share(cause, now_ps, end_ps, depth + 1, found)
            now_ps, what = end_ps, "gives the answer"
        if until_ps > now_ps or from_ps == until_ps:
            found.append(Share(where, what, now_ps, until_ps, depth))

    def _causes(self, address: int, below: Sequence[int], from_ps: int, until_ps: int) -> list[int]:
        """Return what the asked part asked for itself for the same line, one behind the other."""
        found = []
        for line in below:
            alike = self._alike[line].get(self._keys[line](address))
            cause = None if alike is None else alike.last(from_ps, until_ps)
            if cause is not None:
                found.append(cause)
        found.sort(key=self._end_ps.__getitem__)
        return found

    def _key_of(self, line: Line) -> Callable[[Any], Any]:
        """Return what says what addresses on a line have in common if one may be about another."""
        if line.target.endswith(".imac.bus"):
            return lambda addresses: 0 * addresses  # one at a time, with addresses of its own
        if line.initiator.endswith(".translator"):
            return lambda addresses: addresses // PAGE_BYTES
        line_bytes = self.kept.line_bytes
        return lambda addresses: addresses % PAGE_BYTES // line_bytes

    def _memory(self, number: int, from_ps: int, until_ps: int, depth: int) -> Iterator[Share]:
        """Yield what the memory did: queue, refresh, bank, data."""
        where = self.kept.memory
        place = f"bank {self._bank[number]}, row {self._row[number]}: "
        ends = self._served.get(self._tag[number])
        last = None if ends is None else ends.last(self._begin_ps[number], self._end_ps[number])
        if last is None:
            yield Share(where, "is answered by a queued write", from_ps, until_ps, depth)
            return
        column_ps, _, opened_ps, refresh_ps = self._services[last]
        bank_ps = column_ps - opened_ps
        edges = [from_ps, bank_ps - refresh_ps, bank_ps, column_ps, until_ps]
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
            key_of = self._keys[below]
            keys = key_of(self.kept.rows["address"][self._answered[below]])
            known, key = np.unique(keys, return_inverse=True)
            wanted = key_of(rows["address"])
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


def _grouped(keys: Any, whens_ps: Any, numbers: Any) -> dict[int, Ends]:
    """Return times and numbers by their keys, in each group in the order in which they are."""
    order = np.argsort(keys, kind="stable")
    known, first = np.unique(keys[order], return_index=True)
    ends = np.r_[first, len(order)][1:]
    whens, at = whens_ps[order].tolist(), numbers[order].tolist()
    return {
        key: Ends(whens[begin:end], at[begin:end])
        for key, begin, end in zip(known.tolist(), first.tolist(), ends.tolist(), strict=True)
    }


def _part(shares: Sequence[Share], depth: int) -> Slice:
    """Return a part at some depth, and inside it those it asked or, of the last one, its steps."""
    name, inside, deeper = "", [], []
    for share in shares:
        if share.depth > depth:
            deeper.append(share)
            continue
        name = name or share.where
        if deeper:
            inside.append(_part(deeper, depth + 1))
            deeper = []
    if deeper:
        inside.append(_part(deeper, depth + 1))
    if not inside:
        inside = [Slice(one.what, one.from_ps, one.until_ps) for one in shares]
    return Slice(name, shares[0].from_ps, shares[-1].until_ps, tuple(inside))
