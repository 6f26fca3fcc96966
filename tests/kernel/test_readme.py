"""The kernel's README: every program in it runs and prints what it says, every file is named."""

import re
from pathlib import Path

import pytest

KERNEL = Path(__file__).parents[2] / "cosim"
README = (KERNEL / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

PRINTED = (
    ("Answers after 18 ns", ["7 at 18000 ps"]),
    ("class LinkConfig(Config)", ["{'bits': 5.0}"]),
    (
        "counter = simpy.Resource",
        ["Ann leaves at 3000", "Bob leaves at 6000", "closed at 7000"],  # 3 ns each, one at a time
    ),
    (
        "class Taker(Module)",
        [
            "2 processes wait for each other",
            "a.run waits since 1000 ps for mutex right, which b.run",
        ],
    ),
    ("class Ring(Contract)", ["Ring: 3 of 3 states, 2 of 4 arcs", "BUSY --> DONE : finish"]),
)


def test_every_program_of_the_readme_is_tried() -> None:
    assert len(PROGRAMS) == len(PRINTED)


@pytest.mark.parametrize(("mark", "expected"), PRINTED, ids=[mark for mark, _ in PRINTED])
def test_a_program_prints_what_the_readme_says(mark, expected, capsys) -> None:
    (program,) = [text for text in PROGRAMS if mark in text]
    exec(compile(program, str(KERNEL / "README.md"), "exec"), {"__name__": "readme"})
    printed = capsys.readouterr().out
    positions = [printed.index(line) for line in expected]
    assert positions == sorted(positions)


def test_every_file_of_the_kernel_stands_in_the_table() -> None:
    table = README.partition("## Files")[2]
    named = set(re.findall(r"`(\w+\.py)`", table))
    files = {path.name for path in KERNEL.glob("*.py")} - {"__init__.py"}
    assert named == files


def test_every_public_name_in_the_table_for_systemc_users_exists() -> None:
    import cosim

    table = README.partition("| SystemC / TLM-2.0 | here |")[2].partition("### Where")[0]
    ours = " ".join(line.split(" | ")[-1] for line in table.splitlines())
    names = set(re.findall(r"`(?:@)?([A-Z]\w+|in_port|out_port|port|fifo|wire|signal)\b", ours))
    assert {name for name in names if not hasattr(cosim, name)} == set()


def test_every_difference_from_systemc_names_tests_that_exist() -> None:
    section = README.partition("### Where we differ from SystemC")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 20
    here = Path(__file__).parent
    for row in rows[:-1]:  # the voice of errors is tested everywhere
        tests = re.findall(r"`(test_\w+\.py)`", row)
        assert tests, row
        assert all((here / name).exists() for name in tests), row
