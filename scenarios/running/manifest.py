"""What a run was made of: versions, seed, command, options, inputs and the state of the source."""

import hashlib
import importlib.metadata
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scenarios.scenario import RunOptions

SOURCE = Path(__file__).parent
DISTRIBUTION = "imac-cosim"
RECORDED = ("numba", "numpy", "pydantic", "scipy", "simpy", "tensorflow")
"""Distributions whose version may show in a result or in a file."""


def manifest(
    story: str,
    command: Sequence[str],
    options: RunOptions[Any],
    inputs: Sequence[Path],
    wall_s: float,
) -> dict[str, Any]:
    """Return the manifest of a run that just ended."""
    return {
        "scenario": story,
        "command": list(command),
        "seed": options.seed,
        "options": {
            "mode": options.mode,
            "trace": options.trace,
            "window_ps": options.window_ps,
            "signals": options.signals,
            "images": options.images,
        },
        "inputs": {str(path): sha256(path) for path in inputs},
        "versions": versions(),
        "git": git_state(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "wall_s": round(wall_s, 3),
    }


def versions() -> dict[str, str]:
    """Return the versions of cosim, Python, the system and the libraries behind results."""
    found = {name: installed(name) for name in (DISTRIBUTION, *RECORDED)}
    system = {"python": platform.python_version(), "system": platform.platform()}
    return system | {name: version for name, version in found.items() if version}


def installed(distribution: str) -> str:
    """Return the installed version of a distribution, "" if there is none; imports nothing."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def sha256(path: Path) -> str:
    """Return the hash of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def git_state() -> dict[str, Any] | None:
    """Return commit and cleanness of the source tree, None if it is not under git."""
    commit = _git("rev-parse", "HEAD")
    tracked = _git("ls-files", "manifest.py")
    if not commit or not tracked:
        return None
    return {"commit": commit, "clean": not _git("status", "--porcelain")}


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(SOURCE), *words], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
