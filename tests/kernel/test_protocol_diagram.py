"""A contract as a picture."""

import shutil
import subprocess

import pytest

from cosim.phase_check import BaseProtocol
from cosim.protocol import Contract, event, role, state
from cosim.state_diagram import to_dot, to_mermaid
from tests.kernel.protocol_doorbell import Ring


def test_mermaid_has_one_line_for_each_arc():
    assert to_mermaid(Ring) == (
        "stateDiagram-v2\n"
        "    [*] --> IDLE\n"
        "    IDLE --> BUSY : ring by core\n"
        "    DONE --> BUSY : ring by core\n"
        "    BUSY --> DONE : finish by array\n"
        "    DONE --> DONE : read by core\n"
    )


def test_graphviz_has_one_edge_for_each_pair_of_states():
    class Quoted(Contract):
        """A contract with awkward words."""

        one, two = role("acts"), role("acts too")
        A, B = state('says "hello"'), state("a \\ b")
        go = event("there", A >> B, by=(one, two))
        run = event("there too", A >> B, by=one)

    assert to_dot(Quoted) == (
        "digraph Quoted {\n"
        '  node [shape=box, style=rounded, fontname="sans-serif"];\n'
        '  edge [fontname="sans-serif", fontsize=9];\n'
        '  A [tooltip="says \\"hello\\"", peripheries=2];\n'
        '  B [tooltip="a \\\\ b"];\n'
        '  A -> B [label="go by one or two\\nrun by one"];\n'
        "}\n"
    )


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz")
@pytest.mark.parametrize("contract", [Ring, BaseProtocol])
def test_graphviz_draws_it(contract):
    done = subprocess.run(
        ["dot", "-Tsvg"], input=to_dot(contract), capture_output=True, text=True, check=True
    )
    assert all(f">{name}</text>" in done.stdout for name in contract.state_names)
