"""One run from options to a finished folder."""

import csv
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cosim.compiled import compile_seconds
from cosim.config import to_toml
from scenarios.manifest import installed, manifest
from scenarios.metrics import HostMetrics, LayerMetrics, Metrics
from scenarios.progress import Progress
from scenarios.run_folder import RunFolder
from scenarios.scenario import Elaborated, RunOptions, RunResult, Scenario
from scenarios.structure import to_dot


@dataclass(frozen=True)
class Finished:
    """A finished run: its folder, what it found, and its metrics with the host's cost."""

    folder: Path
    result: RunResult
    metrics: Metrics


def execute(
    story: str,
    scenario: Scenario[Any],
    options: RunOptions[Any],
    root: Path,
    command: Sequence[str] = (),
) -> Finished:
    """Run a scenario and write its folder below `root`; `command` is for the manifest.

    `options.folder` is replaced by the run's own folder. Whatever is raised leaves no file.
    """
    progress, compiled_s = Progress(), compile_seconds()
    config = to_toml(options.config)
    with RunFolder(root, story, _key(story, config, options)) as folder:
        options = replace(options, folder=folder.path, advance=progress)
        try:
            result = scenario.run(options)
        finally:
            progress.close()
        wall_s = progress.elapsed_s
        compile_s = compile_seconds() - compiled_s
        host = HostMetrics.measured(result.metrics.instructions, wall_s, compile_s)
        metrics = result.metrics.model_copy(update={"host": host})
        folder.write_text("config.toml", config)
        folder.write_text("metrics.json", metrics.to_json())
        folder.write("layers.csv", lambda path: write_layers(path, metrics.layers))
        if result.simulator is not None:
            _write_structure(folder, result.simulator)
        for name, writer in result.files.items():
            folder.write(name, writer)
        facts = manifest(story, command, options, result.inputs, wall_s)
        folder.write_text("manifest.json", json.dumps(facts, indent=2) + "\n")
    return Finished(folder.final, result, metrics)


def write_layers(path: Path, layers: tuple[LayerMetrics, ...]) -> None:
    """Write one line a layer, with the keys of `metrics.json` as heads."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, list(LayerMetrics.model_fields), lineterminator="\n")
        table.writeheader()
        table.writerows(layer.model_dump() for layer in layers)


def _key(story: str, config: str, options: RunOptions[Any]) -> str:
    """Return all that decides a result, for the hash in the folder's name."""
    chosen = (options.mode, options.trace, options.window_ps, options.signals, options.images)
    return repr((story, config, chosen, options.seed, installed("imac-cosim")))


def _write_structure(folder: RunFolder, simulator: Elaborated) -> None:
    """Write the system as a graph, and drawn if Graphviz is there."""
    folder.write_text("system.dot", to_dot(simulator.graph()))
    if shutil.which("dot"):
        folder.write("system.svg", _draw)


def _draw(path: Path) -> None:
    subprocess.run(
        ["dot", "-Tsvg", "-o", str(path), str(path.with_suffix(".dot"))],
        check=True,
        capture_output=True,
    )
