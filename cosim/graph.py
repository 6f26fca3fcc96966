"""The elaborated system as a networkx graph, and as text for Graphviz.

Nodes are module paths with attributes `kind` (class name), `doc` and `parent` (path or "").
Edges are bindings: `kind` ("socket" or "signal"), `source` and `target` (what is bound, by path),
`label` ("mem -> bus").
Two modules may share several edges, so the graph is a multigraph.
Checked by: tests/kernel/test_graph.py
"""

from collections.abc import Sequence

import networkx as nx

from cosim.module import Module
from cosim.ports import OutPort, SignalPort
from cosim.sockets import InitiatorSocket


def system_graph(modules: Sequence[Module]) -> "nx.MultiDiGraph[str]":
    """Return the graph of elaborated modules and their bindings."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    homes: dict[str, str] = {}
    for module in modules:
        graph.add_node(
            module.path, kind=type(module).__name__, doc=module.doc, parent=module.parent.path
        )
        homes |= {part.path: module.path for part in module.parts.values()}
    for module in modules:
        for socket in module.parts_of(InitiatorSocket):
            for target in socket.bound:
                _join(graph, "socket", socket.path, target.path, homes)
        for port in module.parts_of(SignalPort):
            for signal in port.ends:
                if signal.name in homes:
                    ends = (port.path, signal.name)
                    drives = isinstance(port, OutPort)
                    _join(graph, "signal", *(ends if drives else ends[::-1]), homes)
    return graph


def _join(
    graph: "nx.MultiDiGraph[str]", kind: str, source: str, target: str, homes: dict[str, str]
) -> None:
    label = f"{source.rpartition('.')[2]} -> {target.rpartition('.')[2]}"
    graph.add_edge(
        homes[source], homes[target], kind=kind, source=source, target=target, label=label
    )
