"""A hang, told as a story: who waits for whom, through what, since when, and where in the text.

    nothing is left to run at 2000 ps, but 2 processes wait for each other:
      soc.a.run waits since 1000 ps for mutex soc.right, which soc.b.run has (soc.py, line 31)
      soc.b.run waits since 1000 ps for mutex soc.left, which soc.a.run has (soc.py, line 42)
    lock several mutexes in one order everywhere

A simulation may end with processes that wait: a server waits for work. A process is hung if
it waits for something that it is *owed* (a mutex, a unit, a grant, room in a fifo, a response, its
transaction being served, the end of another process, a value that it polls for), or if it waits
anywhere but in a `while` loop, so that it was meant to come to its end. A loop that only waits for
its condition is no such loop. `@background`, or `self.spawn(..., background=True)`, lets a
process wait for ever.

Models:     the circle with the fewest members; without one, the chain to who will not give.
Leaves out: hangs of some processes while others still work, unless `patience_ps` says how long
            nothing may progress.
Checked by: tests/kernel/test_hang.py, tests/kernel/test_hang_silence.py,
            tests/kernel/test_hang_polls.py
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import networkx as nx

from cosim.census import Census
from cosim.module import Module
from cosim.probes import gauge
from cosim.waiting import Want, looking, may_be_stuck, want

ADVICE = {
    "mutex": "lock several mutexes in one order everywhere, and unlock in `finally`",
    "semaphore": "post what was taken, in `finally`",
    "arbiter": "release what was acquired, in `finally`",
    "fifo": "give the fifo more room, or read and write in the same order on both sides",
    "response": "answer every request, and end every response, on every path",
    "phase": "tell every phase of a transaction, on every path",
    "turn": "answer every request, and end every response, on every path",
    "resource": "release what was requested; `with resource.request()` does",
    "end": "let the process it waits for come to its end",
    "event": "notify after the wait has begun, or keep what happened in a signal or fifo",
    "signal": "drive the line, or start what drives it",
    "poll": "let what answers come to that value, or poll for one that it comes to",
    "nothing": "give the method or process something to wait for",
}
"""What to do, by the kind of the first wait of the story."""

SHOWN = 12
"""Waits; a longer story helps nobody. Estimate: half a terminal."""


@dataclass(frozen=True)
class Waiting:
    """One process that waits: for what, since when, where in the text, and whether it may."""

    process: Any
    want: Want
    since_ps: int
    place: str
    is_stuck: bool

    @property
    def name(self) -> str:
        """The process, by name."""
        return str(self.process.name)

    def __str__(self) -> str:
        place = f" ({self.place})" if self.place else ""
        idle = "" if self.is_stuck else "; it is a server"
        return (
            f"{self.name} waits since {self.since_ps} ps for {self.want.text}, "
            f"{self._givers()}{place}{idle}"
        )

    def _givers(self) -> str:
        """Say who could give it."""
        verb = self.want.verb
        if not self.want.givers:
            return f"which nobody {verb}"
        told = [_giver(giver, self.process) for giver in self.want.givers]
        return f"which {' or '.join(told)} {verb}" if verb else "which has not come"


def _giver(giver: Any, process: Any) -> str:
    if isinstance(giver, str):
        return giver
    if giver is process:
        return "it itself"
    return f"{giver.name} (ended at {giver.since_ps} ps)" if giver.terminated else str(giver.name)


@dataclass(frozen=True)
class Hang:
    """What hangs: `story` is the circle or chain, `waits` are all processes that wait."""

    now_ps: int
    opening: str
    waits: tuple[Waiting, ...]
    story: tuple[Waiting, ...]
    is_circle: bool

    def __str__(self) -> str:
        told = [f"  {one}" for one in self.story[:SHOWN]]
        if len(self.story) > SHOWN:
            told.append(f"  and {len(self.story) - SHOWN} more")
        return "\n".join([self._headline(), *told, ADVICE[self.story[0].want.kind]])

    def _headline(self) -> str:
        names = [one.name for one in self.story if one.is_stuck]
        start = f"{self.opening} at {self.now_ps} ps, but"
        if not self.is_circle:
            return f"{start} {names[0]} waits for what nobody will give:"
        if len(self.story) == 1:
            return f"{start} {names[0]} waits for itself:"
        return f"{start} {len(self.story)} processes wait for each other:"

    @property
    def cycle(self) -> tuple[str, ...]:
        """Names of the processes that wait for each other, () if it is a chain."""
        return tuple(one.name for one in self.story) if self.is_circle else ()

    @property
    def summary(self) -> str:
        """Who waits for whom, in one line."""
        names = [one.name for one in self.story]
        end = (
            names[:1] if self.is_circle else [_name(one) for one in self.story[-1].want.givers[:1]]
        )
        return " -> ".join(names + end)

    def graph(self) -> "nx.DiGraph[str]":
        """Return who waits for whom; edges have `label` and whether they are in the `story`."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        for one in self.waits:
            graph.add_node(one.name, is_stuck=one.is_stuck)
        for one in self.waits:
            for giver in one.want.givers:
                graph.add_edge(one.name, _name(giver), label=one.want.text, story=one in self.story)
        return graph

    def to_dot(self) -> str:
        """Return the graph of who waits for whom as Graphviz text; the story is red."""
        graph = self.graph()
        lines = ["digraph hang {", '  node [shape=box, style=rounded, fontname="sans-serif"];',
                 '  edge [fontname="sans-serif", fontsize=9];']  # fmt: skip
        for name, node in graph.nodes(data=True):
            dashed = "" if node.get("is_stuck") else ' [style="rounded,dashed"]'
            lines.append(f"  {_quoted(name)}{dashed};")
        for source, target, edge in graph.edges(data=True):
            red = ", color=red, fontcolor=red" if edge["story"] else ""
            label = _quoted(edge["label"])
            lines.append(f"  {_quoted(source)} -> {_quoted(target)} [label={label}{red}];")
        return "\n".join([*lines, "}"]) + "\n"


