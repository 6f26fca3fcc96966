"""What the terminal shows of runs."""

from io import StringIO

from rich.console import Console

from scenarios.measures.metrics import ImacMetrics, LayerMetrics, Metrics
from scenarios.showing import tables


def run(*cycles: int) -> Metrics:
    """Return a run of one layer over as many images as there are numbers."""
    layers = tuple(
        LayerMetrics(name="conv1", engine="cpu", start_ps=0, end_ps=1, cycles=count, image=image)
        for image, count in enumerate(cycles)
    )
    return Metrics(scenario="lenet5", images=len(cycles), layers=layers)


def test_cycles_by_layer_leave_the_first_image_out_which_finds_all_caches_cold() -> None:
    assert tables.layer_cycles(run(900, 100, 300)) == {"conv1": 200}


def test_cycles_by_layer_of_a_single_image_are_its_own() -> None:
    assert tables.layer_cycles(run(900)) == {"conv1": 900}


def test_runs_stand_side_by_side_with_a_dash_where_one_has_nothing() -> None:
    text = StringIO()
    console = Console(file=text, width=100)
    console.print(tables.compared({"ours": run(900), "theirs": Metrics(scenario="lenet5")}))
    row = next(line for line in text.getvalue().splitlines() if line.startswith("cycles of conv1"))
    assert row.split() == ["cycles", "of", "conv1", "900", "-"]


def test_the_analog_level_and_its_declared_error_are_told() -> None:
    imac = ImacMetrics(
        jobs=1,
        level="merged",
        level_error="0.036 rms for ternary inputs",
        signal_left=0.895,
        settling_ps=(5_312, 5_253),
        peak_power_mw=3_533.4,
        ties=2,
        warnings=("soc.imac.subarray[0]: wires leave 1.7 % of the signal",),
    )
    stream = StringIO()
    console = Console(file=stream, width=120)
    for table in tables.chapters(Metrics(scenario="lenet5", imac=imac)):
        console.print(table)
    shown = stream.getvalue()
    for words in ("merged", "0.036 rms", "89.5 %", "5.312 ns, 5.253 ns", "3,533 mW", "1.7 %"):
        assert words in shown


def test_eighty_columns_break_no_word_and_no_number_of_a_large_layer() -> None:
    layer = LayerMetrics(
        name="conv4_3",
        engine="cpu",
        start_ps=12_345_678_901,
        end_ps=45_678_901_234,
        cycles=133_332_889,
        instructions=87_654_321,
        macs=37_748_736,
        energy_pj=9.876e9,
    )
    text = StringIO()
    Console(file=text, width=80).print(tables.layers(Metrics(scenario="vgg16", layers=(layer,))))
    head, row = text.getvalue().splitlines()
    assert head.split() == ["layer", "engine", "time", "cycles", "instr.", "MACs", "energy"]
    assert "33.3332 ms" in row and "133,332,889" in row and "9.876 mJ" in row
