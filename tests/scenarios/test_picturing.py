"""The figures of a report, and the arrows of the timeline, of a whole run."""

import re
import shutil
from pathlib import Path

import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace as PerfettoTrace
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TrackEvent

from scenarios.cli import dispatch
from waveforms.browser import browser, picture_of_page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    words = ["run", "lenet5", "--mode", "fast", "--trace", "full", "--window", "14.3us:20us"]
    assert dispatch([*words, "--out", str(out)]) == 0
    return (out / "lenet5" / "latest").resolve()


def test_the_report_shows_power_cycles_and_the_states_of_the_hand_off(folder):
    page = (folder / "report.html").read_text()
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert "Cycles of the core: busy, or what it waited for" in titles
    assert {"Power over time", "Timeline", "Timeline of the first hand-off"} <= set(titles)
    assert "Against the baseline" in titles
    if shutil.which("dot"):
        assert {"The machine", "States of the hand-off"} <= set(titles)
    assert "Wrong answers" not in titles  # the one digit is right


def test_the_report_needs_nothing_from_outside(folder):
    page = (folder / "report.html").read_text()
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page)
    assert "<script" not in page


@pytest.mark.skipif(browser() is None, reason="chromium is missing")
def test_a_browser_draws_it_without_an_error(folder, tmp_path):
    png = tmp_path / "report.png"
    assert picture_of_page(folder / "report.html", png) == []
    assert png.stat().st_size > 50_000


def test_arrows_follow_the_job_from_the_core_through_the_arrays_and_back(folder):
    trace = PerfettoTrace()
    trace.ParseFromString((folder / "timeline.pftrace").read_bytes())
    names, flow = {}, []
    for packet in trace.packet:
        if packet.HasField("track_descriptor"):
            names[packet.track_descriptor.uuid] = packet.track_descriptor.name
    for packet in trace.packet:
        event = packet.track_event
        if event.flow_ids or event.terminating_flow_ids:
            ends = bool(event.terminating_flow_ids)
            flow.append((packet.timestamp, names[event.track_uuid], event.name, event.type, ends))
    begin = TrackEvent.TYPE_SLICE_BEGIN
    assert [one[2:] for one in flow] == [
        ("offload", TrackEvent.TYPE_INSTANT, False),
        ("job 0", begin, False),
        ("job 0", begin, False),
        ("fc1", begin, False),
        ("fc2", begin, False),
        ("fc3", begin, False),
        (flow[6][2], begin, False),  # the conversion
        ("image 0: codes", begin, True),
    ]
    assert [one[0] for one in flow] == sorted(one[0] for one in flow)


def test_the_header_of_the_waves_tells_the_window(folder):
    header = (folder / "trace.vcd").read_text().partition("$enddefinitions")[0]
    assert "window 14300000 ps to 20000000 ps." in header
    assert "Fast shell outside the window, detailed shell inside it" in header
