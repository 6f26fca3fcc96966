"""A run that begins where another one came to its co-processor ends as a run of its own."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cosim import ConfigError, override
from scenarios.measures.metrics import Metrics
from scenarios.running import checkpoint, prefix
from scenarios.running.inference import infer
from scenarios.scenario import Mode, RunOptions
from tests.modes.test_equal_resumed import SMALL, options, results


def configured(asked: RunOptions[Any], settings: dict[str, str], **more: Any) -> RunOptions[Any]:
    config = asked.config
    for path, value in settings.items():
        config = override(config, path, value)
    return replace(asked, config=config, **more)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    file = folder / "some.checkpoint"
    infer(SMALL, options(folder, Mode.FAST, saves=(prefix.MARK, file)))
    return file


def run(asked: RunOptions[Any]) -> tuple[Metrics, dict[str, str]]:
    done = infer(SMALL, asked)
    return done.metrics, dict(done.rows)


OTHERS = [
    {},
    {"soc.imac.analog.adc.bits": "2"},
    {"soc.imac.analog.spread.cell": "0.1", "soc.imac.controller.active_mw": "3"},
    {"soc.imac.configuration": "preloaded"},
    {"soc.imac.buffer.access_cycles": "3", "soc.imac.encoding": "ternary2b"},
    {"soc.imac.analog.geometry.rows": "4", "soc.imac.analog.geometry.subarrays": "9"},
    {"soc.coprocessor_bus.request_cycles": "7"},
]
"""Other co-processors behind the same program."""


@pytest.mark.parametrize("settings", OTHERS, ids=lambda one: ", ".join(one) or "the same")
@pytest.mark.parametrize("mode", Mode)
def test_a_run_with_another_co_processor_has_the_metrics_of_its_own(
    kept: Path, tmp_path: Path, settings: dict[str, str], mode: Mode
) -> None:
    asked = configured(options(tmp_path, mode), settings)
    cold, cold_told = run(asked)
    warm, told = run(replace(asked, prefix=kept))
    assert told.pop("resumed")
    assert told == cold_told  # what was seen of the hand-off's contract, too
    assert results(warm) == results(cold)


def test_it_is_kept_before_the_first_access(kept: Path) -> None:
    held = checkpoint.read(kept)
    assert held.run["accesses"] == 0
    marks = held.machine["modules"]["soc.core"]["more"]["marks_seen"]
    assert marks == 5  # pool1, conv1, pool2, pool3, transfer


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"soc.l2.ways": "8"}, "the same until the first access; soc.l2.ways is 8, there 4"),
        ({"soc.imac.protocol": "polling"}, "soc.imac.protocol is polling, there timer"),
        ({"first": "3"}, "first is 3, there 0"),
        ({"soc.faults.buffer_flips_hz": "1e6"}, "soc.faults must be none"),
    ],
)
def test_what_is_not_the_same_until_then_is_refused(
    kept: Path, tmp_path: Path, settings: dict[str, str], why: str
) -> None:
    asked = configured(options(tmp_path, Mode.FAST), settings, prefix=kept)
    with pytest.raises(prefix.NotShared, match=why):
        infer(SMALL, asked)


def test_a_co_processor_that_still_writes_its_weights_is_refused(
    kept: Path, tmp_path: Path
) -> None:
    slow = {"soc.imac.analog.write.row_ps": "10 us"}
    asked = configured(options(tmp_path, Mode.FAST), slow, prefix=kept)
    with pytest.raises(ConfigError, match="soc.imac must be idle at .* it is busy there"):
        infer(SMALL, asked)


def test_a_checkpoint_of_a_later_moment_is_refused(tmp_path: Path) -> None:
    late = tmp_path / "late.checkpoint"
    infer(SMALL, options(tmp_path, Mode.FAST, saves=("codes", late)))
    asked = options(tmp_path, Mode.FAST, prefix=late)
    with pytest.raises(prefix.NotShared, match="before the first access; it was kept later"):
        infer(SMALL, asked)
