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


def to_dot(graph: "nx.MultiDiGraph[str]") -> str:
    """Return the graph as Graphviz text, a cluster for every module with children.

    Solid edges are sockets, dashed edges signals.
    """
    children: dict[str, list[str]] = {}
    for path, node in graph.nodes(data=True):
        children.setdefault(node["parent"], []).append(path)
    lines = [
        "digraph system {",
        "  rankdir=LR;",
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=9];',
    ]
    for path in children.get("", []):
        lines += _drawn(graph, children, path, "  ")
    for source, target, edge in graph.edges(data=True):
        dashed = ", style=dashed" if edge["kind"] == "signal" else ""
        lines.append(f"  {_quoted(source)} -> {_quoted(target)} "
                     f"[label={_quoted(edge['label'])}{dashed}];")  # fmt: skip
    return "\n".join([*lines, "}", ""])


def _drawn(
    graph: "nx.MultiDiGraph[str]", children: dict[str, list[str]], path: str, margin: str
) -> list[str]:
    """Return the lines of a module, and of all inside it."""
    node, name = graph.nodes[path], path.rpartition(".")[2]
    tooltip = f"tooltip={_quoted(node['doc'])}"
    if path not in children:
        label = _quoted(f"{name}\n{node['kind']}")
        return [f"{margin}{_quoted(path)} [label={label}, {tooltip}];"]
    title = _quoted(f"{name}: {node['kind']}")
    lines = [
        f"{margin}subgraph {_quoted(f'cluster_{path}')} {{",
        f'{margin}  label={title}; style="rounded,filled"; fillcolor="#eef2f7"; '
        'fontname="sans-serif";',
        f"{margin}  {_quoted(path)} [label={_quoted(name)}, {tooltip}, shape=ellipse];",
    ]
    for child in children[path]:
        lines += _drawn(graph, children, child, margin + "  ")
    return [*lines, f"{margin}}}"]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
