"""The Perfetto trace, parsed back with perfetto's own messages."""

from collections import defaultdict

import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace as PerfettoTrace
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TrackEvent

from tests.waveforms.machine import run
from waveforms.selection import Selection, Window
from waveforms.timeline import SCALE, TimelineFile


class Timeline:
    """What is in a trace: the path of each track, and the events on it."""

    def __init__(self, path):
        trace = PerfettoTrace()
        trace.ParseFromString(path.read_bytes())
        self.described = {}
        self.events = defaultdict(list)
        for packet in trace.packet:
            if packet.HasField("track_descriptor"):
                self.described[packet.track_descriptor.uuid] = packet.track_descriptor
        for packet in trace.packet:
            if packet.HasField("track_event"):
                path = self.path(packet.track_event.track_uuid)
                self.events[path].append((packet.timestamp, packet.track_event))

    def path(self, uuid):
        names = []
        while uuid:
            names.append(self.described[uuid].name)
            uuid = self.described[uuid].parent_uuid
        return tuple(reversed(names))

    def slices(self, *path):
        events = self.events[SCALE, *path]
        begun, ended = events[::2], events[1::2]
        assert {event.type for _, event in begun} == {TrackEvent.TYPE_SLICE_BEGIN}
        assert {event.type for _, event in ended} == {TrackEvent.TYPE_SLICE_END}
        pairs = zip(begun, ended, strict=True)
        return [(since, event.name, until) for (since, event), (until, _) in pairs]

    def counts(self, *path):
        events = self.events[SCALE, *path]
        return [(when, event.double_counter_value) for when, event in events]


@pytest.fixture
def drawn(tmp_path):
    def draw(level="protocol", window=None, until_ps=None):
        file = TimelineFile(tmp_path / "trace.pftrace", Selection(level=level), window)
        run(file, until_ps=until_ps)
        return Timeline(file.path)

    return draw


def test_the_root_track_tells_the_scale(drawn):
    root = next(track for track in drawn().described.values() if not track.parent_uuid)
    assert root.name == "cosim: 1 ns shown = 1 ps simulated (1 ms shown = 1 us)"


def test_modules_are_nested_tracks(drawn):
    timeline = drawn()
    paths = {timeline.path(uuid) for uuid in timeline.described}
    assert {(SCALE, "soc"), (SCALE, "soc", "subarray[0]")} <= paths


def test_the_spans_of_a_module_are_slices_on_its_track(drawn):
    assert drawn().slices("soc", "subarray[0]") == [
        (20_000, "job 0", 40_000),
        (120_000, "job 2", 140_000),
    ]


def test_states_are_slices_that_follow_each_other(drawn):
    assert drawn().slices("soc", "state")[:3] == [
        (0, "IDLE", 10_000),
        (10_000, "LOADING", 20_000),
        (20_000, "COMPUTING", 40_000),
    ]


def test_numbers_and_power_are_counters_with_units(drawn):
    timeline = drawn()
    assert timeline.counts("soc", "ready")[:3] == [(0, 0), (20_000, 1), (40_000, -1)]
    assert timeline.counts("soc", "subarray[1]", "spent") == [(0, 0), (70_000, 2), (90_000, 0)]
    units = {track.name: track.counter.unit_name for track in timeline.described.values()}
    assert (units["spent"], units["output"]) == ("mW", "V")


def test_counts_are_instants(drawn):
    events = drawn(level="full").events[SCALE, "soc", "jobs"]
    assert [(when, event.type) for when, event in events] == [
        (when, TrackEvent.TYPE_INSTANT) for when in (40_000, 90_000, 140_000)
    ]


def test_numbers_too_wide_for_a_counter_are_left_out(drawn):
    names = {track.name for track in drawn(level="full").described.values()}
    assert "remaining" in names
    assert "buffer" not in names


def test_slices_that_are_open_at_the_end_are_closed_there(drawn):
    assert drawn(until_ps=30_000).slices("soc", "subarray[0]") == [(20_000, "job 0", 30_000)]


def test_a_window_cuts_slices_at_both_ends(drawn):
    timeline = drawn(window=Window(30_000, 125_000))
    assert timeline.slices("soc", "subarray[0]") == [
        (30_000, "job 0", 40_000),
        (120_000, "job 2", 125_000),
    ]
    assert timeline.counts("soc", "remaining")[0] == (30_000, 80)


def test_the_same_run_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        run(TimelineFile(tmp_path / name))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
