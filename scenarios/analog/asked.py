"""The commands on the analog part: `cosim spice`, `cosim map` and `cosim wires`."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from components.analog import AnalogConfig, AnalogNetwork, declare
from cosim.config import override
from cosim.errors import ConfigError
from cosim.seeds import generator
from scenarios.analog import mapping, telling, wires_sweep
from scenarios.analog.spice import SMALL, Bench, Target, write
from scenarios.analog.subjects import SUBARRAY, Subject, random_subarray, subject
from scenarios.running.progress import Progress
from scenarios.running.run_folder import check_writable


def subject_of(name: str, data: Path | None, columns: int, rows: int, seed: int) -> Subject:
    """Return the subject that a command line names."""
    return random_subarray(columns, rows, seed) if name == SUBARRAY else subject(name, data, seed)


def configured(settings: Iterable[str]) -> AnalogConfig:
    """Return the analog configuration with each PATH=VALUE."""
    config = AnalogConfig()
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set must be PATH=VALUE, not {setting!r}")
        config = override(config, path.strip(), value.strip())
    return config


def spice(
    chosen: Subject, config: AnalogConfig, tiles: Sequence[str], inputs: int, whole: bool,
    run: bool, seed: int, out: Path | None,
) -> None:  # fmt: skip
    """Write the decks, run them if asked to, print the comparison."""
    bench = Bench(chosen, config, inputs, seed)
    targets = [Target.parsed(text) for text in tiles]
    targets = targets or [Target(layer.name) for layer in chosen.layers]
    decks = [bench.tile_deck(target) for target in targets]
    with_whole = whole or bench.synapses <= SMALL
    folder = out or Path("decks") / chosen.name
    write(folder, [*decks, *([bench.whole_deck()] if with_whole else [])])
    console = Console()
    console.print(f"decks are in {folder}", soft_wrap=True)
    if not run:
        return
    lines = [
        line
        for target, deck in zip(targets, decks, strict=True)
        for line in bench.compare_tile(target, deck)
    ]
    if with_whole:
        lines += bench.compare_whole(bench.whole_deck())
    console.print(telling.compared(lines))


def wires(
    chosen: Subject, config: AnalogConfig, texts: tuple[str, str, str], images: int, seed: int,
    out: Path | None,
) -> None:  # fmt: skip
    """Sweep, print the table, keep table and picture."""
    ohms, tiles, spreads = (
        wires_sweep.numbers(text, name)
        for text, name in zip(texts, ("ohms", "tiles", "spreads"), strict=True)
    )
    asked = wires_sweep.Sweep(ohms, tuple(map(int, tiles)), spreads)
    chosen = chosen.first(images)
    folder = out or Path("wires") / chosen.name
    check_writable(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    progress = Progress()
    try:
        points = list(
            wires_sweep.sweep(
                chosen, config, asked, seed, lambda done: progress(done, asked.points, "points")
            )
        )
    finally:
        progress.close()
    wires_sweep.write_csv(folder / "wires.csv", points)
    wires_sweep.draw(folder / "wires.png", chosen, asked, points)
    console = Console()
    console.print(telling.swept(points))
    console.print(f"kept in {folder}", soft_wrap=True)


def place(chosen: Subject, config: AnalogConfig, seed: int, out: Path | None) -> None:
    """Print the mapping and the cost, keep the picture."""
    network = AnalogNetwork(chosen.layers, config, partial(generator, seed))
    folder = out or Path("maps") / chosen.name
    check_writable(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    mapping.draw(folder / "map.png", network, f"{chosen.name} {chosen.shape}")
    console = Console()
    console.print(telling.placed(mapping.mapped(network)))
    declared = declare(network.arrays[0], config.level)
    costs = telling.costs(mapping.cost(network, chosen), chosen.shape, declared)
    console.print("", costs, sep="\n")
    console.print(f"kept in {folder}", soft_wrap=True)
