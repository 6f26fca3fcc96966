"""One network on the machine: images in, classes and everything measured out.

The convolutions' values come from the reference arithmetic, their time from the simulated core;
with the co-processor the class comes out of the simulated buffer, arrays and converters.
Checked by: tests/scenarios/test_lenet5.py, tests/modes/test_equal_lenet5.py
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter

from components.cpu import champsim_trace
from components.imac.contract import HandOff
from components.imac.hand_off_check import HandOffCheck
from cosim import Config, ConfigError, DeadlockError, Simulator, param
from cosim.compiler import compile_seconds
from cosim.config import override, rows
from scenarios.measures import activities
from scenarios.measures.activities import Activities, of_machine
from scenarios.measures.energy_log import EnergyLog
from scenarios.measures.error_bars import ErrorBars
from scenarios.measures.measuring import Outcome, measure
from scenarios.measures.metrics import Metrics
from scenarios.measures.span_log import figures as timelines
from scenarios.measures.watching import Waves
from scenarios.networks import reference
from scenarios.networks.handoff import float_bits
from scenarios.networks.images import Images, load_images
from scenarios.networks.layers import Network
from scenarios.networks.lowering import BYTE_BITS, Machine, Program, program
from scenarios.networks.options import CodeOptions
from scenarios.networks.strips import Unrolling
from scenarios.networks.weights import Weights, load, shipped, untrained
from scenarios.running.bare_run import counted, stop_at_end
from scenarios.running.convolving import classes_of, measured, unrolling
from scenarios.running.hanging import run
from scenarios.running.resumable import Resumable
from scenarios.running.run_folder import write_text
from scenarios.scenario import RunOptions, RunResult, Writer
from scenarios.showing.picturing import cycle_stack, figures, wrong
from scenarios.showing.telling import layout, struck, violations, wave_rows
from scenarios.soc import Soc, SocConfig
from waveforms.report import Report, build_report, write_page

UNTRAINED = "weights are random, not trained: time and energy count, the class means nothing"


class InferenceConfig(Config):
    """A machine, the code it runs, and what it looks at."""

    soc: SocConfig = param(SocConfig(), doc="the machine")
    code: CodeOptions = param(CodeOptions(), doc="how layers become instructions")
    weights: str = param(
        "", doc="file of trained weights; empty for those of the package, else random ones"
    )
    data: str = param("", doc="file of labelled images; empty for those of the package")
    first: int = param(
        0, doc="which image of the file comes first", unit="1", low=0, source="the user's choice"
    )

    @property
    def machine(self) -> Machine:
        """Who computes the dense layers."""
        return "imac" if self.soc.imac.enabled else "cpu"


@dataclass(frozen=True)
class Task:
    """What is run: a network with weights, its images, and their program."""

    weights: Weights
    images: Images
    program: Program
    unrolling: Unrolling | None = None

    @property
    def features(self) -> reference.Floats:
        """What the dense layers get, (images, features)."""
        if self.unrolling is not None:
            return self.unrolling.features
        return reference.features(self.weights, self.images.pixels)

    def contents(self, soc: Soc) -> Callable[[int, int], list[int]]:
        """Return what says the features, as float32 patterns, that the image under way has."""
        patterns = float_bits(self.features)
        origin, image_bytes, bits = self.program.features

        def read(address: int, count: int) -> list[int]:
            image = self.program.marks[len(soc.core.passed) - 1].image
            first = (address - origin - image * image_bytes) * BYTE_BITS // bits
            return [int(one) for one in patterns[image, first : first + count]]

        return read

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the results."""
        return () if self.weights.is_trained else (UNTRAINED,)


def prepare(network: Network, options: RunOptions[InferenceConfig]) -> Task:
    """Read weights and images and lower the network; raises DataError or ConfigError."""
    config = options.config
    weights = _weights(network, config.weights, options.seed)
    images = load_images(network, Path(config.data) if config.data else None)
    end = config.first + options.images
    if end > len(images.pixels):
        raise ConfigError(
            f"images {config.first} to {end - 1} must be in the file; it holds"
            f" {len(images.pixels)}; ask for fewer, or set data=FILE"
        )
    chosen = images.part(config.first, end)
    imac = config.soc.imac
    on_arrays = unrolling(weights, chosen.pixels, config.soc, options.seed)
    lowered = program(
        weights, chosen.pixels, config.machine, config.code, imac.inputs_most, imac.encoding,
        imac.hand_off.steps(), on_arrays,
    )  # fmt: skip
    return Task(weights, chosen, lowered, on_arrays)


def _weights(network: Network, file: str, seed: int) -> Weights:
    """Read trained weights, or make random ones for a network that comes without."""
    if file or shipped(network):
        return load(network, Path(file) if file else None)
    return untrained(network, seed)


