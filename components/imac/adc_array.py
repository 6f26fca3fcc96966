"""The converters at the end of the analog chain, one per output.

Models:     all outputs converted at once; codes stand until the job ends.
Leaves out: sharing of converters; the supply between conversions.
Source:     arXiv:2105.13904 section IV (an array of 3-bit converters); time, energy and rounding:
            components.analog.AdcConfig.
Checked by: tests/components/test_imac_compute.py
"""

from typing import Any

from components.analog import AdcConfig, AnalogNetwork, Codes
from components.imac.link import AnalogLink
from components.imac.sized import lanes
from cosim import Clock, Event, Module, Steps, energy, in_port, process, signal, span
from cosim.module import Scope


class AdcArray(Module):
    """Turns the voltages of the last layer into codes."""

    config: AdcConfig

    computing = in_port("1 while a job runs")
    converting = signal("1 during a conversion")
    valid = signal("1 while the codes stand")

    conversion = span("one conversion of all outputs")
    spent = energy("conversions")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        network: AnalogNetwork,
        inputs: AnalogLink,
        clock: Clock | None = None,
    ) -> None:
        self.network = network
        self.inputs = inputs
        super().__init__(name, parent, config=network.config.adc, clock=clock)

    def build(self) -> None:
        """Make one probe per code."""
        outputs = self.network.layers[-1].outputs
        doc, bits = "code of an output", self.config.bits
        self.adc_code = lanes(self, "adc_code", outputs, doc, width_bits=bits)
        self.codes: Codes = self.network.codes(self.inputs.volts)
        self._switched = Event(self.env, f"{self.path}.switched")

    def take_over(self, inputs: AnalogLink) -> None:
        """Convert another layer's neurons from now on: the first ones, as many as there are."""
        self.inputs = inputs
        self._switched.notify()

    def rests(self) -> bool:
        """Return whether nothing is converted and no codes stand."""
        return not self.converting.value and not self.valid.value

    def keep(self) -> dict[str, Any]:
        """Return the last codes."""
        return {"codes": self.codes}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self.codes = kept["codes"]

    @process
    def run(self) -> Steps:
        """Convert every vector that arrives."""
        while True:
            if (yield self.inputs.arrived | self._switched) is self._switched:
                continue
            self.converting.write(1)
            with self.conversion("conversion"):
                aborted = yield self.computing.negedge.within(self.config.conversion_ps)
            self.converting.write(0)
            if aborted is None:
                self.convert()
                self.valid.write(1)
                yield self.computing.negedge
                self.valid.write(0)

    def convert(self) -> None:
        """Take the codes."""
        self.codes = self.network.codes(self.inputs.volts[: len(self.adc_code)])
        self.spent.spend(
            len(self.codes) * self.config.conversion_pj, over_ps=self.config.conversion_ps
        )
        for lane, code in zip(self.adc_code, self.codes, strict=True):
            lane.set(int(code))
