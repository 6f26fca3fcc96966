"""Small request traces on disk."""

import json
from pathlib import Path
from typing import Any

from scenarios.cli import dispatch

LINES = 300


def request_lines(count: int = LINES) -> list[str]:
    """Return reads and writes that stay in few rows: three reads to one write."""
    return [
        f"{3 * n} {(n % 5) * 0x10000 + (n * 7 % 128) * 64:x} {'W' if n % 4 == 3 else 'R'}"
        for n in range(count)
    ]


def write_trace(folder: Path, lines: list[str], name: str = "small.trc", window: int = 8) -> Path:
    """Write a trace in the reference's format."""
    path = folder / name
    path.write_text("\n".join([f"# window={window}", *lines]) + "\n", encoding="ascii")
    return path


def replayed(folder: Path, trace: Path, *words: str) -> dict[str, Any]:
    """Run `cosim dram` on a trace; return its JSON."""
    found = folder / "found.json"
    assert dispatch(["dram", str(trace), "--json", str(found), *words]) == 0
    return dict(json.loads(found.read_text(encoding="utf-8")))
