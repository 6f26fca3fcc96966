import networkx as nx
import pytest

from cosim import (
    Module,
    Simulator,
    Transaction,
    in_port,
    initiator_socket,
    out_port,
    signal,
    target_socket,
)
from cosim.graph import to_dot


class Memory(Module):
    """Holds bytes."""

    bus = target_socket("the array")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> None:
        """Serve."""


class Timer(Module):
    """Counts down."""

    zero = signal("the count is zero")
    start = in_port("begin to count")


class Core(Module):
    """Runs a "program"."""

    mem = initiator_socket("the memory")
    timer = in_port("the timer")
    go = out_port("starts the timer")


class Soc(Module):
    """Core, timer and memory."""

    start = signal("from core to timer")

    def build(self) -> None:
        core, timer, memory = Core("core", self), Timer("timer", self), Memory("memory", self)
        core.mem.bind(memory.bus)
        core.timer.bind(timer.zero)
        core.go.bind(self.start)
        timer.start.bind(self.start)


@pytest.fixture
def graph() -> "nx.MultiDiGraph[str]":
    sim = Simulator()
    Soc("soc", sim)
    return sim.graph()


def test_modules_are_nodes_with_their_class_and_sentence(graph):
    assert list(graph) == ["soc", "soc.core", "soc.timer", "soc.memory"]
    assert graph.nodes["soc.timer"] == {"kind": "Timer", "doc": "Counts down.", "parent": "soc"}


def test_a_socket_binding_is_an_edge_from_initiator_to_target(graph):
    [edge] = graph.get_edge_data("soc.core", "soc.memory").values()
    assert edge == {
        "kind": "socket",
        "source": "soc.core.mem",
        "target": "soc.memory.bus",
        "label": "mem -> bus",
    }


def test_a_signal_leads_from_its_driver_through_its_owner_to_its_reader(graph):
    pairs = {(a, b): d["label"] for a, b, d in graph.edges(data=True) if d["kind"] == "signal"}
    assert pairs == {
        ("soc.timer", "soc.core"): "zero -> timer",
        ("soc.core", "soc"): "go -> start",
        ("soc", "soc.timer"): "start -> start",
    }


def test_graphviz_text_has_a_cluster_for_every_module_with_children(graph):
    assert to_dot(graph) == "\n".join(
        [
            "digraph system {",
            "  rankdir=LR;",
            '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"];',
            '  edge [fontname="sans-serif", fontsize=9];',
            '  subgraph "cluster_soc" {',
            '    label="soc: Soc"; style="rounded,filled"; fillcolor="#eef2f7"; '
            'fontname="sans-serif";',
            '    "soc" [label="soc", tooltip="Core, timer and memory.", shape=ellipse];',
            '    "soc.core" [label="core\\nCore", tooltip="Runs a \\"program\\"."];',
            '    "soc.timer" [label="timer\\nTimer", tooltip="Counts down."];',
            '    "soc.memory" [label="memory\\nMemory", tooltip="Holds bytes."];',
            "  }",
            '  "soc" -> "soc.timer" [label="start -> start", style=dashed];',
            '  "soc.core" -> "soc.memory" [label="mem -> bus"];',
            '  "soc.core" -> "soc" [label="go -> start", style=dashed];',
            '  "soc.timer" -> "soc.core" [label="zero -> timer", style=dashed];',
            "}",
            "",
        ]
    )
