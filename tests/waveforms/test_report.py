"""The report of a run."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.waveforms.machine import run
from waveforms.quantities import count_text, energy_text, rate_text, share_text, time_text
from waveforms.report import (
    Report,
    Table,
    build_report,
    report_text,
    write_page,
    write_report,
)

METRICS: dict[str, Any] = {
    "scenario": "lenet5",
    "network": "LeNet-5",
    "mode": "fast",
    "predictions": [7, 2],
    "labels": [7, 1],
    "time_ps": 100_000_000,
    "cycles": 400_000,
    "instructions": 800_000,
    "ipc": 2.0,
    "layers": [
        {
            "name": "conv1",
            "engine": "cpu",
            "start_ps": 0,
            "end_ps": 75_000_000,
            "cycles": 300_000,
            "instructions": 799_000,
            "macs": 117_600,
            "energy_pj": 900_000.0,
        },
        {
            "name": "fc1",
            "engine": "imac",
            "start_ps": 75_000_000,
            "end_ps": 100_000_000,
            "cycles": 100_000,
            "instructions": 1_000,
            "macs": 48_000,
            "energy_pj": 100_000.0,
        },
    ],
    "caches": {"l1d": {"accesses": 1000, "hits": 975, "misses": 25, "writebacks": 3}},
    "memory": {"reads": 25, "bandwidth_bytes_per_s": 1.6e9, "mean_read_latency_ps": 61_200},
    "imac": {"jobs": 1, "transfer_ps": 410_000, "violations": []},
    "energy_pj": {
        "core": {"dynamic": 500_000.0, "static": 300_000.0, "total": 800_000.0},
        "imac": {"total": 200_000.0},
        "total": 1_000_000.0,
    },
    "host": {"wall_s": 1.5},
}


def table(title, **more):
    tables = build_report(METRICS, **more).tables
    return next(one for one in tables if one.title == title)


def test_the_headline_says_what_was_right_how_long_and_how_much():
    headline = dict(build_report(METRICS).headline)
    assert headline["correct"] == "1 of 2"
    assert headline["simulated time"] == "100 µs"
    assert headline["energy"] == "1 µJ"
    assert headline["mean power"] == "10 mW"  # 1 uJ during 100 us


def test_each_layer_has_its_share_of_the_time():
    assert [row[3] for row in table("Layers").rows] == ["75 %", "25 %"]


def test_the_chart_of_layers_fills_its_width():
    chart = build_report(METRICS).charts[0]
    bars = [bar for _, bars in chart.rows for bar in bars]
    assert [(bar.start, bar.width, bar.tone) for bar in bars] == [(0, 75, "cpu"), (75, 25, "imac")]


def test_the_shares_of_energy_add_up():
    bars = build_report(METRICS).charts[1].rows[0][1]
    assert sum(bar.width for bar in bars) == pytest.approx(100)
    rows = {row[0]: row[1:] for row in table("Energy").rows}
    assert rows["core"] == ["800 nJ", "80 %", "dynamic 500 nJ, static 300 nJ"]


def test_layers_of_several_images_are_summed_and_the_first_is_drawn():
    second = [
        {**layer, "image": 1, "start_ps": layer["start_ps"] + 100_000_000,
         "end_ps": layer["end_ps"] + 100_000_000}
        for layer in METRICS["layers"]
    ]  # fmt: skip
    report = build_report({**METRICS, "layers": [*METRICS["layers"], *second]})
    assert [row[:5] for row in report.tables[0].rows] == [
        ["conv1", "cpu", "150 µs", "75 %", "600\u202f000"],
        ["fc1", "imac", "50 µs", "25 %", "200\u202f000"],
    ]
    assert report.charts[0].title == "Layers of the first image over time"
    assert len(report.charts[0].rows) == 2


def test_caches_show_their_hit_rate():
    assert table("Caches").rows[0][4] == "97.5 %"


def test_quantities_lose_their_unit_suffix_and_gain_a_unit():
    rows = [tuple(row) for row in table("Memory").rows]
    assert ("mean read latency", "61.2 ns") in rows
    assert ("bandwidth", "1.6 GB/s") in rows
    assert ("violations", "none") in [tuple(row) for row in table("Co-processor").rows]


def test_what_rests_on_estimates_is_listed_and_the_rest_is_not():
    parameters = [
        ("soc.imac.settle_ps", 9_000, "ps", "settling", "estimate: amplifier at 3 GHz"),
        ("soc.memory.t_rcd_ps", 18_000, "ps", "row to column", "JESD209-3C, table 60"),
    ]
    rows = table("What rests on estimates", parameters=parameters).rows
    assert rows == [["soc.imac.settle_ps", "9000 ps", "amplifier at 3 GHz"]]


def test_every_probe_is_listed_with_its_last_value():
    sim = run()
    rows = {row[0]: row[1:] for row in table("Probes", probes=sim.probes()).rows}
    assert len(rows) == len(sim.probes())
    assert rows["soc.jobs"] == ["counter", "3", "jobs finished"]
    assert rows["soc.subarray[0].spent"] == ["energy", "80 pJ", "static conduction"]


def test_a_section_without_numbers_is_left_out():
    report = build_report({"scenario": "empty"})
    assert (report.headline, report.charts, report.tables) == ([], [], [])


def test_the_page_is_well_formed_and_needs_nothing_from_outside(tmp_path):
    path = tmp_path / "report.html"
    write_report(path, METRICS, run().probes())
    page = path.read_text(encoding="utf-8")
    open_tags: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert not {name for name, _ in attrs} & {"src", "href", "onclick"}
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Balance().feed(page)
    assert open_tags == []
    assert "<script" not in page
    assert "prefers-color-scheme: dark" in page


def test_names_cannot_break_the_page(tmp_path):
    path = tmp_path / "report.html"
    write_report(path, {**METRICS, "scenario": "<b>&"})
    assert "<h1>&lt;b&gt;&amp;</h1>" in path.read_text(encoding="utf-8")


def test_the_text_has_the_same_tables_in_columns():
    text = report_text(METRICS)
    assert text.startswith("lenet5\n======\n")
    assert re.search(r"^fc1 +imac +25 µs +25 %", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("time_ps", "text"),
    [(0, "0"), (999, "999 ps"), (1_234_567, "1.235 µs"), (2.5e12, "2.5 s"), (0.25, "0.25 ps")],
)
def test_times_get_the_unit_that_fits(time_ps, text):
    assert time_text(time_ps) == text


def test_other_quantities_get_the_unit_that_fits():
    assert energy_text(0.0125) == "12.5 fJ"
    assert rate_text(950.0) == "950 B/s"
    assert count_text(1_234_567) == "1\u202f234\u202f567"
    assert count_text(0.12345) == "0.1235"
    assert (share_text(1, 8), share_text(1, 0)) == ("12.5 %", "–")


def test_the_last_cell_of_a_row_leads_where_its_link_says(tmp_path):
    rows = [["a", "<1>"], ["b", "2"]]
    table = Table("Points", ("name", "run"), rows, links=["logs/1.txt", ""])
    write_page(tmp_path / "page.html", Report("links", tables=[table]))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert '<td><a href="logs/1.txt">&lt;1&gt;</a></td>' in page
    assert "<td>2</td>" in page
