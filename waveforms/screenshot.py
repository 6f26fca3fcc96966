"""Make a picture of waves: `python -m waveforms.screenshot trace.gtkw out.png`."""

import sys
from pathlib import Path

from cosim.errors import CosimError
from waveforms.gtkwave import declared_traces, picture, shown

USAGE = "usage: python -m waveforms.screenshot SAVE_FILE.gtkw PICTURE.png\n"


def main(arguments: list[str]) -> int:
    """Draw a save file; return 1 if GTKWave lost a trace or could not draw, 2 for wrong usage."""
    if len(arguments) != 2:
        sys.stderr.write(USAGE)
        return 2
    save_file, png = Path(arguments[0]), Path(arguments[1])
    try:
        picture(save_file, png)
        lost = set(declared_traces(save_file)) - set(shown(save_file).traces)
    except (CosimError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for trace in sorted(lost):
        sys.stderr.write(f"{save_file.name}: GTKWave did not find {trace}\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
