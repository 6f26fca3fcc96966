"""Points that differ in the co-processor alone begin together: told, exact, and safe to kill."""

import re
from pathlib import Path
from typing import Any

import pytest

from scenarios.sweep.beginnings import FOLDER, Beginnings, Ended, Start
from scenarios.sweep.records import Asked, Record, Status
from scenarios.sweep.running import run_point
from scenarios.sweep.sweeping import Sweep, sweep
from tests.scenarios.valleys import small_study

AXES = {
    "soc.imac.analog.adc.conversion_ps": [1000, 9000],
    "soc.coprocessor_bus.request_cycles": [2, 5],
    "soc.core.clock": ["2GHz", "4GHz"],
}


def measured(found: Sweep) -> list[tuple[dict[str, str], Status, dict[str, float]]]:
    return [(dict(one.settings), one.status, dict(one.measures)) for one in found.records]


def test_warm_points_measure_what_cold_ones_do_and_say_where_they_began(tmp_path: Path) -> None:
    warm = sweep(small_study(parameters=AXES), tmp_path / "warm", workers=2)
    cold = sweep(small_study(parameters=AXES, warm="never"), tmp_path / "cold", workers=2)
    assert measured(warm) == measured(cold)
    assert {one.start for one in cold.records} == {"cold: the study wants it so"}
    first = {one.settings["soc.core.clock"]: one for one in reversed(warm.records)}
    for one in warm.records:
        leader = first[one.settings["soc.core.clock"]]
        wanted = f"warm from {leader.key}"
        if one is leader:
            wanted = "cold: the first of those that begin like it"
        assert one.start == wanted
    assert len({tuple(one.measures.values()) for one in warm.records}) == 8
    assert not (tmp_path / "warm" / FOLDER).exists()


def test_a_stopped_sweep_finds_its_checkpoints_again(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(_: Record, __: bool, ___: int) -> None:
        raise Stopped

    asked = small_study(parameters={"soc.imac.analog.adc.bits": [1, 2, 3, 4]})
    with pytest.raises(Stopped):
        sweep(asked, tmp_path, tell=stop)
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
    found = sweep(asked, tmp_path)
    assert [one.is_warm for one in found.records] == [False, True, True, True]


def point(bits: str, **changes: Any) -> Asked:
    """Return a point with converters of so many bits."""
    asked = small_study(**({"parameters": {"soc.imac.analog.adc.bits": [2, 3]}} | changes))
    return Asked(asked, {"soc.imac.analog.adc.bits": bits})


def beginnings(folder: Path, *points: Asked) -> Beginnings:
    """Return the beginnings of points that are to be run."""
    found = Beginnings(points[0].study, folder)
    for one in points:
        found.expect(one.key, one)
    found.begin([one.key for one in points])
    return found


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"warm": "never"}, "the study wants it so"),
        ({"scenario": "lenet5_gain"}, "lenet5_gain leaves no checkpoints"),
        ({"scenario": "lenet5_arrays"}, "lenet5_arrays leaves no checkpoints"),
        ({"scenario": "lenet5_serial"}, "lenet5_serial leaves no checkpoints"),
        ({"fixed": {"soc.imac.enabled": "false"}}, "it has no co-processor"),
        ({"fixed": {"soc.faults.buffer_flips_hz": "1e3"}}, "faults strike from time 0 on"),
    ],
)
def test_a_cold_point_says_why(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    asked = point("2", **changes)
    assert beginnings(tmp_path, asked, point("3", **changes)).start(asked.key) == (
        f"cold: {why}", b"", False,
    )  # fmt: skip


def test_a_point_that_begins_like_no_other_is_cold(tmp_path: Path) -> None:
    asked = small_study(parameters={"soc.l2.ways": [4, 8]})
    points = [Asked(asked, {"soc.l2.ways": ways}) for ways in "48"]
    found = beginnings(tmp_path, *points)
    for one in points:
        assert found.start(one.key) == ("cold: no other point begins like it", b"", False)


def test_a_short_beginning_is_not_kept_unless_the_study_wants_it() -> None:
    first = Start("cold: the first", leaves=True)
    for warm, is_left in (("auto", False), ("always", True)):
        one = point("2", warm=warm)
        ended = run_point(one.study, {"soc.imac.analog.adc.bits": "2"}, one.key, first)
        assert ended.record.status is Status.DONE
        assert bool(ended.left) is is_left
        assert (
            bool(re.fullmatch("a beginning of .* is run again as soon as.*", ended.why)) != is_left
        )


def test_a_damaged_checkpoint_makes_its_points_cold() -> None:
    one = point("2")
    start = Start("warm from elsewhere", b"no checkpoint")
    ended = run_point(one.study, {"soc.imac.analog.adc.bits": "2"}, one.key, start)
    assert ended.record.status is Status.DONE
    assert re.match("cold: .* must be a complete .npz file", ended.record.start)


def test_the_others_wait_for_the_first_and_the_next_tries_if_it_was_lost(tmp_path: Path) -> None:
    first, second = point("2"), point("3")
    found = beginnings(tmp_path, first, second)
    leading = Start("cold: the first of those that begin like it", leaves=True)
    assert found.start(first.key) == leading
    assert found.start(second.key) is None
    found.end(first.key, None)
    assert found.start(second.key) == leading
    found.end(second.key, Ended(Record(second.key, {}, Status.DONE), b"whole"))
    assert found.start(first.key) == (f"warm from {second.key}", b"whole", False)
    again = beginnings(tmp_path, first)
    assert again.start(first.key) == found.start(first.key)
