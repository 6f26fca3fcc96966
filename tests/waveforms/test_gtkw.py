"""The save file for GTKWave."""

import pytest

from cosim import ConfigError
from tests.waveforms.machine import traced
from waveforms.gtkw import Layout, viewer_name, write_save_file, zoom_of
from waveforms.gtkwave import declared_traces


@pytest.fixture
def file(tmp_path):
    return traced(tmp_path / "trace.vcd", level="full")


def saved(file, layout=None, **times):
    return write_save_file(file.path, file.traces, file.end_ps, layout, **times).read_text()


def test_multi_bit_numbers_are_named_with_their_range_and_all_else_without(file):
    names = {viewer_name(trace) for trace in file.traces}
    assert {"soc.ready[1:0]", "soc.remaining[15:0]", "soc.buffer[511:0]"} <= names
    assert {"soc.busy", "soc.state", "soc.jobs", "soc.subarray[0].output"} <= names


def test_every_trace_is_asked_for_once_in_the_machine_s_order(file):
    save_file = write_save_file(file.path, file.traces, file.end_ps)
    assert declared_traces(save_file) == [viewer_name(trace) for trace in file.traces]


def test_each_module_is_a_group(file):
    lines = saved(file).splitlines()
    groups = [line for line in lines if line.startswith("-s")]
    modules = ["-soc", "-soc.subarray[0]", "-soc.subarray[1]"]
    assert groups == [module for module in modules for _ in ("begin", "end")]


def test_a_closed_group_is_folded(file):
    folded = saved(file, Layout(closed=("soc.subarray[1]",)))
    assert folded.count("@c00200\n-soc.subarray[1]") == 1  # closed, group begin, blank
    assert "@c00200\n-soc.subarray[0]" not in folded


def test_modules_named_in_the_order_come_first(file):
    text = saved(file, Layout(order=("soc.subarray[1]",)))
    assert text.index("-soc.subarray[1]") < text.index("-soc\n") < text.index("-soc.subarray[0]")


def test_the_dump_and_the_save_file_are_named_without_a_folder(file):
    text = saved(file)
    assert '[dumpfile] "trace.vcd"\n[savefile] "trace.gtkw"\n' in text
    assert str(file.path.parent) not in text


def test_units_are_shown_beside_the_names(file):
    text = saved(file)
    assert "+{spent (mW)} soc.subarray[0].spent\n" in text
    assert "+{output (V)} soc.subarray[0].output\n" in text


def test_the_zoom_fills_the_width_with_the_span():
    assert zoom_of(1024, pixels=200) == -10  # 2**10 units per 200 pixels
    assert zoom_of(4096, pixels=400) == -11


def test_it_opens_at_the_span_of_the_layout(file):
    assert "[timestart] 15000\n" in saved(file, Layout(span_ps=(15_000, 95_000)))


def test_without_a_span_it_opens_at_the_times_of_the_dump(file):
    assert "[timestart] 30000\n" in saved(file, start_ps=30_000)


def test_markers_have_letters_and_names_and_the_first_is_selected(file):
    text = saved(file, Layout(markers={"start": 20_000, "codes ready": 40_000}))
    assert " 20000 20000 40000 -1" in text
    assert "[markername] Astart\n[markername] Bcodes ready\n" in text


def test_a_marker_outside_the_span_is_not_the_selected_one(file):
    layout = Layout(span_ps=(50_000, 90_000), markers={"early": 20_000, "inside": 70_000})
    assert " 70000 20000 70000 -1" in saved(file, layout)


def test_numbers_are_decimal_and_patterns_hexadecimal(file):
    lines = saved(file).splitlines()
    flags = {line: lines[index - 2] for index, line in enumerate(lines)}
    assert flags["+{remaining} soc.remaining[15:0]"] == "@4"  # decimal
    assert flags["+{ready} soc.ready[1:0]"] == "@400"  # signed
    assert flags["+{buffer} soc.buffer[511:0]"] == "@2"  # hexadecimal


def test_a_27th_marker_is_refused():
    with pytest.raises(ConfigError, match="26 markers at most, A to Z, not 27"):
        Layout(markers={f"m{index}": index for index in range(27)})


def test_an_empty_span_is_refused():
    with pytest.raises(ConfigError, match=r"must show a span of time, not \(10, 10\) ps"):
        Layout(span_ps=(10, 10))
