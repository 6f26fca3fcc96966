"""The accelerator as a machine that an intermittent supply can run, and the work it does there.

Checked by: tests/scenarios/test_pim_intermittent.py, tests/scenarios/test_pim_outages.py
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from components.pim import PimConfig, PimMachine, QuantisedNetwork
from components.pim.behaviour import recall, restart, resume_layer, step
from components.pim.network import Integers
from components.power import Course, Intermittent, SupplyConfig
from cosim import Config, ConfigError, param
from cosim.compiled import compiled
from cosim.units import PS_PER_S
from scenarios.networks.images import load_images
from scenarios.networks.quantised.catalogue import find

NO_SOURCE = Course(np.array([PS_PER_S]), np.array([0.0]))
"""Nothing comes in: for a supply that does not fail."""


@compiled
def resume_saved(address: int) -> None:
    """Nothing to do: each round notes whose inputs lie in the sub-arrays, and writes its own."""


class PoweredPim:
    """What a supply is told of an accelerator with an image in its bank.

    `saved_bits` is what a save writes; None for all that is volatile.
    """

    step, restart = staticmethod(step), staticmethod(restart)
    resume_layer, resume_saved = staticmethod(resume_layer), staticmethod(resume_saved)
    recall = staticmethod(recall)

    def __init__(self, machine: PimMachine, saved_bits: int | None = None) -> None:
        self.machine = machine
        self.address = machine.address
        self.volatile = machine.held
        self.places = np.arange(len(machine.held))
        self.progress = machine.progress
        self.memory = machine.memory
        self.saved_bits = machine.volatile_bits if saved_bits is None else saved_bits

    def rewind(self) -> None:
        """Forget until when buses and arrays were taken: time begins anew."""
        for taken in (self.machine.times, self.machine.busy):
            taken[:] = np.zeros(1, taken.dtype)[0]


class WorkConfig(Config):
    """What is computed, over and over, and on which accelerator."""

    network: str = param("lenet5", doc="network of the package")
    width: str = param("4:1", doc="bits of activations and weights, I:W")
    digit: int = param(
        0, doc="which image of the package", unit="1", low=0, high=99, source="the user's choice"
    )
    machine: PimConfig = param(
        PimConfig(mats=1, sub_arrays=1), doc="accelerator; one sub-array, as a node without battery"
    )
    saved_bits: int | None = param(
        None, doc="bits of a save; none for everything that is volatile", unit="bits", low=1,
        source="the user's choice; 821 bits are 20 accumulators and the loop",
    )  # fmt: skip


class Uninterrupted(NamedTuple):
    """An inference without any outage; energy with what is drawn anyway."""

    operations: int
    energy_pj: float
    time_ps: int
    accumulators: list[int]
    found: int


@dataclass(frozen=True)
class Work:
    """A network in an accelerator, with an image."""

    network: QuantisedNetwork
    image: Integers
    label: int
    config: WorkConfig

    @cached_property
    def powered(self) -> PoweredPim:
        """The accelerator; every run begins with its image in the bank."""
        machine = PimMachine(self.network, self.config.machine)
        machine.load(self.image)
        return PoweredPim(machine, self.config.saved_bits)

    def run(self, course: Course, config: SupplyConfig, **options: Any) -> Intermittent:
        """Join the accelerator to a supply, at time 0; `options` are those of Intermittent."""
        self.powered.rewind()
        return Intermittent(self.powered, course, config, **options)

    def check(self, config: SupplyConfig) -> None:
        """Raise ConfigError, before anything is run, for a supply that cannot work with it."""
        standby_mw = self.config.machine.standby_mw
        if standby_mw != PimConfig().standby_mw:
            raise ConfigError(
                f"work.machine.standby_mw must stay {PimConfig().standby_mw:g} mW, not"
                f" {standby_mw:g} mW; set supply.start.static_mw, which is drawn instead"
            )
        self.run(NO_SOURCE, config)

    def uninterrupted(self, config: SupplyConfig) -> Uninterrupted:
        """Run it once on a supply that does not fail."""
        plain = config.unfailing().model_copy(update={"policy": "volatile_restart"})
        found = self.run(NO_SOURCE, plain).until(1_000 * PS_PER_S)
        machine = self.powered.machine
        time_ps = found.time_ps - found.off_ps - plain.start.wake_ps
        return Uninterrupted(
            found.operations, found.useful_pj, time_ps, machine.accumulators.tolist(), machine.found
        )


def work_of(config: WorkConfig) -> Work:
    """Return the work that is asked for; raises ConfigError for one that there is not."""
    quantised = find(config.network, config.width)
    images = load_images(quantised.network)
    if config.digit >= len(images.labels):
        raise ConfigError(
            f"work.digit must be one of the {len(images.labels)} images of {config.network}, 0 to"
            f" {len(images.labels) - 1}, not {config.digit}"
        )
    image = images.pixels[config.digit].astype(np.int64)
    return Work(quantised.machine, image, int(images.labels[config.digit]), config)
