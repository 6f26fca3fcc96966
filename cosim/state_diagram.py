"""A contract as a picture of its states: text for Mermaid and for Graphviz.

Checked by: tests/kernel/test_protocol_diagram.py
"""

from collections.abc import Iterator

from cosim.contract_terms import State
from cosim.protocol import Contract


def to_mermaid(contract: type[Contract]) -> str:
    """Return the states as a Mermaid diagram, which GitHub and most editors draw."""
    lines = ["stateDiagram-v2", f"    [*] --> {contract.states[0]}"]
    for source, target, labels in _arrows(contract):
        lines += [f"    {source} --> {target} : {label}" for label in labels]
    return "\n".join([*lines, ""])


def to_dot(contract: type[Contract]) -> str:
    """Return the states as a Graphviz graph; the first one has a double frame."""
    lines = [
        f"digraph {contract.__name__} {{",
        '  node [shape=box, style=rounded, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=9];',
    ]
    for state in contract.states:
        frames = ", peripheries=2" if state is contract.states[0] else ""
        lines.append(f"  {state} [tooltip={_quoted(state.doc)}{frames}];")
    for source, target, labels in _arrows(contract):
        lines.append(f"  {source} -> {target} [label={_quoted(*labels)}];")
    return "\n".join([*lines, "}", ""])


def _arrows(contract: type[Contract]) -> Iterator[tuple[State, State, list[str]]]:
    """Yield each pair of states that events join, with the events."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for (source, event), target in contract.moves.items():
        by = " or ".join(role.name for role in event.by)
        arrows.setdefault((source, target), []).append(f"{event} by {by}")
    for (source, target), labels in arrows.items():
        yield source, target, labels


def _quoted(*lines: str) -> str:
    escaped = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return f'"{escaped}"'
