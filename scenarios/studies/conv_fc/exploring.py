"""The study from its points to its files.

Checked by: tests/scenarios/test_conv_fc.py
"""

from pathlib import Path

from cosim.errors import DataError
from scenarios.running.execution import write_table
from scenarios.running.progress import Progress
from scenarios.running.run_folder import replace_text, replaced
from scenarios.showing.picturing import svg
from scenarios.studies.conv_fc import accuracy
from scenarios.studies.conv_fc.picture import picture
from scenarios.studies.conv_fc.telling import Explored, markdown, sentences, shape_of, table
from scenarios.sweep.study import Study
from scenarios.sweep.sweeping import Tell, silent, sweep
from waveforms.report import Figure, Report, Table, write_page

DOTS_PER_INCH = 100


def explore(
    study: Study, folder: Path, workers: int, data: Path | None = None, tell: Tell = silent
) -> Explored:
    """Run all points, then train their networks if there is data; what is finished is kept.

    Raises DataError for bad data before anything runs, or if a point of the study has failed;
    CosimError if there is data, but no TensorFlow.
    """
    digits = None if data is None else accuracy.dataset(data)
    found = sweep(study, folder, workers=workers, tell=tell)
    for one in found.records:
        if one.error:
            raise DataError(f"{dict(one.settings)} must be measured for the study: {one.error}")
    if digits is None:
        return Explored(found, accuracy.read(folder))
    progress = Progress()
    try:
        shapes = [shape_of(one) for one in found.done]
        return Explored(found, accuracy.measured(shapes, digits, folder, progress))
    finally:
        progress.close()


def write(folder: Path, explored: Explored) -> None:
    """Write the table, the picture and the page of the study into a folder."""
    told, canvas = table(explored), picture(explored)
    with replaced(folder / "conv_fc.csv") as part:
        write_table(part, told)
    replace_text(folder / "conv_fc.md", markdown(told))
    with replaced(folder / "conv_fc.png") as part:
        canvas.savefig(part, dpi=DOTS_PER_INCH, format="png")
    lines = [list(line) for line in sentences(explored)]
    summary = Table("What was found", ("", "found"), lines, accuracy.SAID, last_is_text=True)
    page = Report(
        "Convolution against dense layers",
        tables=[summary, told],
        figures=(Figure("Speedup over each parameter", svg(canvas)),),
    )
    with replaced(folder / "conv_fc.html") as part:
        write_page(part, page)