def infer(network: Network, options: RunOptions[InferenceConfig]) -> RunResult:
    """Run `options.images` images of `network` through the machine."""
    task = prepare(network, options)
    config = options.config
    compiled_s = compile_seconds()
    machine = partial(_machine, task=task, options=options)
    resumable = Resumable(network.name, task.program, options, machine)
    if options.record is not None:
        champsim_trace.write(options.record, task.program.chunks())
    with Simulator(seed=options.seed, env=resumable.environment()) as simulator:
        soc = machine(simulator)
        resumable.restore(simulator)
        waves = Waves(simulator, options, soc)
        energy = EnergyLog(soc, resumable.spent_pj)
        check = _followed(simulator, soc, resumable)
        soc.core.load(resumable.chunks(), task.program.names)
        stop = stop_at_end(simulator, soc)
        resumable.save(simulator, soc, energy, stop, check)
        run(simulator, options, soc=soc)
        _check_end(soc)
        energy.read(soc.core.finish_ps)
        outcome = Outcome(
            soc, energy, network.name, task.program, predictions(task, soc), task.images, task.notes
        )
        metrics = measure(outcome, options, compile_seconds() - compiled_s)
        metrics = metrics.model_copy(update={"convolver": measured(soc, task.unrolling)})
    hand_off = None if check is None else check.hand_off
    bars, beside_s = _compared(network, options, soc)
    metrics = metrics.model_copy(update={"intervals": bars.intervals()})
    files = waves.write_layout(layout(metrics, struck(soc.faults) | violations(soc.imac, hand_off)))
    page = partial(_page, bars, waves, outcome, metrics, hand_off, simulator, config)
    written = _written(bars.run, page, hand_off)
    inputs = tuple(Path(name) for name in (config.weights, config.data) if name)
    told = (("weights", task.weights.described), *resumable.rows, *_kept(hand_off).items())
    lines = (*told, *wave_rows(files), *waves.rows)
    return RunResult(metrics, simulator, lines, written, inputs, beside_s=beside_s)


def _machine(simulator: Simulator, task: Task, options: RunOptions[InferenceConfig]) -> Soc:
    """Return the machine with the task's weights in its arrays."""
    weights = task.weights
    soc = Soc(
        "soc", simulator, config=options.config.soc, layers=weights.programmed,
        unrolled=weights.unrolled, mode=options.mode,
    )  # fmt: skip
    if soc.imac is not None:
        soc.imac.protocol.contents = task.contents(soc)
    return soc


def _compared(
    network: Network, options: RunOptions[InferenceConfig], soc: Soc
) -> tuple[ErrorBars, float]:
    """Hold the run against its base, if there is one; return seconds spent on that too."""
    began_s = perf_counter()
    bars = ErrorBars(of_machine(soc, soc.core.finish_ps), _base(network, options))
    return bars, perf_counter() - began_s


def _base(network: Network, options: RunOptions[InferenceConfig]) -> Activities | None:
    """Return what the run is held against: a given one, or the core alone on the same images."""
    if options.against is not None:
        return activities.read_alike(options.against, network.name, options.images)
    if not options.beside or not options.config.soc.imac.enabled:
        return None
    config = override(options.config, "soc.imac.enabled", "false")
    soc = config.soc.model_copy(update={"faults": type(config.soc.faults)()})  # of the co-processor
    config = config.model_copy(update={"soc": soc})
    task = prepare(network, replace(options, config=config))
    return counted(config.soc, (), task.program, options.seed)


def _followed(simulator: Simulator, soc: Soc, resumable: Resumable) -> HandOffCheck | None:
    """Hold the hand-off against its contract, from where a run before has left it."""
    if soc.imac is None:
        return None
    check = HandOffCheck(soc.imac, raises=False, kept=resumable.hand_off)
    simulator.observe(check)
    return check


def _kept(hand_off: HandOff | None) -> dict[str, str]:
    """Return what the report says of the contract: how much was seen, and what broke it."""
    if hand_off is None:
        return {}
    told = {"hand-off contract": hand_off.coverage.summary}
    broken = "; ".join(str(violation) for violation in hand_off.violations)
    return told | ({"broken": broken} if broken else {})


def _written(
    done: Activities, page: Callable[[], Report], hand_off: HandOff | None
) -> dict[str, Writer]:
    """Return what else is kept of a run: its page, its activities, how the hand-off went.

    They are made when they are written: a sweep keeps none, and they take as long as the run.
    """
    found: dict[str, Writer] = {
        "report.html": lambda path: write_page(path, page()),
        activities.FILE: lambda path: write_text(path, done.to_json()),
    }
    if hand_off:
        found["hand_off.txt"] = partial(_write_coverage, hand_off)
    return found


def _write_coverage(hand_off: HandOff, path: Path) -> None:
    write_text(path, hand_off.coverage.table() + "\n")


def _check_end(soc: Soc) -> None:
    """Raise DeadlockError if a run that hung was to go on, for there is nothing to measure."""
    if not soc.core.state[0].finished:
        raise DeadlockError(
            f"{soc.core.path} must come to the end of its program to be measured; it hangs at "
            f"{soc.now_ps} ps; run without --on-hang to see why"
        )


def predictions(task: Task, soc: Soc) -> tuple[int, ...]:
    """Return the class of each image: the first largest code that the core loaded.

    Without a co-processor the class is that of the full-precision arithmetic.
    """
    if soc.imac is None:
        inputs = reference.features(task.weights, task.images.pixels)
        scores = reference.logits(task.weights, inputs)
        return tuple(reference.classes(scores).tolist())
    codes = classes_of(soc.core.results, task.weights.network.classes)
    return tuple(reference.classes(codes).tolist())


def _page(
    bars: ErrorBars,
    waves: Waves,
    outcome: Outcome,
    metrics: Metrics,
    hand_off: HandOff | None,
    simulator: Simulator,
    config: InferenceConfig,
) -> Report:
    """Return the page about a run that has ended."""
    told = metrics.model_dump()
    told["imac"] |= _kept(hand_off)
    report = build_report(told, simulator.probes(), rows(config))
    report.charts.append(cycle_stack(outcome.soc))
    drawn = figures(simulator, outcome.soc, hand_off)
    report.figures = (
        *timelines(waves.spans.ended),
        *bars.figures(),
        *drawn,
        *wrong(metrics.predictions, outcome.images),
    )
    report.lead = list(bars.tables())
    return report