def find_hang(
    processes: Iterable[Any], modules: Iterable[Module], now_ps: int, *, since_ps: int | None = None
) -> Hang | None:
    """Return what hangs, None if every process that waits may do so.

    With `since_ps` time could still go on: nothing hangs if a process that is no server waits for
    a time, or began its wait after `since_ps`.
    """
    census = Census(processes, modules)
    if not any(may_be_stuck(census, process) for process in census.processes):
        return None
    waits = tuple(_waits(census))
    stuck = [one for one in waits if one.is_stuck]
    if not stuck:
        return None
    if since_ps is not None and (
        census.has_timed_work() or max(one.since_ps for one in stuck) > since_ps
    ):
        return None
    opening = (
        "nothing is left to run" if since_ps is None else f"nothing progressed since {since_ps} ps"
    )
    story, is_circle = _story(waits, stuck)
    return Hang(now_ps, opening, waits, story, is_circle)


def _waits(census: Census) -> Iterable[Waiting]:
    for process in census.processes:
        wish = want(census, process)
        if wish is not None:
            stuck = not process.may_wait and (wish.owed or not census.is_server(process))
            since_ps = process.since_ps if wish.since_ps is None else wish.since_ps
            frames = census.frames[process]
            place = census.place(looking(frames) if wish.kind == "poll" else frames)
            yield Waiting(process, wish, since_ps, place, stuck)


def _story(waits: tuple[Waiting, ...], stuck: list[Waiting]) -> tuple[tuple[Waiting, ...], bool]:
    """Return the shortest circle through a hung process, else the longest chain from one."""
    by_process = {one.process: one for one in waits}
    graph: nx.DiGraph[Any] = nx.DiGraph()
    for one in waits:
        graph.add_node(one.process)
        graph.add_edges_from((one.process, giver) for giver in one.want.givers)
    region = {one: n for n, ring in enumerate(nx.strongly_connected_components(graph))
              for one in ring}  # fmt: skip
    circles = [
        nx.shortest_path(graph, giver, one.process)
        for one in stuck
        for giver in graph.successors(one.process)
        if region[giver] == region[one.process]
    ]
    if circles:
        *between, last = min(circles, key=len)
        return tuple(by_process[process] for process in (last, *between)), True
    return max((tuple(_chain(by_process, one)) for one in stuck), key=len), False


def _chain(by_process: dict[Any, Waiting], first: Waiting) -> Iterable[Waiting]:
    """Yield who waits for whom, from a hung process to one whose giver does not wait."""
    one: Waiting | None = first
    left = dict(by_process)
    while one is not None:
        del left[one.process]
        yield one
        one = next((left[giver] for giver in one.want.givers if giver in left), None)


def _name(giver: Any) -> str:
    return giver if isinstance(giver, str) else str(giver.name)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class HangWatch(Module):
    """Shows in waves, timeline and report who hangs; the simulator sets it."""

    hang = gauge("who waits for whom; empty while nothing hangs", text=True, level="protocol")
