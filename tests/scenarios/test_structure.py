"""The system as Graphviz text."""

import networkx as nx

from scenarios.showing.structure import to_dot


def test_modules_are_nested_and_joined_by_what_is_bound() -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from(["soc", "soc.core", "soc.memory"])
    graph.add_edge(
        "soc.core", "soc.memory", kind="socket", source="soc.core.mem", target="soc.memory.bus"
    )
    text = to_dot(graph)
    assert 'subgraph "cluster_soc" {' in text
    assert '"soc.core" -> "soc.memory" [label="mem to bus", style=solid];' in text
    assert text.count("{") == text.count("}")
