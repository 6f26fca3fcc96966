"""A hand-off protocol: one class with registers, states, and what the core executes.

    @protocol("polling")
    class Polling(HandOffProtocol):
        config: PollingConfig
        contract = PollingHandOff

        @classmethod
        def driver(cls, config: PollingConfig) -> Iterator[Step]:
            yield Store(READY, 0.0)
            ...

It is chosen by name, `soc.imac.protocol=polling`, with its own parameters behind a colon,
`soc.imac.protocol=polling:period_cycles=32`, or as a file, `soc.imac.protocol=my_bell.py`; an
installed package offers its own by an entry point of the group `cosim.protocols`.

Models:     what is different between protocols; the co-processor behind them stays the same.
Leaves out: nothing known.
Source:     the method is ours.
Checked by: tests/components/test_coprocessor_kit.py, tests/scenarios/test_protocols.py
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from components.coprocessor.driver import FLOAT_BYTES, Step, checked
from cosim import (
    Config,
    ConfigError,
    Contract,
    Module,
    ProtocolError,
    Register,
    Steps,
    Transaction,
    in_port,
)
from cosim.registry import Registry


class Behind(Protocol):
    """What a protocol may ask of the co-processor behind it."""

    def start(self) -> None:
        """Begin the job whose inputs have been stored, as a store of ready = 1 does."""
        ...

    def take_inputs(self, first: int, patterns: Sequence[int]) -> Steps:
        """Take several inputs, as float32 patterns, in one turn of the buffer's port."""
        ...

    def exit_after(self, layers: int) -> None:
        """Let the jobs to come end after some layers; 0: all. Raises ProtocolError if too many."""
        ...


def _nothing(address: int, count: int) -> Sequence[int]:
    """Refuse to read features from a memory whose contents nobody knows."""
    raise ProtocolError(
        f"a protocol that reads {count} features at {address:#x} must know what lies there, since "
        "memories carry no data; set `contents` of the co-processor's protocol"
    )


class HandOffProtocol(Module):
    """How core and co-processor hand a job over.

    Registers declared here lie at their offsets in the co-processor's address space. If the
    contract has events `store_name` and `load_name`, accesses to register NAME are these; or
    `load_name_0`, `load_name_1`, if what is read matters.
    `coprocessor` is what lies behind it.
    """

    coprocessor: Behind

    contract: ClassVar[type[Contract]]
    """States and legal events of the hand-off."""

    interrupts: ClassVar[bool] = False
    """Whether the core's interrupt line is the completion line."""

    blocks: ClassVar[bool] = False
    """Whether a load of a code waits for it while a job runs."""

    banks: ClassVar[int] = 1
    """Sets of buffer and ready register, each for a job of its own."""

    feature_bits: ClassVar[int] = 8 * FLOAT_BYTES
    """Bits of a feature in memory, for a co-processor that reads the inputs there."""

    claims: ClassVar[str] = "store_ready_0"
    """Event of the contract by which an owner makes the hand-off its own."""

    contents: Callable[[int, int], Sequence[int]] = staticmethod(_nothing)
    """Says what so many features from an address of the memory on are, as float32 patterns."""

    tell: Callable[[str], None] = staticmethod(lambda name: None)
    """Tells who follows the contract of an event that is no access."""

    accessed_by: int = 0
    """Owner of the access under way, for registers to whom it matters."""

    loading = in_port("1 while inputs are being stored", optional=True)
    computing = in_port("1 while a job runs", optional=True)

    @classmethod
    def driver(cls, config: Any) -> Iterator[Step]:
        """Yield what the core executes for one job."""
        raise ConfigError(f"{cls.__name__} must say what the core executes; write driver()")

    @property
    def lanes(self) -> int:
        """Elements that one store may carry."""
        return 1

    def address_of(self, transaction: Transaction) -> int:
        """Return the address inside the co-processor that an access means."""
        return transaction.address

    def bank_of(self, transaction: Transaction) -> int:
        """Return which bank an access means."""
        return 0

    def owner_of(self, transaction: Transaction) -> int:
        """Return a number that tells initiators, or finer owners, apart."""
        return transaction.initiator

    def admits(self, owner: int) -> bool:
        """Whether an owner may store to ready now."""
        return True

    def reset(self) -> None:
        """Lose what the registers hold, as without power."""
        for one in self.parts_of(Register):
            one.reset()

    def register_at(self, address: int) -> Register | None:
        """Return the register that begins at an address of the co-processor, if there is one."""
        found = (one for one in self.parts_of(Register) if one.offset == address)
        return next(found, None)


class Chosen(NamedTuple):
    """A protocol with its parameters, None if it has none."""

    kind: type[HandOffProtocol]
    config: Config | None

    def steps(self) -> tuple[Step, ...]:
        """Return what the core executes; raises ConfigError if that is no hand-off."""
        return checked(self.kind.__name__, self._driven())

    def _driven(self) -> Iterator[Step]:
        """Yield from the driver, so that one that cannot be called fails as one that ends badly."""
        yield from self.kind.driver(self.config)


COPROCESSORS = Registry("co-processor", "cosim.components", Module)
"""Co-processors with a socket `bus`, which a machine may have beside its own."""

coprocessor = COPROCESSORS.add

PROTOCOLS = Registry("hand-off protocol", "cosim.protocols", HandOffProtocol)

protocol = PROTOCOLS.add


def chosen(text: str) -> Chosen:
    """Return the protocol that `NAME` or `NAME:KEY=VALUE,KEY=VALUE` stands for.

    Raises ConfigError for an unknown name or parameter, DataError for a file that is no protocol.
    """
    return Chosen(*PROTOCOLS.configured(text))
