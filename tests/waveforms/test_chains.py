"""Nested slices that are appended to a timeline."""

from tests.waveforms.machine import run
from tests.waveforms.test_timeline import Timeline
from waveforms.chains import Slice, append_chains
from waveforms.timeline import TimelineFile


def test_slices_lie_inside_each_other_and_overlapping_ones_in_lanes(tmp_path):
    file = TimelineFile(tmp_path / "trace.pftrace")
    run(file)
    before = Timeline(file.path)
    miss = Slice("miss", 100, 200, (Slice("l2", 120, 190, (Slice("bank 3", 130, 180),)),))
    lanes = append_chains(file.path, "transactions", [miss, Slice("hit", 150, 160),
                                                      Slice("late", 200, 210)])  # fmt: skip
    assert lanes == 2
    seen = Timeline(file.path)
    for path, events in before.events.items():  # all that was there still is
        assert [when for when, _ in seen.events[path]] == [when for when, _ in events]
    told = [(when, event.name) for when, event in seen.events["transactions", "lane 0"]]
    assert told == [
        (100, "miss"), (120, "l2"), (130, "bank 3"), (180, ""), (190, ""), (200, ""),
        (200, "late"), (210, ""),
    ]  # fmt: skip
    assert [when for when, _ in seen.events["transactions", "lane 1"]] == [150, 160]
