"""Make a picture of waves or of a report: `python -m waveforms.screenshot trace.gtkw out.png`.

A report is printed if the picture's name ends in .pdf.
"""

import sys
from pathlib import Path

from cosim.errors import CosimError
from waveforms.browser import picture_of_page, print_of_page
from waveforms.gtkwave import declared_traces, picture, shown

USAGE = "usage: python -m waveforms.screenshot SAVE_FILE.gtkw|REPORT.html PICTURE.png|PRINT.pdf\n"


def main(arguments: list[str]) -> int:
    """Draw a save file or a page; return 2 for wrong usage.

    Return 1 if it could not be drawn, if GTKWave lost a trace, or if the page complained.
    """
    if len(arguments) != 2:
        sys.stderr.write(USAGE)
        return 2
    save_file, png = Path(arguments[0]), Path(arguments[1])
    try:
        complaints = (drawn_page if save_file.suffix == ".html" else drawn_waves)(save_file, png)
    except (CosimError, OSError) as error:
        complaints = [str(error)]
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    return 1 if complaints else 0


def drawn_waves(save_file: Path, png: Path) -> list[str]:
    """Draw a save file; return a sentence for each trace that GTKWave did not find."""
    picture(save_file, png)
    lost = set(declared_traces(save_file)) - set(shown(save_file).traces)
    return [f"{save_file.name}: GTKWave did not find {trace}" for trace in sorted(lost)]


def drawn_page(page: Path, png: Path) -> list[str]:
    """Draw or print a page; return what its console said."""
    return (print_of_page if png.suffix == ".pdf" else picture_of_page)(page, png)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
