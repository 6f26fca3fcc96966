"""One run from options to a finished folder."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cosim.compiler import compile_seconds
from cosim.config import to_toml
from cosim.errors import ConfigError, DeadlockError
from scenarios.measures.metrics import HostMetrics, LayerMetrics, Metrics
from scenarios.running.manifest import installed, manifest
from scenarios.running.progress import Progress
from scenarios.running.run_folder import RunFolder
from scenarios.running.tracing import remedy
from scenarios.scenario import OnHang, RunOptions, RunResult, Scenario
from scenarios.showing.structure import draw, to_dot
from waveforms.report import Table


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

    `options.folder` is replaced by the run's own folder. Whatever is raised leaves no file, except
    that a run that hangs is kept if it is to be drawn.
    """
    _refuse_unheard(story, scenario, options)
    progress, compiled_s = Progress(), compile_seconds()
    config = to_toml(options.config)
    with RunFolder(root, story, _key(story, config, options)) as folder:
        options = replace(options, folder=folder.path, advance=progress)
        found: RunResult | DeadlockError
        try:
            found = scenario.run(options)
        except DeadlockError as hang:
            if options.on_hang is not OnHang.DRAW:
                raise
            found = hang
        finally:
            progress.close()
        wall_s = progress.elapsed_s
        folder.write_text("config.toml", config)
        inputs = found.inputs if isinstance(found, RunResult) else ()
        if isinstance(found, RunResult):
            alone_s = wall_s - found.beside_s
            metrics = _write_result(folder, found, alone_s, compile_seconds() - compiled_s)
        else:
            folder.write_text("hang.txt", f"{found}\n")
        facts = manifest(story, command, options, inputs, wall_s)
        folder.write_text("manifest.json", json.dumps(facts, indent=2) + "\n")
    if isinstance(found, DeadlockError):
        kept = "; ".join(filter(None, (f"{folder.final}", remedy(scenario, options.trace))))
        raise DeadlockError(f"{found}\nkept in {kept}")
    return Finished(folder.final, found, metrics)


def _refuse_unheard(story: str, scenario: Scenario[Any], options: RunOptions[Any]) -> None:
    """Raise ConfigError for a file of a single run that this scenario does not know."""
    asked = {
        "--checkpoint": options.saves, "--restore": options.restore,
        "--record-trace": options.record,
    }  # fmt: skip
    for option, value in asked.items():
        if value is not None and not scenario.resumes:
            raise ConfigError(
                f"{option} must be given to a run of one network on the core, not to {story}; run"
                " that network's own scenario"
            )


def _write_result(folder: RunFolder, result: RunResult, wall_s: float, compile_s: float) -> Metrics:
    """Write what a run found; return its metrics with the host's cost."""
    host = HostMetrics.measured(result.metrics.instructions, wall_s, compile_s)
    metrics = result.metrics.model_copy(update={"host": host})
    hang = result.simulator.hang if result.simulator is not None else None
    if hang is not None:
        metrics = metrics.model_copy(update={"notes": (*metrics.notes, f"hang: {hang.summary}")})
    folder.write_text("metrics.json", metrics.to_json())
    folder.write("layers.csv", lambda path: write_layers(path, metrics.layers))
    if result.simulator is not None:
        folder.write_text("system.dot", to_dot(result.simulator.graph()))
        folder.write("system.svg", draw)
    for name, writer in result.files.items():
        folder.write(name, writer)
    for name, table in result.tables.items():
        folder.write(f"{name}.csv", partial(write_table, table=table))
    return metrics


def write_table(path: Path, table: Table) -> None:
    """Write a table as CSV, its columns as heads."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([table.columns, *table.rows])


def write_layers(path: Path, layers: tuple[LayerMetrics, ...]) -> None:
    """Write one line a layer, with the keys of `metrics.json` as heads."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, list(LayerMetrics.model_fields), lineterminator="\n")
        table.writeheader()
        table.writerows(layer.model_dump() for layer in layers)


def _key(story: str, config: str, options: RunOptions[Any]) -> str:
    """Return all that decides a result, for the hash in the folder's name."""
    shown = (options.trace, options.window_ps, options.trigger, options.signals, options.waves)
    chosen = (options.mode, *shown, options.images)
    return repr((story, config, chosen, options.seed, installed("imac-cosim")))
