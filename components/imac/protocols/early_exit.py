"""Early exit: the codes of an earlier layer, when that is enough.

Models:     a register that says after how many layers the converters take over; they are as many
            as the network has outputs, and convert the first neurons of that layer. The timer is
            loaded for as many layers. The layer behind begins to settle until the codes are there.
Leaves out: a network that was trained for it, and who decides how early.
Source:     estimate: arXiv:2105.13904 has one exit; exits after each layer: S. Teerapittayanon et
            al., BranchyNet, ICPR 2016.
Checked by: tests/components/test_protocols_conformance.py, tests/components/test_protocol_exit.py,
            tests/components/test_protocol_latency.py, tests/scenarios/test_protocols.py
"""

from collections.abc import Iterator

from components.coprocessor import Exit, HandOffProtocol, Step, Wait, protocol
from components.imac.addresses import PROTOCOL_ADDRESS
from components.imac.contract import HandOff, Told
from components.imac.offload import offload
from components.imac.protocols.timer import TimerHandOff
from cosim import Config, param, register
from cosim.protocol import event


class EarlyExitConfig(Config):
    """How early."""

    layers: int = param(
        1, doc="layers to compute", unit="1", low=1, high=255, source="the user's choice"
    )


class EarlyExitHandOff(TimerHandOff):
    """One job after another; how many layers it has is said before its inputs come."""

    store_exit = event("after how many layers", HandOff.IDLE.stays, Told.READABLE.stays,
                       by=HandOff.core)  # fmt: skip


@protocol("early_exit")
class EarlyExit(HandOffProtocol):
    """The job ends after some of the layers; a timer tells when."""

    config: EarlyExitConfig
    contract = EarlyExitHandOff

    EXIT = register(PROTOCOL_ADDRESS, "layers of the jobs to come; 0: all", width_bits=8)

    @EXIT.on_write
    def choose(self, value: int) -> None:
        """Let the converters take over after that layer; all that follows is as long."""
        self.coprocessor.exit_after(value)

    def reset(self) -> None:
        """Compute all layers again, as without power before."""
        super().reset()
        self.coprocessor.exit_after(0)

    @classmethod
    def driver(cls, config: EarlyExitConfig) -> Iterator[Step]:
        """Yield the exit, then the paper's hand-off."""
        yield Exit(PROTOCOL_ADDRESS, config.layers)
        yield from offload(Wait())
