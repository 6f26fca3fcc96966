"""The elaborated system as Graphviz text: modules nested as they are built, joined by sockets."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def to_dot(graph: Any) -> str:
    """Return the graph of `Simulator.graph()` as Graphviz text.

    Modules with others inside become boxes around them; an edge shows what it joins.
    """
    paths = sorted(str(node) for node in graph.nodes)
    lines = [
        "digraph system {",
        "  rankdir=LR; compound=true;",
        '  node [shape=box, style=rounded, fontname="Helvetica", fontsize=10];',
        '  edge [fontname="Helvetica", fontsize=8, color="#555555"];',
        *_boxes(paths, "", 1),
    ]
    for source, target, facts in sorted(graph.edges(data=True), key=_ends):
        label = f"{_last(facts['source'])} to {_last(facts['target'])}"
        style = "dashed" if facts["kind"] == "signal" else "solid"
        ends = f"{_quoted(source)} -> {_quoted(target)}"
        lines.append(f"  {ends} [label={_quoted(label)}, style={style}];")
    return "\n".join([*lines, "}", ""])


def _boxes(paths: list[str], parent: str, depth: int) -> Iterator[str]:
    """Yield the modules directly below `parent`, those with children as boxes."""
    indent = "  " * depth
    for path in paths:
        if path.rpartition(".")[0] != parent:
            continue
        name = _last(path)
        node = f"{_quoted(path)} [label={_quoted(name)}];"
        if not any(other.startswith(path + ".") for other in paths):
            yield indent + node
            continue
        yield f"{indent}subgraph {_quoted('cluster_' + path)} {{"
        yield f'{indent}  label={_quoted(name)}; color="#bbbbbb"; fontname="Helvetica";'
        yield f"{indent}  {node}"
        yield from _boxes(paths, path, depth + 1)
        yield f"{indent}}}"


def _ends(edge: tuple[Any, Any, Any]) -> tuple[str, str, str]:
    return str(edge[0]), str(edge[1]), str(edge[2]["source"])


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _quoted(text: object) -> str:
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def draw(path: Path) -> None:
    """Draw `path` from the Graphviz text of that name with the suffix `.dot`, if `dot` is there."""
    if shutil.which("dot"):
        subprocess.run(
            ["dot", "-Tsvg", "-o", str(path), str(path.with_suffix(".dot"))],
            check=True,
            capture_output=True,
        )
