"""What a scenario is: a name, a sentence, its parameters and how to run it.

A file of this folder that declares `SCENARIO` is found by `cosim list` under the file's name:

    def run(options: RunOptions[StoryConfig]) -> RunResult: ...

    SCENARIO = Scenario("One sentence.", StoryConfig, run)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from cosim.config import Config
from cosim.hang import Hang
from scenarios.measures.metrics import Metrics
from waveforms.report import Table

StoryConfig = TypeVar("StoryConfig", bound=Config)

Writer: TypeAlias = Callable[[Path], None]
"""Writes one file of a run to the path it is given."""

Advance: TypeAlias = Callable[[int, int, str], None]
"""Told (done, total, what) from time to time; total 0 if it is not known."""


def untold(done: int, total: int, what: str) -> None:
    """Tell nobody about progress."""


class Mode(StrEnum):
    """Which shell runs the parts. Results are equal; the detailed one shows every signal."""

    FAST = "fast"
    DETAILED = "detailed"


class Trace(StrEnum):
    """What the waves show: nothing, the hand-off and its neighbours, or everything."""

    NONE = "none"
    PROTOCOL = "protocol"
    FULL = "full"


class OnHang(StrEnum):
    """What is done about processes that wait in vain.

    `raise` ends with an error and keeps nothing, `draw` keeps the run as well, with a picture of
    who waits for whom; `warn` and `ignore` go on.
    """

    RAISE = "raise"
    WARN = "warn"
    IGNORE = "ignore"
    DRAW = "draw"


class WaveFormat(StrEnum):
    """How the waves are kept: as text that every tool reads, or small."""

    VCD = "vcd"
    FST = "fst"


class Elaborated(Protocol):
    """What a run folder needs of a simulator: its structure, and what hung in it."""

    @property
    def hang(self) -> Hang | None:
        """Who waits in vain, None if nobody does."""
        ...

    def graph(self) -> Any:
        """Return the system as a networkx.DiGraph."""
        ...


@dataclass(frozen=True)
class RunOptions(Generic[StoryConfig]):
    """What the user asked for.

    `folder` is where files written during the run go (waves); `window_ps` is (start, end) of
    what they show and `signals` are patterns of paths, empty for what `trace` chooses; with a
    `trigger`, PATH==VALUE, they begin when it holds. A run in which nothing progresses for
    `patience_ps` hangs, whatever clocks do. `saves` is from when on a checkpoint is to be taken, or
    the name of the layer before which, and its file; `restore` is one to go on from, `prefix` one
    that the same program left before its first access to another co-processor; `record` is where
    the program goes as an instruction trace. `against` is the folder of a run to be held against;
    without one, what has a baseline runs that `beside` itself.
    """

    config: StoryConfig
    folder: Path
    mode: Mode = Mode.FAST
    trace: Trace = Trace.PROTOCOL
    window_ps: tuple[int, int] | None = None
    signals: tuple[str, ...] = ()
    images: int = 1
    seed: int = 0
    on_hang: OnHang = OnHang.DRAW
    patience_ps: int | None = None
    saves: tuple[int | str, Path] | None = None
    restore: Path | None = None
    record: Path | None = None
    waves: WaveFormat = WaveFormat.VCD
    trigger: str = ""
    advance: Advance = untold
    against: Path | None = None
    beside: bool = False
    prefix: Path | None = None


@dataclass(frozen=True)
class RunResult:
    """What a run found out.

    `rows` are (what, value) lines shown above the tables; `files` are written into the run's
    folder under their names; `inputs` are the files that were read, for the manifest; `tables` are
    shown behind those of the metrics and kept as `<name>.csv`; `beside_s` is what a baseline took.
    """

    metrics: Metrics
    simulator: Elaborated | None = None
    rows: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, Writer] = field(default_factory=dict)
    inputs: tuple[Path, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    beside_s: float = 0.0


@dataclass(frozen=True)
class Scenario(Generic[StoryConfig]):
    """A story that can be run: a sentence about it, its parameters, and the run itself.

    A long one runs in the fast shell and draws no waves unless told otherwise, even for a single
    image. One that `resumes` is a single run of `InferenceConfig`, which takes and leaves
    checkpoints. `draws` is the least level at which there are waves, NONE if there never are any.
    """

    doc: str
    config: type[StoryConfig]
    run: Callable[[RunOptions[StoryConfig]], RunResult]
    is_long: bool = False
    resumes: bool = False
    draws: Trace = Trace.PROTOCOL
