"""The co-processor's configuration as one tree."""

from typing import Literal, Self

from pydantic import model_validator

from components.analog import AnalogConfig
from components.coprocessor import Chosen, chosen
from components.imac import protocols
from components.imac.addresses import ELEMENTS_MOST
from components.imac.buffer import BYTE_BITS, BufferConfig
from components.imac.contract import HandOff
from components.imac.controller import ControllerConfig
from components.imac.misuse import MisuseConfig
from components.imac.sign_unit import CODE_BITS, Encoding
from components.imac.timer import TimerConfig
from cosim import Config, ConfigError, param


class ImacConfig(Config):
    """The IMAC co-processor: hand-off, subarrays and converters."""

    enabled: bool = param(
        True, doc="whether the platform has a co-processor", unit="1",
        source="arXiv:2105.13904; without it the core computes every layer",
    )  # fmt: skip
    encoding: Encoding = param(
        "binary01", doc="code of an input in the buffer: 0/1, -1/+1, or all three in two bits",
        source="arXiv:2105.13904 section V: ReLU features are 0 and +1",
    )  # fmt: skip
    configuration: Literal["at_start", "preloaded"] = param(
        "at_start", doc="whether the weights are written from time 0 on, or are there already",
        source="arXiv:2105.13904 section IV: a configuration phase before inference",
    )  # fmt: skip
    protocol: str = param(
        "timer",
        doc=f"how jobs are handed over: {', '.join(protocols.NAMES)}, an installed one's name, or"
        " a file of one's own; parameters behind a colon, as polling:period_cycles=32",
        source="arXiv:2105.13904 section V: a timer, which it prefers to polling and interrupt",
    )  # fmt: skip
    buffer: BufferConfig = param(BufferConfig(), doc="buffer")
    timer: TimerConfig = param(TimerConfig(), doc="timer")
    controller: ControllerConfig = param(ControllerConfig(), doc="control logic")
    misuse: MisuseConfig = param(MisuseConfig(), doc="policies")
    analog: AnalogConfig = param(AnalogConfig(), doc="subarrays")

    @model_validator(mode="after")
    def _knows_its_protocol(self) -> Self:
        kind = chosen(self.protocol).kind
        contract = getattr(kind, "contract", None)
        if not (isinstance(contract, type) and issubclass(contract, HandOff)):
            raise ConfigError(
                f"{kind.__name__}.contract must be a class that extends HandOff, as a hand-off of "
                f"this co-processor has it, not {contract!r}"
            )
        return self

    @property
    def hand_off(self) -> Chosen:
        """The protocol with its parameters."""
        return chosen(self.protocol)

    @property
    def inputs_most(self) -> int:
        """Inputs of a job that the buffer takes; chunked, all that have an address."""
        if self.buffer.chunked:
            return ELEMENTS_MOST
        return BYTE_BITS * self.buffer.size_bytes // CODE_BITS[self.encoding]
