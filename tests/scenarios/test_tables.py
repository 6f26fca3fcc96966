"""What the terminal shows of runs."""

from io import StringIO

from rich.console import Console

from scenarios import tables
from scenarios.metrics import LayerMetrics, Metrics


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
