"""The same workloads on Accellera SystemC, where g++, libsystemc-dev and the reference are."""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "shared" / "reference" / "systemc" / "bench" / "bench.cpp"


class Bench:
    """The compiled reference program."""

    def __init__(self, program: Path) -> None:
        self.program = program

    def rate(self, workload: str, size: int, repeats: int) -> float:
        """Run one workload; return millions of operations per second of processor time.

        What follows its name after a space is an option: "clocked vcd".
        """
        name, *options = workload.split()
        line = subprocess.run(
            [self.program, name, str(size), str(repeats), *options],
            cwd=self.program.parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        return float(line.split(" s ")[-1].split()[0])  # `... user=0.123 s  4.567 M/s`


def compiled(folder: Path) -> Bench | None:
    """Compile the reference program into `folder`; None where something for it is missing."""
    compiler, program = shutil.which("g++"), folder / "bench"
    if compiler is None or not SOURCE.is_file():
        return None
    command = [compiler, "-O2", "-std=c++17", str(SOURCE), "-o", str(program), "-lsystemc"]
    if subprocess.run(command, capture_output=True, timeout=300).returncode:
        return None
    return Bench(program)
