"""Two co-processors in one program: the analog one at 0x0000, a digital array at 0x1000.

    cosim run two_coprocessors

The signs of a digit go to both. The analog co-processor does all layers at once and gives codes;
the digital array does one layer at a time with exact sums, and the core makes neurons of them
(8-bit values of sigmoid). While one computes, the core feeds the other, over any hand-off protocol:

    cosim run two_coprocessors --set soc.imac.protocol=polling:period=32

Checked by: tests/scenarios/test_two_coprocessors.py
"""

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from components.coprocessor import Step
from components.mac_array import (
    ADDRESSES,
    INPUTS_ADDRESS,
    LAYER_ADDRESS,
    RESULTS_ADDRESS,
    START_ADDRESS,
    MacArray,
    MacArrayConfig,
    packed,
)
from cosim import Config, ProtocolError, Simulator, param
from cosim.units import show_time
from scenarios.measures.metrics import Metrics
from scenarios.networks import reference
from scenarios.offloads.code import Code
from scenarios.offloads.matrix import machine
from scenarios.offloads.task import Task, class_of, lenet5_task
from scenarios.offloads.trial import Plan, play
from scenarios.scenario import RunOptions, RunResult, Scenario
from scenarios.showing.tables import show_energy
from scenarios.soc import Soc, SocConfig
from waveforms.report import Table

BASE = 0x1000
"""Where the digital array's addresses begin, behind those of the analog co-processor."""

LARGEST = 127
"""Of an int8: a neuron's output of 1."""

NEURON_CYCLES = 4
"""Cycles of the core for one neuron: add the bias, look sigmoid up, round, pack. estimate."""


class TwoConfig(Config):
    """The machine, the digital array, and the digit."""

    soc: SocConfig = param(SocConfig(), doc="the machine")
    mac: MacArrayConfig = param(MacArrayConfig(), doc="digital array")
    first: int = param(
        0, doc="which digit of the package", unit="1", low=0, source="the user's choice"
    )


class Digital(NamedTuple):
    """What software makes of the digital array's sums: int8 inputs and exact sums by layer."""

    inputs: tuple[reference.Floats, ...]
    sums: tuple[reference.Floats, ...]


def digital(task: Task) -> Digital:
    """Return all values of the digital way, layer by layer, as integer arithmetic gives them."""
    values = np.sign(task.features[0]).astype(np.int64)
    unit, inputs, sums = 1, [], []
    for layer in task.layers:
        inputs.append(values)
        sums.append(values @ layer.weights.astype(np.int64))
        total = sums[-1] / unit + layer.biases
        values = np.rint(LARGEST / (1 + np.exp(layer.gain * total))).astype(np.int64)
        unit = LARGEST
    return Digital(tuple(inputs), tuple(sums))


def program(task: Task, steps: Sequence[Step]) -> Code:
    """Return the program: feed the array, do the analog one's job meanwhile, read the array.

    `steps` are those of the analog co-processor's driver.
    """
    way = digital(task)
    code = _feed(Code(), 0, way).follow(steps, task.inputs(), task.classes)
    for number in range(len(task.layers)):
        if number:
            code.spin(NEURON_CYCLES * len(way.inputs[number]))
            _feed(code, number, way)
        for place in range(len(way.sums[number])):
            code.load(BASE + RESULTS_ADDRESS + place)
    return code


def _feed(code: Code, number: int, way: Digital) -> Code:
    """Write the choice of a layer, its inputs, and its start."""
    code.store_pattern(BASE + LAYER_ADDRESS, number)
    for place, word in enumerate(packed(way.inputs[number].astype(np.int8))):
        code.store_pattern(BASE + INPUTS_ADDRESS + place, word)
    return code.store_pattern(BASE + START_ADDRESS, 1)


def run(options: RunOptions[TwoConfig]) -> RunResult:
    """Classify one digit with both."""
    config = options.config
    task = lenet5_task(config.first)
    built: list[tuple[Soc, MacArray]] = []

    def add(simulator: Simulator, soc: Soc, task: Task) -> None:
        weights = [layer.weights for layer in task.layers]
        array = MacArray("mac", simulator, layers=weights, config=config.mac, clock=soc.clock)
        soc.coprocessor_bus.map(BASE, ADDRESSES, array.bus)
        built.append((soc, array))

    prepared = machine(config.soc, {})
    code = program(task, prepared.imac.hand_off.steps())
    trial = play(Plan(prepared, code, add), task, options)
    if trial.end != "finished":
        raise ProtocolError(trial.story)
    ((soc, array),) = built
    table, right = _compared(soc, array, task)
    predictions = tuple(int(row[1]) for row in table.rows)
    metrics = Metrics(
        scenario="two_coprocessors", network="lenet5", mode=options.mode.value, seed=options.seed,
        images=1, predictions=predictions, labels=(int(task.images.labels[0]),) * len(predictions),
        time_ps=trial.time_ps, cycles=soc.core.cycle_count.value, instructions=trial.instructions,
    )  # fmt: skip
    rows = (("sums of the digital array", "all exact" if right else "wrong"),)
    return RunResult(metrics, rows=rows, tables={"coprocessors": table})


def _compared(soc: Soc, array: MacArray, task: Task) -> tuple[Table, bool]:
    """Return both side by side, and whether the digital array's sums are those of arithmetic."""
    assert soc.imac is not None
    loaded = [int(result.value) for result in soc.core.results]
    codes, sums = loaded[: task.classes], loaded[task.classes :]
    expected = [int(one) for part in digital(task).sums for one in part]
    last = array.layers[-1].shape[1]
    scores = -np.array(sums[-last:]) / LARGEST - task.layers[-1].biases
    job = soc.imac.last_job
    rows = [
        ("analog, 0x0000", str(class_of(codes)), show_time(job.done_ps - job.start_ps),
         show_energy(sum(soc.imac.energy_pj().values())),
         f"{soc.imac.stores.value:,}", f"{soc.imac.loads.value:,}"),
        ("digital, 0x1000", str(int(np.argmax(scores))), show_time(array.job.total_ps),
         show_energy(array.spent.value), f"{array.stores.value:,}", f"{array.loads.value:,}"),
    ]  # fmt: skip
    columns = ("co-processor", "class", "computing", "energy", "stores", "loads")
    return Table("Two co-processors, one digit", columns, rows), sums == expected


SCENARIO = Scenario("two co-processors in one program: IMAC and a digital array", TwoConfig, run)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "two_coprocessors", *sys.argv[1:]])
