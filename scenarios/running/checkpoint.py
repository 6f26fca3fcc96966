"""Checkpoints: a run in one file, from which it goes on to the same end.

    cosim run vgg16 --checkpoint-at 5ms --checkpoint vgg.checkpoint
    cosim run vgg16 --restore vgg.checkpoint

Models:     the whole machine as `cosim.snapshot` takes it, at the first moment from the given time
            on at which the co-processor is idle, configured and told of no change, and nothing is
            due; how far the program is; energy by layer until then. Either shell reads the other's.
Leaves out: waves before it, and traces, images and weights, which are read again and compared.
Checked by: tests/scenarios/test_checkpoint.py

The file is an .npz: `head`, JSON in which {"array": n} stands for array `n`, and the arrays.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cosim import Simulator, Steps
from cosim.errors import ConfigError, DataError
from cosim.snapshot import Kept, resting, take
from scenarios.networks.files import NpzFile, write_npz

FORMAT = 2
"""Version of the file's layout; another one is refused."""

NAMED = 3
"""Differences that a refusal names."""

APART_PS = 2
"""ps from a clock edge to a look: what an edge changes is told one ps later."""

Story = Mapping[str, str]
"""Everything that decides a run's results, by name; all but the shell and what is watched."""


@dataclass(frozen=True)
class Checkpoint:
    """What was run, the machine in the middle of it, and what the scenario knew by then."""

    story: Story
    machine: Kept
    run: Kept

    @property
    def now_ps(self) -> int:
        """When it was taken."""
        return int(self.machine["now_ps"])

    def differences(self, story: Story) -> list[str]:
        """Return what is another thing in another story."""
        names = dict.fromkeys([*self.story, *story])
        return [
            f"{name} is {story.get(name, 'missing')}, there {self.story.get(name, 'missing')}"
            for name in names
            if story.get(name) != self.story.get(name)
        ]

    def require(self, story: Story) -> None:
        """Raise ConfigError, naming the first differences, unless it is of this story."""
        told = self.differences(story)
        if told:
            more = f"; and {len(told) - NAMED} more" if len(told) > NAMED else ""
            raise ConfigError(
                f"--restore must be given a checkpoint of the same run: {'; '.join(told[:NAMED])}"
                f"{more}; run as it was run, or without --restore"
            )


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; the file appears when it is whole. Raises DataError if it cannot."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    fields = _packed(vars(checkpoint), arrays)
    head = {"format": FORMAT, "fields": fields}
    write_npz(path, {"head": np.array(json.dumps(head))} | arrays)


def read(path: Path) -> Checkpoint:
    """Read a checkpoint; raises DataError for a damaged file, or one of another kind or version."""
    file = NpzFile(path)
    head = json.loads(file.text("head", "{}"))
    if "format" not in head:
        raise DataError(f"{path} must be a checkpoint that cosim wrote; it is another .npz file")
    if head["format"] != FORMAT:
        raise DataError(
            f"{path} must be a checkpoint of format {FORMAT}, not {head['format']}; another version"
            " of cosim wrote it; make a new one"
        )
    return Checkpoint(**_unpacked(head["fields"], file))


def keeper(
    simulator: Simulator,
    moment: Steps,
    others: Collection[Any],
    recall: Callable[[], None],
    save: Callable[[Kept], None],
) -> Steps:
    """Wait for a moment, then until a snapshot may be taken, and give it to `save`.

    `others` are the scenario's own processes, which a resumed run starts anew; `recall` makes
    known what was only remembered.
    """
    yield from moment
    own = [*others, simulator.env.active_process]
    while not resting(simulator, own):
        yield from behind_edge(simulator, simulator.now_ps)
    recall()
    save(take(simulator, own))


def behind_edge(simulator: Simulator, at_ps: int) -> Steps:
    """Wait until a moment behind the first clock edge from `at_ps` on."""
    clock, now_ps = simulator.modules()[0].clock, simulator.now_ps
    yield clock.edge(clock.cycles_until(max(at_ps, now_ps))) + APART_PS - now_ps


def _packed(value: Any, arrays: dict[str, npt.NDArray[Any]]) -> Any:
    """Return a value as JSON knows it, its arrays put aside."""
    if isinstance(value, np.ndarray):
        name = f"array{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, Mapping):
        pairs = [[key, _packed(one, arrays)] for key, one in value.items()]
        return {"pairs": pairs}
    if isinstance(value, list | tuple):
        return [_packed(one, arrays) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def _unpacked(value: Any, file: NpzFile) -> Any:
    if isinstance(value, list):
        return [_unpacked(one, file) for one in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return file.whole(value["array"])
    return {key: _unpacked(one, file) for key, one in value["pairs"]}
